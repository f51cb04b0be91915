// Package forward stands at the door of applications: it answers the proxies that ask about each
// request to one, and brings people who have signed in here to the host of an application.
//
//	browser ── wiki.example.com/page ──▶ proxy ──▶ /forward-auth/wiki or /auth-request/wiki
//	   200: the request goes on, with who asks in four headers
//	   302 or 401: nobody has the application open here
//	        ▼
//	wiki.example.com/.latchkey/start?to=/page     a state cookie on that host
//	        ▼
//	login.example.com/apps/enter?app&host&state   sign-in if needed, access, a one-time code
//	        ▼  by a page, since no form may lead to another host
//	wiki.example.com/.latchkey/enter?code=        the code is used up, the state compared, and the
//	        ▼                                     application's own cookie set
//	wiki.example.com/page
//
// What somebody has open is a child of their session, and one row says at each request whether
// both hold and what they may. So whatever ends a session, or takes access away, holds at the next
// request. The row is read anew as soon as anything has changed it (decision 112).
package forward

import (
	"latchkey/internal/access"
	"latchkey/internal/web"
	"latchkey/internal/web/route"
	"latchkey/internal/web/session"
)

// Paths of ours on the host of an application.
const (
	startPath     = access.OwnPaths + "start"
	enterPath     = access.OwnPaths + "enter"
	signOutPath   = access.OwnPaths + "sign-out"
	signedOutPath = access.OwnPaths + "signed-out"
	deniedPath    = access.OwnPaths + "denied"
)

// Mount adds the routes.
func Mount(s *web.Site) {
	d := &door{asked: map[string]int64{}}
	s.Ask(web.ForwardAuthPath, d.passes(readForwarded), d.answer(readForwarded, forwardAuth))
	s.Ask(web.AuthRequestPath, d.passes(readOriginal), d.answer(readOriginal, authRequest))
	s.Get(session.EnterPath, route.SignedIn, showContinue)
	s.Get(startPath, route.ApplicationHost, start)
	s.Get(enterPath, route.ApplicationHost, enter)
	s.Get(signOutPath, route.ApplicationHost, showSignOut)
	s.Post(signOutPath, route.ApplicationHost, submitSignOut)
	s.Get(signedOutPath, route.ApplicationHost, showSignedOut)
	s.Get(deniedPath, route.ApplicationHost, showDenied)
	s.MountAppFiles(access.OwnPaths + "static/:name")
}
