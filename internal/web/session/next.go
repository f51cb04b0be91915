package session

import (
	"net/url"
	"path"
	"regexp"
	"strings"

	"latchkey/internal/auth"
	"latchkey/internal/secret"
	"latchkey/internal/web/cookies"
)

// EnterPath is the page on the way to an application.
const EnterPath = "/apps/enter"

// localPath is the allow-list of where a visitor may be sent after a step: pages
// of ours for people who are signed in, spelled with characters that no browser
// reads in another way.
var localPath = regexp.MustCompile(`^(/apps/enter|/(profile|security|admin|applications)(/[A-Za-z0-9._~-]+)*)(\?[A-Za-z0-9._~=&%+@:-]*)?$`)

const (
	// maxNext is how long an address may be that somebody is led back to, in bytes.
	maxNext = 500
	// maxNextToApp is that on the way to an application: which one, on which host, and to which
	// page of it.
	maxNextToApp = 1200
)

// SafeNext returns next if it is a page of ours, else "". Go's http.Redirect
// sends /\evil.example unchanged and browsers read it as another host, so nothing
// is repaired here: what does not match is dropped (WE-06).
func SafeNext(next string) string {
	most := maxNext
	if strings.HasPrefix(next, EnterPath+"?") || strings.HasPrefix(next, auth.StepEnrol.Path()+"?next=") {
		most = maxNextToApp
	}
	if len(next) > most || !localPath.MatchString(next) {
		return ""
	}
	u, err := url.Parse(next)
	if err != nil || u.Host != "" || u.Scheme != "" || u.Path != path.Clean(u.Path) {
		return ""
	}
	return u.RequestURI()
}

// Step is the error that sends the visitor to another page of ours first.
type Step struct{ To string }

func (e *Step) Error() string { return "another step comes first: " + e.To }

// NotPending says, on the sign-in page, why there is no pending sign-in of this stage as
// far as that is known: it took too long, it is over, there was none, or the browser
// keeps no cookies. It tells nothing about anybody: what it rests on is in this browser.
func (h *Holder) NotPending(stage auth.Step) error {
	j, ok := h.Cookies.Jar()
	notice := "start-again"
	switch token := h.Cookies.Token(cookies.Pending); {
	case token != "":
		p, _, _, err := h.DB.PendingByHash(secret.HashToken(token), h.Now)
		if err != nil {
			return err
		}
		if p.IDHash != "" && !h.Now.Before(p.Ends) {
			notice = "too-slow"
		}
	case !ok: // one of our cookies came twice
	case j.Empty() && h.Way.CameFromSignIn():
		notice = "cookies"
	case j.Empty():
		notice = "no-cookies"
	case !h.Posts():
		notice = "first"
	}
	if stage == auth.StepNewPassword || stage == auth.StepLink {
		notice = ofLinks[notice]
	}
	return &Step{"/login?notice=" + notice}
}

// ofLinks are the notices for people who followed a link, where others only sign in.
var ofLinks = map[string]string{
	"start-again": "link-over", "too-slow": "link-slow", "first": "link-first", "no-cookies": "link-cookies", "cookies": "link-cookies",
}
