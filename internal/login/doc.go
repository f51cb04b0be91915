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
)

// Mount adds the routes of signing in and out.
func Mount(s *web.Site) {
	s.Get("/", web.Anyone, showStart)
	s.Get("/login", web.Anyone, showPassword)
	s.Post("/login", web.Anyone, submitPassword)
	s.Get("/login/with-code", web.Anyone, showBoth)
	s.Post("/login/with-code", web.Anyone, submitBoth)
	s.Get("/login/code", web.CodeStage, showCode)
	s.Post("/login/code", web.CodeStage, submitCode)
	s.Get("/login/recovery", web.CodeStage, showRecovery)
	s.Post("/login/recovery", web.CodeStage, submitRecovery)
	s.Get("/login/lost-phone", web.CodeStage, showLostPhone)
	s.Post("/login/lost-phone", web.CodeStage, submitLostPhone)
	s.Get("/lost-phone/cancel/:token", web.Anyone, followWithdraw)
	s.Post("/lost-phone/cancel/:token", web.Anyone, followWithdraw)
	s.Get("/lost-phone/cancel", web.LinkStage, follow.Page(showWithdraw, store.PurposeCancel))
	s.Post("/lost-phone/cancel", web.LinkStage, follow.Form(submitWithdraw, nil, store.PurposeCancel))
	s.Get("/lost-phone/withdrawn", web.Anyone, showWithdrawn)
	s.Get("/lost-phone/new/:token", web.Anyone, followNewPhone)
	s.Post("/lost-phone/new/:token", web.Anyone, followNewPhone)
	s.Get("/lost-phone/new", web.LinkStage, follow.Page(showNewPhone, store.PurposePhone))
	s.Post("/lost-phone/new", web.LinkStage, follow.Form(submitNewPhone, []string{"password"}, store.PurposePhone))
	s.Post("/login/cancel", web.Anyone, submitCancel)
	s.Post("/logout", web.Anyone, submitLogout)
	s.Get("/forgot", web.Anyone, showForgotten)
	s.Post("/forgot", web.Anyone, submitForgotten)
	s.Get("/invite/:token", web.Anyone, followInvitation)
	s.Post("/invite/:token", web.Anyone, followInvitation)
	s.Get("/invite", web.PasswordStage, follow.Page(showNewPassword, store.PurposeInvite))
	s.Post("/invite", web.PasswordStage, follow.Form(submitNewPassword, []string{"new_password"}, store.PurposeInvite))
	s.Get("/reset/:token", web.Anyone, followPasswordLink)
	s.Post("/reset/:token", web.Anyone, followPasswordLink)
	s.Get("/reset", web.PasswordStage, follow.Page(showReset, store.PurposePassword, store.PurposeReset, store.PurposeInvite))
	s.Post("/reset", web.PasswordStage, follow.Form(submitNewPassword, []string{"new_password"}, store.PurposePassword, store.PurposeReset))
	s.Get("/help", web.Anyone, showHelp)
	s.Get("/.well-known/change-password", web.Anyone, showChangePassword)
}
