package binary

import (
	"net/url"
	"regexp"
	"strings"
	"time"
)

// pathOf returns the path of a link of the site and keeps its token as a secret.
func (t *T) pathOf(link string) string {
	t.Helper()
	u, err := url.Parse(strings.TrimSpace(link))
	t.must(err)
	if token := u.Path[strings.LastIndexByte(u.Path, '/')+1:]; len(token) >= 40 {
		t.secret("the token of a link", token)
	} else {
		t.Fatalf("%q has no token", link)
	}
	return u.Path
}

var anyLink = regexp.MustCompile(`https?://\S+`)

// printedLink makes a link for choosing a new password, as an administrator at the server
// does.
func (t *T) printedLink(p *person) string {
	t.Helper()
	return t.pathOf(anyLink.FindString(t.command("user", "password-link", p.Name)))
}

// invite invites somebody new and returns them with the path of the link.
func (t *T) invite(name string) (*person, string) {
	t.Helper()
	p := &person{Name: name, Email: name + "@people.example"}
	return p, t.pathOf(anyLink.FindString(t.command("user", "add", name, "--email", p.Email)))
}

// mailed waits for the newest message to a person of which the text has these words, and
// returns the path of the link in it that begins like that.
func (t *T) mailed(p *person, begins string) (path string) {
	t.Helper()
	t.within(20*time.Second, "a message to "+p.Name+" with a link "+begins, func() bool {
		for _, m := range t.mail.Messages() {
			if !strings.Contains(strings.Join(m.Recipients, " "), p.Email) {
				continue
			}
			for _, link := range m.Links() {
				if at := strings.Index(link, begins); at > 0 {
					path = link
				}
			}
		}
		return path != ""
	})
	return t.pathOf(path)
}

// lands follows redirects within the site, at most ten, and shows the last page.
func (b *browser) lands() *browser {
	b.t.Helper()
	for range 10 {
		if b.Status < 300 || b.Status > 399 || !strings.HasPrefix(b.To(), "/") || strings.HasPrefix(b.To(), "//") {
			return b
		}
		b.get(b.To())
	}
	b.t.Fatal("more than ten redirects")
	return nil
}

// settled waits until all mail of requests before this one is sent: a reset that is asked for
// now comes last.
func (t *T) settled() {
	t.Helper()
	p := t.reachable()
	t.browser().post("/forgot", "username", p.Name)
	t.mailed(p, "/reset/")
}

// links is how many messages to a person have a link that begins like that.
func (t *T) links(p *person, begins string) (n int) {
	for _, m := range t.mail.Messages() {
		if strings.Contains(strings.Join(m.Recipients, " "), p.Email) {
			for _, link := range m.Links() {
				n += strings.Count(link, begins)
			}
		}
	}
	return n
}

// reachable takes a user whose address is confirmed, so that resets can be mailed to it.
func (t *T) reachable() *person {
	t.Helper()
	p := t.user()
	in := t.signedIn(p)
	in.post("/profile/email/send-again")
	in.get(t.mailed(p, "/email/"))
	in.lands().post("/email")
	if in.get("/profile"); strings.Contains(in.Body, "/profile/email/send-again") {
		t.Fatalf("the address is not confirmed\n%s", text(in.Body))
	}
	return p
}
