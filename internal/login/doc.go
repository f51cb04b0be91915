// Package login is signing in and out: the password, then the code or a recovery
// code, and the links that let a person choose a password.
//
//	/login ──password──▶ pending sign-in (stage code) ──▶ /login/code or /login/recovery ──▶ session
//	   │
//	   ├─ no authenticator, one is required ──▶ pending (stage enrol) ──▶ enrolment (package security) ──▶ session
//	   └─ no authenticator, none required ──▶ session
//
//	/login/with-code ──password and code, or recovery code, together──▶ session; for a name
//	   that wrong passwords have closed
//
//	/invite/{token}, /reset/{token} ──▶ pending (stage new-password) ──▶ /invite, /reset
//	   invitation ──▶ pending (stage enrol) or session;  password link ──▶ /login
//
//	/forgot ──▶ queue of mail ──▶ /reset/{token} in the mailbox, if there is such a user
//
//	/login/lost-phone ──▶ a request; approved, it is a link:
//	/lost-phone/new/{token} ──▶ pending (stage link) ──password──▶ pending (stage enrol) ──▶ enrolment ──▶ session
//
// Each step has one file: what the page reads and shows, and the check behind it.
// What comes next is decided by auth.Next alone; steps do not call each other, they
// redirect. In every step the try is counted and committed before the secret is
// looked at, and what can be used once is used by one conditional statement in the
// transaction that writes the audit row and the session.
package login

import (
	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/internal/web/follow"
	"latchkey/internal/web/route"
)

// Mount adds the routes of signing in and out.
func Mount(s *web.Site) {
	s.Get("/", route.Anyone, showStart)
	s.Get("/login", route.Anyone, showPassword)
	s.Post("/login", route.Anyone, submitPassword)
	s.Get("/login/with-code", route.Anyone, showBoth)
	s.Post("/login/with-code", route.Anyone, submitBoth)
	s.Get("/login/code", route.CodeStage, showCode)
	s.Post("/login/code", route.CodeStage, submitCode)
	s.Get("/login/recovery", route.CodeStage, showRecovery)
	s.Post("/login/recovery", route.CodeStage, submitRecovery)
	s.Get("/login/lost-phone", route.CodeStage, showLostPhone)
	s.Post("/login/lost-phone", route.CodeStage, submitLostPhone)
	s.Get("/lost-phone/cancel/:token", route.Anyone, followWithdraw)
	s.Post("/lost-phone/cancel/:token", route.Anyone, followWithdraw)
	s.Get("/lost-phone/cancel", route.LinkStage, follow.Page(showWithdraw, store.PurposeCancel))
	s.Post("/lost-phone/cancel", route.LinkStage, follow.Form(submitWithdraw, nil, store.PurposeCancel))
	s.Get("/lost-phone/withdrawn", route.Anyone, showWithdrawn)
	s.Get("/lost-phone/new/:token", route.Anyone, followNewPhone)
	s.Post("/lost-phone/new/:token", route.Anyone, followNewPhone)
	s.Get("/lost-phone/new", route.LinkStage, follow.Page(showNewPhone, store.PurposePhone))
	s.Post("/lost-phone/new", route.LinkStage, follow.Form(submitNewPhone, []string{"password"}, store.PurposePhone))
	s.Post("/login/cancel", route.Anyone, submitCancel)
	s.Post("/logout", route.Anyone, submitLogout)
	s.Get("/forgot", route.Anyone, showForgotten)
	s.Post("/forgot", route.Anyone, submitForgotten)
	s.Get("/invite/:token", route.Anyone, followInvitation)
	s.Post("/invite/:token", route.Anyone, followInvitation)
	s.Get("/invite", route.PasswordStage, follow.Page(showNewPassword, store.PurposeInvite))
	s.Post("/invite", route.PasswordStage, follow.Form(submitNewPassword, []string{"new_password"}, store.PurposeInvite))
	s.Get("/reset/:token", route.Anyone, followPasswordLink)
	s.Post("/reset/:token", route.Anyone, followPasswordLink)
	s.Get("/reset", route.PasswordStage, follow.Page(showReset, store.PurposePassword, store.PurposeReset, store.PurposeInvite))
	s.Post("/reset", route.PasswordStage, follow.Form(submitNewPassword, []string{"new_password"}, store.PurposePassword, store.PurposeReset))
	s.Get("/help", route.Anyone, showHelp)
	s.Get("/.well-known/change-password", route.Anyone, showChangePassword)
}
