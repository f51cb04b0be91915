package web

import (
	"net/url"
	"strings"

	"latchkey/internal/auth"
	"latchkey/internal/secret"
)

// notPending says, on the sign-in page, why there is no pending sign-in of this stage as
// far as that is known: it took too long, it is over, there was none, or the browser
// keeps no cookies. It tells nothing about anybody: what it rests on is in this browser.
func (v *Visitor) notPending(stage auth.Step) error {
	j, ok := v.jar()
	notice := "start-again"
	switch token := v.token(pendingCookie); {
	case token != "":
		p, _, _, err := v.DB.PendingByHash(secret.HashToken(token), v.Now)
		if err != nil {
			return err
		}
		if p.IDHash != "" && !v.Now.Before(p.Ends) {
			notice = "too-slow"
		}
	case !ok: // one of our cookies came twice
	case j.empty() && v.cameFromSignIn():
		notice = "cookies"
	case j.empty():
		notice = "no-cookies"
	case !v.posts():
		notice = "first"
	}
	if stage == auth.StepNewPassword || stage == auth.StepLink {
		notice = ofLinks[notice]
	}
	return &errStep{"/login?notice=" + notice}
}

// ofLinks are the notices for people who followed a link, where others only sign in.
var ofLinks = map[string]string{
	"start-again": "link-over", "too-slow": "link-slow", "first": "link-first", "no-cookies": "link-cookies", "cookies": "link-cookies",
}

// cameFromSignIn reports whether the browser was sent here by a form of signing in,
// whose page gave it a cookie.
func (v *Visitor) cameFromSignIn() bool {
	from, err := url.Parse(v.c.Request().Referer())
	if err != nil || from.Host == "" || from.Host != v.URL.Host && from.Host != v.c.Request().Host {
		return false
	}
	return from.Path == "/login" || from.Path == "/setup" || strings.HasPrefix(from.Path, "/login/")
}
