package binary

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html"
	"image"
	"image/png"
	"latchkey/internal/mail/mailtest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// Payloads by which markup shows that it was taken for markup.
const (
	evilMark  = `"><img src=x onerror=alert(1)>'</title></textarea><svg onload=alert(1)>`
	evilClose = `</script><script>alert(1)</script>`
)

// raw are the beginnings of elements that no page of ours may have.
var rawMarkup = regexp.MustCompile(`(?i)<img src=x|<svg onload|<script>alert|onerror=alert\(1\)>'<|(?:href|src|action|url)="?javascript:`)

// clean fails the attack where an answer has markup that was typed.
func (t *T) clean(path string, a Answer) {
	t.Helper()
	if at := rawMarkup.FindStringIndex(a.Body); at != nil && strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
		t.Errorf("%s has markup: %.200q", path, a.Body[max(at[0]-60, 0):])
	}
	t.holds(a.Header.Get("X-Content-Type-Options") == "nosniff", "%s may be taken for something else", path)
	t.holds(strings.Contains(a.Header.Get("Content-Security-Policy"), "default-src 'none'"), "%s has no policy", path)
}

var markup = family{"stored markup", []attack{
	{id: "WE-07/n", requirement: "What people and administrators type about people stays text on every page.", on: decorated, try: func(t *T) string {
		boss, p := t.signedIn(t.admin()), t.user()
		b := t.browser()
		b.agent = evilMark
		b.signIn(p)
		t.done(b.post("/profile/edit", "name", evilMark, "email", p.Email))
		one := b.get("/security").found(`/security/authenticators/([^/"]+)/rename`)
		t.done(b.post("/security/authenticators/"+one+"/rename", "label", evilMark[:50]))
		t.done(boss.post(t.about(p)+"/notes", "note", evilMark))
		t.done(boss.post(t.about(p)+"/sign-out", "reason", evilMark))
		b = t.browser()
		b.agent = evilMark
		b.signIn(p)
		n := 0
		for path, who := range map[string]*browser{
			"/profile": b, "/profile/edit": b, "/security": b, "/security/activity": b, "/security/authenticators/" + one + "/rename": b, "/security/authenticators/" + one + "/remove": b, "/applications": b, "/confirm": b, "/profile/data.json": b, "/profile/delete": b,
			"/admin": boss, "/admin/users": boss, "/admin/users?q=img": boss, t.about(p): boss, t.about(p) + "/edit": boss, t.about(p) + "/disable": boss, t.about(p) + "/delete": boss, t.about(p) + "/explain": boss, t.about(p) + "/view-as": boss, t.about(p) + "/password-link": boss, "/admin/audit": boss, "/admin/audit?user=" + p.Name: boss, "/admin/users/explain?name=" + p.Name: boss, "/admin/users.jsonl": boss, "/admin/audit.jsonl": boss,
		} {
			a := who.copy().get(path)
			t.holds(a.Status < 500, "%s: %d", path, a.Status)
			t.clean(path, a)
			n++
		}
		t.done(boss.post(t.about(p)+"/view-as", "reason", evilMark))
		for _, path := range []string{"/as/profile", "/as/security", "/as/activity"} {
			t.clean(path, boss.copy().get(t.about(p)+path))
			n++
		}
		t.holds(strings.Contains(boss.copy().get(t.about(p)).Body, html.EscapeString(evilMark)[:20]), "the name is not on the page at all")
		return fmt.Sprintf("A name, a label, a note, reasons and a browser with markup: text on %d pages and in files.", n)
	}},
	{id: "WE-07/o", requirement: "What somebody writes who lost a phone stays text, on pages, in words and in pictures of them.", on: decorated, try: func(t *T) string {
		boss := t.signedIn(t.admin())
		for range 3 {
			b := t.browser().password(t.user())
			t.done(b.post("/login/lost-phone", "message", evilMark+" imgsrc onerror alert", "contact", evilClose))
			t.clean("/login/lost-phone", b.get("/login/lost-phone"))
		}
		n := 0
		for _, id := range boss.copy().get("/admin/requests").foundAll(`/admin/requests/([a-z0-9]{20,})`) {
			t.clean("a request", boss.copy().get("/admin/requests/"+id))
			n++
		}
		for _, path := range []string{"/admin/requests", "/admin/requests/words", "/admin/requests/words?days=7", "/admin/requests?word=alert", "/admin"} {
			t.clean(path, boss.copy().get(path))
		}
		t.holds(n >= 3, "%d requests on the page", n)
		return "3 requests with markup, on their pages, in the list and among the words: text."
	}},
	{id: "WE-07/p", requirement: "The texts of an instance stay text on the pages that strangers see.", on: texts, try: func(t *T) string {
		boss := t.signedIn(t.admin())
		t.done(boss.post("/admin/settings/general", t.general("instance_name", evilMark[:40], "contact_name", evilMark[:60], "contact_phone", "", "contact_link", "", "help_text", evilMark+"\n\n"+evilClose, "privacy_text", evilClose, "accent", "")...))
		b := t.browser().password(t.user())
		n := 0
		for path, who := range map[string]*browser{"/login": t.browser(), "/forgot": t.browser(), "/help": t.browser(), "/nothing": t.browser(), "/login/code": b, "/login/recovery": b, "/login/lost-phone": b, "/admin": boss, "/profile": boss, "/admin/settings/general": boss, "/security/authenticators/new": boss, "/reset/" + strings.Repeat("A", 43): t.browser(), "/apps/enter?app=x": boss} {
			t.clean(path, who.copy().get(path))
			n++
		}
		for _, link := range []string{"javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "https://user:pw@evil.example", "mailto:a@b.example?bcc=c@d.example", "https://a.example/\"onclick=\"x", "//evil.example", "file:///etc/passwd", "vbscript:x"} {
			t.holds(boss.copy().post("/admin/settings/general", t.general("contact_link", link)...).Status == 422, "%s is taken", link)
		}
		for _, accent := range []string{"#000;}body{display:none", "red;background:url(//evil.example)", "url(x)", "#0000a0/**/", "expression(alert(1))", "#00g", "</style><script>", "var(--x)", "#0000a0\n}*{"} {
			t.holds(boss.copy().post("/admin/settings/general", t.general("accent", accent)...).Status == 422, "%q is taken", accent)
		}
		return fmt.Sprintf("5 texts with markup: text on %d pages; 9 addresses and 9 colours that would run or style something: refused.", n)
	}},
	{id: "WE-07/q", requirement: "Names and labels of groups and applications stay text, on the pages of a proxy too.", on: decorated, try: func(t *T) string {
		boss, p := t.signedIn(t.admin()), t.user()
		group := "marked-" + t.tag()
		t.done(boss.post("/admin/groups/new", "name", group, "label", evilMark))
		t.done(t.addApplication(boss, group, "name", evilMark[:60], "host", group+".example", "access", "groups", "group", group))
		g := t.guest(p, group)
		start := g.on(g.host, "/.latchkey/start?to=/")
		paths := map[string]*browser{"/admin/groups": boss, "/admin/groups/" + group: boss, "/admin/groups/" + group + "/edit": boss, "/admin/groups/" + group + "/delete": boss, "/admin/applications": boss, "/admin/applications/" + group: boss, "/admin/applications/" + group + "/edit": boss, "/admin/applications/" + group + "/who?user=" + p.Name: boss, "/admin/users?group=" + group: boss, "/admin/audit": boss, strings.TrimPrefix(start.To(), t.base): g.home}
		for path, who := range paths {
			t.clean(path, who.copy().get(path))
		}
		t.clean("/.latchkey/denied", g.on(g.host, "/.latchkey/denied"))
		t.command("group", "add-user", group, p.Name)
		t.clean("/applications", g.home.copy().get("/applications"))
		t.clean("the way in", g.home.copy().get(strings.TrimPrefix(start.To(), t.base)))
		return fmt.Sprintf("A label and a name with markup: text on %d pages.", len(paths)+3)
	}},
	{id: "WE-07/r", requirement: "What an address or a refused form holds comes back as text.", on: decorated, try: func(t *T) string {
		boss, n := t.signedIn(t.admin()), 0
		for _, evil := range []string{evilMark, evilClose, "javascript:alert(1)"} {
			q := url.QueryEscape(evil)
			for path, who := range map[string]*browser{
				"/login?next=" + q: t.browser(), "/login?notice=" + q: t.browser(), "/setup?code=" + q: t.browser(), "/" + url.PathEscape(evil): t.browser(), "/static/" + url.PathEscape(evil): t.browser(), "/reset/" + url.PathEscape(evil): t.browser(), "/confirm?next=" + q: boss, "/admin/users?q=" + q: boss, "/admin/users?sort=" + q: boss, "/admin/audit?user=" + q: boss, "/admin/audit?ip=" + q: boss, "/admin/audit?event=" + q: boss, "/admin/groups?q=" + q: boss, "/admin/requests?word=" + q: boss, "/admin/users/explain?name=" + q: boss, "/admin/streams/new?kind=" + q: boss, "/apps/enter?app=" + q + "&host=" + q + "&state=" + q: boss, "/admin/applications/x/who?user=" + q: boss,
			} {
				t.clean(path, who.copy().get(path))
				n++
			}
			for path, fields := range map[string][]string{
				"/admin/users/new": {"username", evil, "name", evil, "email", evil, "role", "user", "first_sign_in", "link"}, "/admin/groups/new": {"name", evil, "label", evil}, "/admin/streams/new": {"kind", "webhook", "name", evil, "url", evil, "secret", "", "content", "lean"}, "/admin/applications/new": {"slug", evil, "name", evil, "host", evil, "access", "everyone", "public", evil, "launch_url", evil, "proof_minutes", evil},
			} {
				a := boss.copy().post(path, fields...)
				t.holds(a.Status == 422 || a.Status == 400, "%s: %d", path, a.Status)
				t.clean(path, a)
				n++
			}
			b := t.browser()
			t.clean("/login", b.post("/login", "username", evil, "password", "x", "next", evil))
			t.clean("/forgot", b.post("/forgot", "username", evil))
			n += 2
		}
		return fmt.Sprintf("%d addresses and forms with markup: text.", n)
	}},
	{id: "OT-18/n", requirement: "No name gets a parameter of its own into the QR code or the key's address.", try: func(t *T) string {
		t = t.own(proxied, false) // the name of a shared instance is changed by others
		boss := t.signedIn(t.admin())
		n := 0
		for _, name := range []string{"a&secret=AAAA", "Evil:root", "a?digits=1", "a#x", "a%26secret%3DAAAA", `a"><script>`, "a/b//c", "a+b=c"} {
			a := boss.copy().post("/admin/settings/general", t.general("instance_name", name)...)
			if a.Status != 303 {
				continue
			}
			n++
			page := boss.copy().get("/security/authenticators/new")
			address, err := url.Parse(html.UnescapeString(page.found(`href="(otpauth:[^"]*)"`)))
			t.must(err)
			q := address.Query()
			t.holds(len(q["secret"]) == 1 && len(q["secret"][0]) == 32 && len(q["issuer"]) == 1 && q.Get("issuer") == strings.ReplaceAll(name, ":", " ") && len(q["digits"]) <= 1 && address.Fragment == "" && strings.Count(address.Path, ":") == 1, "%q: %v, %q", name, q["issuer"], address.Path)
			for _, svg := range regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(page.Body, -1) {
				t.holds(xml.Unmarshal([]byte(svg), new(struct{ XMLName xml.Name })) == nil && !strings.Contains(svg, "style=") && !strings.Contains(svg, "<script") && !strings.Contains(svg, "href"), "%q: %.100s", name, svg)
			}
		}
		t.holds(n > 3, "%d names are taken", n)
		return fmt.Sprintf("%d names of the instance: one key, one issuer, one picture without style, script or link.", n)
	}},
	{id: "WE-08/n", requirement: "A logo is a picture that is drawn anew, and nothing else is taken for one.", on: texts, try: func(t *T) string {
		boss := t.signedIn(t.admin())
		var picture bytes.Buffer
		t.must(png.Encode(&picture, image.NewRGBA(image.Rect(0, 0, 40, 20))))
		good := picture.String()
		evil := []string{`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`, "<html><script>alert(1)</script>", "GIF89a/*", "\xff\xd8\xff\xe0<script>", "%PDF-1.7", "PK\x03\x04", good[:30], "RIFF\x00\x00\x00\x00WEBPVP8 ", "", strings.Repeat("A", 300<<10), "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x7f\xff\xff\xff\x7f\xff\xff\xff\x08\x06\x00\x00\x00", "#!/bin/sh", "<?xml version=\"1.0\"?><svg/>"}
		for _, content := range evil {
			a := boss.copy().upload("/admin/settings/general/logo", "logo", "../../x.php", content)
			t.holds(a.Status == 422 || a.Status == 400, "%.20q: %d", content, a.Status)
		}
		t.done(boss.copy().upload("/admin/settings/general/logo", "logo", "x.svg", good+evilClose))
		src := t.browser().get("/login").found(`<img[^>]*src="(/static/logo\.[^"]*)"`)
		a := t.browser().get(src)
		t.holds(a.Status == 200 && a.Header.Get("Content-Type") == "image/png" && a.Header.Get("X-Content-Type-Options") == "nosniff" && !strings.Contains(a.Body, "script"), "%s: %d %v", src, a.Status, a.Header)
		t.done(boss.copy().post("/admin/settings/general/logo/remove"))
		return fmt.Sprintf("%d files that are none: refused; one with a script behind the picture is drawn anew without it.", len(evil))
	}},
	{id: "MA-06/n", requirement: "No name gets a header, a recipient or markup into a message.", on: texts, try: func(t *T) string {
		boss := t.signedIn(t.admin())
		for _, email := range []string{"a@example.org\r\nBcc: evil@example.org", "a@example.org,evil@example.org", "a@example.org;evil@example.org", "a@example.org evil@example.org", "\"a\r\nBcc: x\"@example.org", "a@example.org%0d%0aBcc:evil@example.org", "<a@example.org>", "a@example.org\x00"} {
			a := boss.copy().post("/admin/users/new", "username", "mail"+t.tag(), "name", "", "email", email, "role", "user", "first_sign_in", "mail")
			t.holds(a.Status == 422 || a.Status == 400 || a.Status == 303 && strings.Contains(email, "%0d"), "%q: %d", email, a.Status)
		}
		who := "mail" + t.tag()
		t.done(boss.copy().post("/admin/users/new", "username", who, "name", evilMark+"=?utf-8?q?x?=", "email", who+"@example.org", "role", "user", "first_sign_in", "mail"))
		m := t.messageTo(who + "@example.org")
		t.holds(len(m.Recipients) == 1 && !rawMarkup.MatchString(m.HTML) && !strings.Contains(m.Subject, "\n"), "%v, %q", m.Recipients, m.Subject)
		t.holds(strings.Contains(m.Text, t.base+"/invite/"), "no link to %s", t.base)
		return "8 addresses with line breaks or a second recipient: refused; a name with markup: one recipient, and text in both bodies."
	}},
	{id: "WE-09/n", requirement: "A file of data is never taken for a page.", on: decorated, try: func(t *T) string {
		boss := t.signedIn(t.admin())
		for path, kind := range map[string]string{"/admin/users.csv": "text/csv", "/admin/users.jsonl": "", "/admin/audit.csv": "text/csv", "/admin/audit.jsonl": "", "/profile/data.json": "application/json", "/admin/requests/words.csv": "text/csv"} {
			a := boss.copy().get(path)
			t.holds(a.Status == 200 && strings.HasPrefix(a.Header.Get("Content-Type"), kind) && !strings.Contains(a.Header.Get("Content-Type"), "html") && strings.HasPrefix(a.Header.Get("Content-Disposition"), "attachment") && a.Header.Get("X-Content-Type-Options") == "nosniff", "%s: %d %v", path, a.Status, a.Header)
			if strings.HasSuffix(path, ".jsonl") {
				for line := range strings.Lines(a.Body) {
					t.holds(json.Valid([]byte(line)), "%s: %.100q", path, line)
				}
			}
		}
		return "6 files: attachments of their own type, not to be sniffed."
	}},
}}

func TestMarkup(t *testing.T) { run(t, &markup) }

// texts is a server whose name, texts and logo are attacked; its attacks write the same form.
var texts = &house{name: "texts", base: proxied.base, flags: proxied.flags, small: true}

// general is the form of the instance with fields in the place of what is there.
func (t *T) general(fields ...string) []string {
	all := map[string]string{"instance_name": "Home", "contact_name": "", "contact_phone": "", "contact_link": "", "help_text": "", "privacy_text": "", "accent": ""}
	for i := 0; i+1 < len(fields); i += 2 {
		all[fields[i]] = fields[i+1]
	}
	var sent []string
	for name, value := range all {
		sent = append(sent, name, value)
	}
	return sent
}

// messageTo waits for a message to an address.
func (t *T) messageTo(address string) (found mailtest.Message) {
	t.Helper()
	t.within(10*time.Second, "the message", func() bool {
		for _, m := range t.mail.Messages() {
			if slices.Contains(m.Recipients, address) {
				found = m
			}
		}
		return found.Raw != ""
	})
	return found
}
