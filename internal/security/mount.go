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
	"latchkey/internal/web/route"
)

// Mount adds the routes.
func Mount(s *web.Site) {
	s.Get("/confirm", route.SignedIn, showConfirm)
	s.Post("/confirm", route.SignedIn, submitConfirm)
	s.Get("/security", route.SignedIn, showSecurity)
	s.Get("/security/activity", route.SignedIn, showActivity)
	s.Post("/security/notices/seen", route.SignedIn, submitSeen)
	s.Get("/security/not-me", route.SignedIn, showNotMe)
	s.Post("/security/not-me", route.SignedIn, submitNotMe)
	s.Get("/not-me/:token", route.Anyone, followNotMe)
	s.Post("/not-me/:token", route.Anyone, followNotMe)
	s.Get("/not-me", route.LinkStage, follow.Page(showNotMeLink, store.PurposeNotMe))
	s.Post("/not-me", route.LinkStage, follow.Form(submitNotMeLink, nil, store.PurposeNotMe))
	s.Get("/not-me/done", route.Anyone, showNotMeDone)
	s.Get("/security/password", route.Fresh, showPassword)
	s.Post("/security/password", route.Fresh, submitPassword)
	s.Get("/security/authenticators/new", route.EnrolStage, showEnrol)
	s.Post("/security/authenticators/new", route.EnrolStage, submitEnrol)
	s.Get("/security/authenticators/:id/rename", route.Fresh, showRename)
	s.Post("/security/authenticators/:id/rename", route.Fresh, submitRename)
	s.Get("/security/authenticators/:id/remove", route.Fresh, showRemove)
	s.Post("/security/authenticators/:id/remove", route.Fresh, submitRemove)
	s.Get("/security/recovery-codes", route.SignedIn, showRecoveryCodes)
	s.Post("/security/recovery-codes", route.SignedIn, submitSaved)
	s.Get("/security/recovery-codes.txt", route.SignedIn, showRecoveryText)
	s.Get("/security/recovery-codes/new", route.Fresh, showNewRecoveryCodes)
	s.Post("/security/recovery-codes/new", route.Fresh, submitNewRecoveryCodes)
	s.Get("/security/recovery-codes/try", route.SignedIn, showTestCode)
	s.Post("/security/recovery-codes/try", route.SignedIn, submitTestCode)
	s.Post("/security/sessions/end-others", route.SignedIn, submitEndOthers)
	s.Post("/security/sessions/:id/end", route.SignedIn, submitEndSession)
	s.Post("/security/browsers/:id/forget", route.SignedIn, submitForget)
}
