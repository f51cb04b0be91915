package attack

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/store"
)

const (
	generalPath = "/admin/settings/general"
	logoPath    = generalPath + "/logo"
)

// picture is a PNG of this size.
func picture(t testing.TB, width, height int) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewNRGBA(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// lastChange is the newest row about settings, in short.
func lastChange(t *testing.T, a *apptest.App) string {
	t.Helper()
	all, err := a.DB.AuditEntries(t.Context(), store.AuditFilter{Event: audit.SettingsChanged, Limit: 1})
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	var parts []string
	for _, d := range all[0].Details {
		parts = append(parts, d.Name+":"+d.Before+">"+d.After)
	}
	return strings.Join(parts, " ")
}

// TestWE08_LogoStory: a logo is drawn anew, served from here with its type and for ever,
// stands on every page, also for strangers, is in the audit log, and goes again.
func TestWE08_LogoStory(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	desk := signedInAs(a, a.Admin)
	evil := picture(t, 600, 120) + "<script>alert(1)</script>"
	desk.Upload(logoPath, "logo", "../../x.php", evil).Redirects(generalPath)
	desk.Open(generalPath).Sees("The logo has been saved.")
	src := a.Browser().Get("/login").Doc().Find(".brand img").AttrOr("src", "")
	if !strings.HasPrefix(src, "/static/logo.") || !strings.HasSuffix(src, ".png") {
		t.Fatalf("the logo is at %q", src)
	}
	p := a.Browser().Get(src).Is(http.StatusOK)
	for name, want := range map[string]string{
		"Content-Type": "image/png", "X-Content-Type-Options": "nosniff", "Cache-Control": "public, max-age=31536000, immutable",
	} {
		if got := p.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if c, err := png.DecodeConfig(strings.NewReader(p.Body)); err != nil || c.Width != 560 || c.Height != 112 || strings.Contains(p.Body, "script") {
		t.Errorf("what is served is %v, %v", c, err)
	}
	if got := lastChange(t, a); !strings.HasPrefix(got, "logo:>") || !strings.Contains(got, "560x112") {
		t.Errorf("the log says %q", got)
	}
	if _, err := a.Site.Settings(), a.Site.LoadSettings(); err != nil {
		t.Error(err)
	}
	desk.Upload(logoPath, "logo", "x.svg", "<svg onload=alert(1)>").Is(http.StatusUnprocessableEntity).Sees("SVG is not taken")
	desk.Upload(logoPath, "logo", "", "").Is(http.StatusUnprocessableEntity).Sees("Choose a file")
	if got := a.Browser().Get("/login").Doc().Find(".brand img").AttrOr("src", ""); got != src {
		t.Errorf("a refused picture has changed the logo: %q", got)
	}
	desk.Post(logoPath + "/remove").Redirects(generalPath)
	desk.Open(generalPath).Sees("The logo has been removed.").SeesNot("/static/logo.")
	a.Browser().Get(src).Is(http.StatusNotFound)
	if n := number(t, a, `SELECT count(*) FROM logos`); n != 0 {
		t.Errorf("%d logos are kept", n)
	}
}

// TestWE09_LogoTakesNothingElse: other fields, several files, too much, and people who may
// not or have not proved who they are.
func TestWE09_LogoTakesNothingElse(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	desk := signedInAs(a, a.Admin)
	good := picture(t, 20, 20)
	desk.Clone().Upload(logoPath, "file", "x.png", good).Is(http.StatusBadRequest)
	desk.Clone().Post(logoPath, "logo", good).Is(http.StatusBadRequest)
	desk.Clone().Upload(logoPath, "logo", "x.png", good+strings.Repeat("x", 300<<10)).Is(http.StatusUnprocessableEntity).Sees("256 kB or smaller")
	desk.Clone().Upload(logoPath, "logo", "x.png", good+strings.Repeat("x", 17<<20)).Is(http.StatusUnprocessableEntity).Sees("256 kB or smaller")
	desk.Clone().Upload(generalPath, "logo", "x.png", good).Is(http.StatusUnsupportedMediaType)
	desk.Clone().Upload(logoPath+"/remove", "logo", "x.png", good).Is(http.StatusUnsupportedMediaType)
	signedInAs(a, a.AddUser("alice")).Upload(logoPath, "logo", "x.png", good).Is(http.StatusNotFound)
	if p := a.Browser().Upload(logoPath, "logo", "x.png", good); p.Status != http.StatusSeeOther || !strings.HasPrefix(p.Header.Get("Location"), "/login") {
		t.Errorf("a stranger gets %d to %q", p.Status, p.Header.Get("Location"))
	}
	a.Clock.Add(11 * time.Minute)
	if p := desk.Upload(logoPath, "logo", "x.png", good); p.Status != http.StatusSeeOther || !strings.HasPrefix(p.Header.Get("Location"), "/confirm") {
		t.Errorf("without a fresh proof: %d to %q", p.Status, p.Header.Get("Location"))
	}
	if a.Site.Settings().Logo != "" {
		t.Error("one of them has set the logo")
	}
}

// TestUX18_AccentStory: a colour that cannot be read is refused with the numbers; one that
// can be is served as a style sheet of ours, and no other request is made where none is set.
func TestUX18_AccentStory(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	desk := signedInAs(a, a.Admin)
	a.Browser().Get("/theme.css").Is(http.StatusNotFound)
	if n := desk.Open(generalPath).Doc().Find("link[rel=stylesheet]").Length(); n != 1 {
		t.Errorf("%d style sheets without an accent", n)
	}
	desk.Post(generalPath, "accent", "#ffcc00").Is(http.StatusUnprocessableEntity).Sees("In the light theme, #ffcc00 on white has a contrast of 1.51:1, and text needs at least 4.5:1")
	for _, evil := range []string{"red", "#000;}body{display:none", "url(https://evil.example/)", "light-dark(#000,#fff)", "#00000", "</style>"} {
		desk.Post(generalPath, "accent", evil).Is(http.StatusUnprocessableEntity)
	}
	desk.Post(generalPath, "accent", "#7A1FA2").Redirects(generalPath)
	if got := lastChange(t, a); got != "accent:>#7a1fa2" {
		t.Errorf("the log says %q", got)
	}
	p := a.Browser().Get("/login")
	href := p.Doc().Find("link[rel=stylesheet]").Last().AttrOr("href", "")
	css := a.Browser().Get(href).Is(http.StatusOK)
	if !strings.HasPrefix(href, "/static/theme.") || css.Header.Get("Content-Type") != "text/css; charset=utf-8" || !strings.Contains(css.Body, "--accent:light-dark(#7a1fa2,#") ||
		css.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" {
		t.Errorf("%s: %v\n%s", href, css.Header, css.Body)
	}
	if again := a.Browser().Get("/theme.css").Is(http.StatusOK); again.Body != css.Body || again.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("/theme.css is %q, %v", again.Body, again.Header)
	}
	desk.Post(generalPath, "accent", "").Redirects(generalPath)
	a.Browser().Get(href).Is(http.StatusNotFound)
}

