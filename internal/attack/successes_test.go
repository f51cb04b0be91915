package attack

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/auth"
	"latchkey/internal/web/route"
)

// TestEX01_SuccessesAreLimited: saving the profile and changing the password succeed as
// often as a person may, and are refused then in the form, with what was typed; the next
// kind, the next user and the next hour are not concerned.
func TestEX01_SuccessesAreLimited(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	alice, bob := a.AddUser("alice"), a.AddUser("bob")
	b := signedInAs(a, alice)
	for i := range auth.ProfileSavesPerHour {
		b.Post("/profile/edit", "name", fmt.Sprint("Alice ", i), "email", alice.Email, "theme", "", "time_zone", "").Redirects("/profile")
	}
	before := rows(t, a)
	b.Open("/profile/edit")
	p := b.Submit("Save changes", "Name", "Alice the Last").Is(http.StatusTooManyRequests).
		Sees("You have saved your profile 60 times in the last hour", "You can do it again in 60 minutes")
	if p.Header.Get("Retry-After") == "" || !strings.Contains(p.Body, "Alice the Last") {
		t.Errorf("Retry-After %q; what was typed is gone, or it does not say when", p.Header.Get("Retry-After"))
	}
	if after := rows(t, a); after != before {
		t.Errorf("a refused act left rows:\n%s\n%s", before, after)
	}
	signedInAs(a, bob).Post("/profile/edit", "name", "Bob", "email", bob.Email, "theme", "", "time_zone", "").Redirects("/profile")
	for i := range auth.PasswordChangesPerHour {
		wanted := fmt.Sprint("seven lamps on pier ", i)
		b.Post("/security/password", "current_password", alice.Password, "new_password", wanted).Redirects("/security")
		alice.Password = wanted
	}
	sent := number(t, a, `SELECT count(*) FROM notices WHERE user_id = $1`, alice.ID)
	for range 20 {
		b.Post("/security/password", "current_password", alice.Password, "new_password", newPassword).Is(http.StatusTooManyRequests)
	}
	if n := number(t, a, `SELECT count(*) FROM notices WHERE user_id = $1`, alice.ID); n != sent {
		t.Errorf("%d notices of refused changes", n-sent)
	}
	if !b.SignedInAs(alice) {
		t.Error("the session ended with it")
	}
	a.Clock.Add(time.Hour)
	b = signedInAs(a, alice)
	b.Post("/profile/edit", "name", "Alice again", "email", alice.Email, "theme", "", "time_zone", "").Redirects("/profile")
}

// TestEX01_BurstOfSuccesses sends them all at once.
func TestEX01_BurstOfSuccesses(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := signedInAs(a, alice)
	all := clones(b, 2*auth.DownloadsPerHour)
	pages := race(t, len(all), func(i int) *apptest.Page { return all[i].Get("/profile/data.json") })
	n := 0
	for _, p := range pages {
		switch p.Status {
		case http.StatusOK:
			n++
		case http.StatusTooManyRequests: // not more than two are sent at once
		default:
			t.Errorf("status %d", p.Status)
		}
	}
	apptest.Eventually(t, "there is no more", func() bool {
		if b.Get("/profile/data.json").Status == http.StatusOK {
			n++
		}
		return strings.Contains(b.Body, "You have downloaded your data 30 times in the last hour")
	})
	if n == 0 || n > auth.DownloadsPerHour { // those that came while two were sent are refused
		t.Errorf("%d downloads, want at most %d", n, auth.DownloadsPerHour)
	}
	all = clones(b, 60+auth.SignInsPerHour)
	if n := number(t, a, `SELECT tries FROM limits WHERE bucket = 'act-sign-in' AND key = $1`, alice.ID); n != 1 {
		t.Errorf("%d sign-ins are counted, want 1", n)
	}
}

// TestEX01_EveryActIsLimited fills all buckets of a user who is signed in, and walks every
// form: nothing succeeds any more.
func TestEX01_EveryActIsLimited(t *testing.T) {
	t.Parallel()
	d := sitDown(t)
	routes, err := d.Site.Routes()
	if err != nil {
		t.Fatal(err)
	}
	inside := func(path string) bool {
		return slices.ContainsFunc(routes, func(r route.Route) bool {
			if r.Method != http.MethodPost || r.Access != route.SignedIn && r.Access != route.Fresh && r.Access != route.Administrator {
				return false
			}
			route, parts := strings.Split(r.Path, "/"), strings.Split(path, "/")
			return slices.EqualFunc(route, parts, func(a, b string) bool { return a == b || strings.HasPrefix(a, ":") })
		})
	}
	full := func(app *apptest.App) {
		change(t, app, `DELETE FROM limits WHERE bucket LIKE 'act-%'`)
		for _, bucket := range []auth.Bucket{auth.ActionProfile, auth.ActionPassword, auth.ActionApps, auth.ActionCodes, auth.ActionProof, auth.ActionSessions,
			auth.ActionDownload, auth.ActionOwn, auth.ActionAdmin, auth.ActionTestMail, auth.ActionExport, auth.ActionUpload} {
			change(t, app, `INSERT INTO limits (bucket, key, tries, window_ends, blocked_until, changed_at) SELECT $1, id, 1000000, $2, $3, $4 FROM users`,
				string(bucket), app.Clock.Now().Add(time.Hour).UnixMilli(), app.Clock.Now().Add(time.Hour).UnixMilli(), app.Clock.Now().UnixMilli())
		}
	}
	full(d.App)
	full(d.post)
	met := 0
	for _, f := range d.forms {
		if !inside(f.path) || f.path == "/security/recovery-codes" { // there are none to have saved, without new ones
			continue
		}
		if met++; f.path == "/security/not-me" {
			f.browser.Post(f.path, f.fields...).Is(http.StatusSeeOther) // it ends what others do with the session
			continue
		}
		if p := f.browser.Post(f.path, f.fields...); p.Status == http.StatusSeeOther && !strings.HasPrefix(p.Header.Get("Location"), "/confirm") {
			t.Errorf("%s was done, and led to %s", f.path, p.Header.Get("Location"))
		}
	}
	if met < 10 {
		t.Errorf("%d forms were tried", met)
	}
}
