package web

import (
	"net/url"
	"path"
	"regexp"
)

// localPath is the allow-list of where a visitor may be sent after a step: pages
// of ours for people who are signed in, spelled with characters that no browser
// reads in another way.
var localPath = regexp.MustCompile(`^/(profile|security|admin)(/[A-Za-z0-9._~-]+)*(\?[A-Za-z0-9._~=&%+@:-]*)?$`)

// SafeNext returns next if it is a page of ours, else "". Go's http.Redirect
// sends /\evil.example unchanged and browsers read it as another host, so nothing
// is repaired here: what does not match is dropped (WE-06).
func SafeNext(next string) string {
	if len(next) > 500 || !localPath.MatchString(next) {
		return ""
	}
	u, err := url.Parse(next)
	if err != nil || u.Host != "" || u.Scheme != "" || u.Path != path.Clean(u.Path) {
		return ""
	}
	return u.RequestURI()
}