// TestWE02_HostileContactAndTexts: what stands on pages that strangers see is text, and
// links of it lead to https, mail and the telephone only.
func TestWE02_HostileContactAndTexts(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	desk := signedInAs(a, a.Admin)
	for _, link := range []string{
		"javascript:alert(1)", "JavaScript:alert(1)", " java\tscript:alert(1)", "data:text/html,x", "vbscript:x", "//evil.example", "/profile", "help.example.com",
		"https://", "https:///x", "https://user:pass@example.com/", "https://example.com/\"onclick=alert(1)", "https://exa mple.com", "mailto:", "mailto:a@b.example?bcc=c@d.example",
		"mailto:a@b.example\r\nBcc:c@d.example", "ftp://example.com", "tel:123", "http:example.com", "https://example.com/" + strings.Repeat("x", 200), "a@b@c",
	} {
		if p := desk.Post(generalPath, "contact_link", link); p.Status != http.StatusUnprocessableEntity && p.Status != http.StatusBadRequest {
			t.Errorf("%q: %d", link, p.Status)
		}
	}
	for _, phone := range []string{"12", "call me", "+44 20<script>", "123;phone-context=evil", "1" + strings.Repeat("2", 60), "+++", "12\n345"} {
		desk.Post(generalPath, "contact_phone", phone).Is(http.StatusUnprocessableEntity)
	}
	for _, text := range []string{strings.Repeat("x", 10001), "a\u202eb", "a\x07b", "\u2800"} {
		desk.Post(generalPath, "help_text", text).Is(http.StatusUnprocessableEntity)
	}
	text := "<script>alert(1)</script>\r\nhttps://help.example.com/a?b=1&c=2.\r\n\r\n[x](javascript:alert(1)) http://example.org https://x\"onmouseover=alert(1)"
	desk.Post(generalPath, "contact_name", "<b>IT</b>", "contact_phone", "(020) 7946 0000 ext 12", "contact_link", "https://help.example.com/it/", "help_text", text, "privacy_text", strings.Repeat("é", 10000)).Redirects(generalPath)
	stranger := a.Browser()
	stranger.Open("/help").Sees("<b>IT</b>", "<script>alert(1)</script>", "[x](javascript:alert(1)) http://example.org")
	var links []string
	stranger.Doc().Find("#contact").Parent().Find("a").Each(func(_ int, s *goquery.Selection) { links = append(links, s.AttrOr("href", "")) })
	want := "tel:02079460000 https://help.example.com/it/ https://help.example.com/a?b=1&c=2"
	if got := strings.Join(links, " "); got != want {
		t.Errorf("links to\n%s, want\n%s", got, want)
	}
	if n := stranger.Doc().Find("script:not([src]), b, [onmouseover]").Length(); n != 0 {
		t.Errorf("%d elements came of words", n)
	}
}

