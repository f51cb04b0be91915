package attack

import (
	"strings"

	"latchkey/internal/apptest"
	"latchkey/internal/mail/mailtest"
)

// post is the newest mail to an address with this subject; ok is false if there is
// none.
func post(a *apptest.App, to, subject string) (found mailtest.Message, ok bool) {
	a.TB.Helper()
	for _, m := range a.Post() {
		if m.Subject == subject && len(m.Recipients) == 1 && m.Recipients[0] == to {
			found, ok = m, true
		}
	}
	return found, ok
}

// mailed is post for a mail that has to be there.
func mailed(a *apptest.App, to, subject string) mailtest.Message {
	a.TB.Helper()
	m, ok := post(a, to, subject)
	if !ok {
		a.TB.Fatalf("no mail %q to %s", subject, to)
	}
	return m
}

// linkIn is the path of the only link in a mail that begins like this.
func linkIn(a *apptest.App, m mailtest.Message, path string) string {
	a.TB.Helper()
	for _, link := range m.Links() {
		if to, ok := strings.CutPrefix(link, a.URL); ok && strings.HasPrefix(to, path+"/") {
			return to
		}
	}
	a.TB.Fatalf("%q has no link to %s:\n%s", m.Subject, path, m.Text)
	return ""
}
