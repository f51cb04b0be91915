// Package security is what people do about their own safety: the password, the
// authenticator apps, the recovery codes, where they are signed in and what
// happened lately, and the proof that sensitive changes ask for.
//
// Every change here that touches a credential raises the user's credential
// version: sessions, pending sign-ins and known browsers from before are worth
// nothing afterwards, except the session that made the change, which gets a new
// token in the same transaction.
package security

import (
	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/internal/web/follow"
)

// Mount adds the routes.
func Mount(s *web.Site) {
	s.Get("/confirm", web.SignedIn, showConfirm)
	s.Post("/confirm", web.SignedIn, submitConfirm)
	s.Get("/security", web.SignedIn, showSecurity)
	s.Get("/security/activity", web.SignedIn, showActivity)
	s.Post("/security/notices/seen", web.SignedIn, submitSeen)
	s.Get("/security/not-me", web.SignedIn, showNotMe)
	s.Post("/security/not-me", web.SignedIn, submitNotMe)
	s.Get("/not-me/:token", web.Anyone, followNotMe)
	s.Post("/not-me/:token", web.Anyone, followNotMe)
	s.Get("/not-me", web.LinkStage, follow.Page(showNotMeLink, store.PurposeNotMe))
	s.Post("/not-me", web.LinkStage, follow.Form(submitNotMeLink, nil, store.PurposeNotMe))
	s.Get("/not-me/done", web.Anyone, showNotMeDone)
	s.Get("/security/password", web.Fresh, showPassword)
	s.Post("/security/password", web.Fresh, submitPassword)
	s.Get("/security/authenticators/new", web.EnrolStage, showEnrol)
	s.Post("/security/authenticators/new", web.EnrolStage, submitEnrol)
	s.Get("/security/authenticators/:id/rename", web.Fresh, showRename)
	s.Post("/security/authenticators/:id/rename", web.Fresh, submitRename)
	s.Get("/security/authenticators/:id/remove", web.Fresh, showRemove)
	s.Post("/security/authenticators/:id/remove", web.Fresh, submitRemove)
	s.Get("/security/recovery-codes", web.SignedIn, showRecoveryCodes)
	s.Post("/security/recovery-codes", web.SignedIn, submitSaved)
	s.Get("/security/recovery-codes.txt", web.SignedIn, showRecoveryText)
	s.Get("/security/recovery-codes/new", web.Fresh, showNewRecoveryCodes)
	s.Post("/security/recovery-codes/new", web.Fresh, submitNewRecoveryCodes)
	s.Get("/security/recovery-codes/try", web.SignedIn, showTestCode)
	s.Post("/security/recovery-codes/try", web.SignedIn, submitTestCode)
	s.Post("/security/sessions/end-others", web.SignedIn, submitEndOthers)
	s.Post("/security/sessions/:id/end", web.SignedIn, submitEndSession)
	s.Post("/security/browsers/:id/forget", web.SignedIn, submitForget)
}