// TestUX_ContactIsWhereverPagesSayToAsk: on every page that sends its reader to an
// administrator stands whom to ask.
func TestUX_ContactIsWhereverPagesSayToAsk(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	desk := signedInAs(a, a.Admin)
	desk.Post(generalPath, "contact_name", "IT service desk", "contact_phone", "01225 713000", "contact_link", "help@example.com").Redirects(generalPath)
	if got := lastChange(t, a); got != "contact_name:>IT service desk contact_phone:>01225 713000 contact_link:>mailto:help@example.com" {
		t.Errorf("the log says %q", got)
	}
	const contact = "IT service desk · 01225 713000 · help@example.com"
	alice := a.AddUser("alice")
	half := a.Browser()
	half.Password(alice)
	half.Open("/login/lost-phone").Sees("Contact: " + contact)
	for _, path := range []string{"/login", "/forgot", "/help", "/not-me/done?way=administrator"} {
		b := a.Browser()
		b.Open(path).Sees(contact)
		if got := b.Doc().Find(`a[href="mailto:help@example.com"]`).Length(); got != 1 {
			t.Errorf("%s has %d links to the mailbox", path, got)
		}
	}
	b := a.Browser()
	link := a.AddUser("bob", apptest.Invited).Link(store.PurposeInvite)
	a.Clock.Add(15 * 24 * time.Hour)
	b.Open(link).Sees("This link has expired", "Contact: "+contact)
	b.Open("/login").Sees(contact)
}

// TestUX_LongTextsWaitOverAProof: a text of ten thousand letters that take nine bytes each
// on their way is saved, and waits while its author confirms who they are.
func TestUX_LongTextsWaitOverAProof(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	desk := signedInAs(a, a.Admin)
	long := strings.Repeat("語", 10000)
	a.Clock.Add(11 * time.Minute)
	desk.Open(generalPath)
	desk.Submit("Save changes", "About help", long, "About privacy", long).Sees("Confirm it is you")
	desk.Confirm(a.Admin)
	desk.Open(generalPath + "?kept=1")
	desk.Submit("Save changes").At(generalPath).Sees("Settings saved.")
	if s := a.Site.Settings(); s.HelpText != long || s.PrivacyText != long {
		t.Errorf("%d and %d letters are saved", len(s.HelpText)/3, len(s.PrivacyText)/3)
	}
	if got := lastChange(t, a); len(got) > 5000 {
		t.Errorf("the log holds %d bytes of them", len(got))
	}
}
