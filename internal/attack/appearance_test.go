package attack

import (
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/store"
)

// TestUX_ThemeAndZoneOfOnesOwn: both are drawn by the server, on every page; the theme
// stays when its owner signs out; the mails have the zone, the file of everything and the
// audit log have both.
func TestUX_ThemeAndZoneOfOnesOwn(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	alice := a.AddUser("alice")
	b := signedInAs(a, alice)
	b.Open("/profile").Sees("Member since 2 March 2026").SeesNot("data-theme", "data-zone")
	b.Open("/profile/edit")
	b.Submit("Save changes", "Dark", "on", "Time zone", "Asia/Kolkata").At("/profile").Sees("Your profile has been saved.")
	for _, path := range []string{"/profile", "/security", "/security/activity"} {
		if b.Get(path); !strings.Contains(b.Body, `data-theme="dark"`) || !strings.Contains(b.Body, `data-zone="Asia/Kolkata"`) {
			t.Errorf("%s does not look as its reader wants", path)
		}
	}
	if b.Get("/nowhere"); !strings.Contains(b.Body, `data-theme="dark"`) {
		t.Error("a page that is not there does not look as its reader wants")
	}
	b.Open("/security/activity").Doc().Find("time").Each(func(_ int, s *goquery.Selection) {
		at, err := time.Parse(time.RFC3339, s.AttrOr("datetime", ""))
		if want := at.Add(330 * time.Minute).Format("2 Jan 2006, 15:04"); err != nil || !strings.HasPrefix(s.Text(), want) || !strings.HasSuffix(s.Text(), " IST") {
			t.Errorf("%s is shown as %q", s.AttrOr("datetime", ""), s.Text())
		}
	})
	b.Get("/profile/data.json")
	for _, want := range []string{`"theme": "dark"`, `"time_zone": "Asia/Kolkata"`} {
		if !strings.Contains(b.Body, want) {
			t.Errorf("the file of everything lacks %s", want)
		}
	}
	all, err := a.DB.AuditEntries(t.Context(), store.AuditFilter{Event: audit.ProfileChanged, Limit: 1})
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	got := ""
	for _, d := range all[0].Details {
		got += " " + d.Name + ":" + d.Before + ">" + d.After
	}
	if got != " theme:system>dark time_zone:>Asia/Kolkata" {
		t.Errorf("the audit row says%s", got)
	}
	b.Post("/security/password", "current_password", alice.Password, "new_password", "another long pass phrase").Is(303)
	if m := mailed(a, alice.Email, "Your password was changed"); !strings.Contains(m.Text, " IST") || strings.Contains(m.Text, "UTC") {
		t.Errorf("the mail is in another zone:\n%s", m.Text)
	}
	b.Open("/profile")
	b.Submit("Sign out").At("/login?notice=signed-out")
	if !strings.Contains(b.Body, `data-theme="dark"`) || strings.Contains(b.Body, "data-zone") {
		t.Error("the sign-in page has lost the theme, or tells a zone")
	}
	alice.Password = "another long pass phrase"
	b.SignIn(alice)
	b.Open("/profile/edit")
	b.Submit("Save changes", "Same as my device", "on", "Time zone", "").At("/profile").SeesNot("data-theme", "data-zone")
	if b.Cookies[a.CookieName("latchkey-theme")] != "" {
		t.Error("the browser keeps a theme that is no longer chosen")
	}
}

// TestUX_DaysOfTheFilterAreTheReaders: a day of the audit log begins where the reader's
// times say that it does.
func TestUX_DaysOfTheFilterAreTheReaders(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{}) // begins at 09:00 UTC on 2 March
	a.AddUser("alice")
	desk := signedInAs(a, a.Admin)
	desk.Open("/admin/audit?from=2026-03-03").Sees("From date, UTC", "No event matches")
	desk.Open("/profile/edit")
	desk.Submit("Save changes", "Time zone", "Pacific/Kiritimati") // 14 hours ahead
	a.Clock.Add(2 * time.Hour)                                     // 01:00 on 3 March there
	desk.SignIn(a.Admin)
	desk.Open("/admin/audit?from=2026-03-03").SeesNot("From date, UTC").Sees("3 Mar 2026, 01:00", "UTC+14").SeesNot("2 Mar 2026")
}

// TestWE02_ThemeAndZoneAreWordsOfOurs: neither form nor cookie puts anything else into a
// page.
func TestWE02_ThemeAndZoneAreWordsOfOurs(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := signedInAs(a, a.AddUser("alice"))
	for _, evil := range []string{`dark" onload="alert(1)`, "Dark", "../../etc/passwd", "<script>", "Local", strings.Repeat("x", 70)} {
		for _, field := range []string{"theme", "time_zone"} {
			b.Post("/profile/edit", "name", "Alice", "email", "alice@example.org", field, evil).Is(422)
			if strings.Contains(b.Body, `"`+evil+`"`) || strings.Contains(b.Body, "<script>") {
				t.Errorf("%s %q stands on the page", field, evil)
			}
		}
		stranger := a.Browser()
		stranger.Cookies[a.CookieName("latchkey-theme")] = strings.NewReplacer(`"`, "", " ", "").Replace(evil)
		if stranger.Get("/login").Is(200); strings.Contains(stranger.Body, "data-theme") {
			t.Errorf("the cookie %q has become a theme", evil)
		}
	}
}
