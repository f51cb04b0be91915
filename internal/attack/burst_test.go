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
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/web"
)

// What many do must not be taken from somebody else, or from the one whom a limit is for.

// TestEX01_MadeUpNamesSpendNoResets: 110 requests about nobody from 11 networks, and the
// next person gets a message; also while real users are asked about in a flood, and from
// an address whose neighbours flood.
func TestEX01_MadeUpNamesSpendNoResets(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true, Proxied: true})
	a.AddUser("alice")
	a.AddUser("bob")
	ask := func(from, name string) {
		a.Browser().From(from).Post("/forgot", "username", name).Redirects(sentPage)
	}
	for i := range 110 {
		ask(fmt.Sprintf("198.51.%d.7", i%11), fmt.Sprint("nobody", i))
	}
	a.Post()
	ask("203.0.113.9", "alice")
	if n := len(a.Post()); n != 1 {
		t.Fatalf("%d messages to alice after a flood about nobody, want 1", n)
	}
	a.Tx(func(tx *store.Tx) error { // as if a hundred users had been mailed
		for range auth.LimitOf(auth.BucketForgotAll).Free {
			if _, _, err := tx.Count(auth.BucketForgotAll, "", auth.LimitOf(auth.BucketForgotAll), a.Clock.Now()); err != nil {
				return err
			}
		}
		return nil
	})
	for i := range 40 { // of one provider's addresses
		ask(fmt.Sprint("192.0.2.", i), fmt.Sprint("nobody", i))
	}
	ask("192.0.2.200", "bob")
	if n := len(a.Post()); n != 2 {
		t.Errorf("%d messages, want one to bob too", n)
	}
	ask("192.0.2.201", "alice")
	ask("192.0.2.202", "bob")
	if n := len(a.Post()); n != 2 {
		t.Errorf("%d messages: in a flood each user gets one an hour", n)
	}
	a.Browser().Open(sentPage).Sees("wait an hour and ask again")
}

// TestEX04_NeighboursAreSlowedAndNotStopped: ten addresses of a provider use up what their
// /24 has. The others have fewer tries, and somebody who knows the password gets in.
func TestEX04_NeighboursAreSlowedAndNotStopped(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Proxied: true})
	for i := range auth.LimitOf(auth.BucketWide).Free {
		guess(a.Browser().From(fmt.Sprint("198.51.100.", i%10)), fmt.Sprint("name", i))
	}
	neighbour := a.Browser().From("198.51.100.200")
	neighbour.SignIn(a.Admin).At("/profile")
	stranger := a.Browser().From("198.51.100.201")
	if n := guessUntilBlocked(t, stranger, "name1", "name2", "name3", "name4", "name5", "name6", "name7", "name8"); n != auth.BurstNetworkFree {
		t.Errorf("%d tries, want %d", n, auth.BurstNetworkFree)
	}
}

// TestEX04_ABurstStopsNobody: while a thousand made-up names fail from everywhere, people
// sign in from networks that did nothing.
func TestEX04_ABurstStopsNobody(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Proxied: true})
	a.Tx(func(tx *store.Tx) error {
		for range auth.LimitOf(auth.BucketAll).Free {
			if _, _, err := tx.Count(auth.BucketAll, "", auth.LimitOf(auth.BucketAll), a.Clock.Now()); err != nil {
				return err
			}
		}
		return nil
	})
	for i := range 10 {
		a.Browser().From(fmt.Sprint("203.0.113.", i)).SignIn(a.AddUser(fmt.Sprint("worker", i))).At("/profile")
	}
	// And a flood of names brings a few audit rows, not one each.
	before := number(t, a, `SELECT count(*) FROM audit_log`)
	for i := range 60 {
		guess(a.Browser().From(fmt.Sprintf("198.51.%d.1", i)), fmt.Sprint("nobody", i)).Is(422)
	}
	if n := number(t, a, `SELECT count(*) FROM audit_log`) - before; n > 6 {
		t.Errorf("%d audit rows of 60 made-up names in a burst", n)
	}
}

// TestEX04_SomebodyWithThePasswordShutsNobodyOut: wrong codes and wrong recovery codes, as
// many as are let through, and the owner gets in with either of two things: a browser
// that is known, or a recovery code.
func TestEX04_SomebodyWithThePasswordShutsNobodyOut(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Proxied: true})
	alice := a.AddUser("alice")
	known := a.Browser().From("203.0.113.1")
	known.SignIn(alice)
	known.Post("/logout")
	burn := func() {
		for _, c := range []struct{ path, field, value string }{{"/login/code", "code", alice.WrongCode()}, {"/login/recovery", "recovery_code", "0000-0000-0000-0000"}} {
			for range 60 {
				a.Clock.Add(20 * time.Minute)
				b := a.Browser().From("198.51.100.7")
				b.Password(alice)
				b.Post(c.path, c.field, c.value)
			}
		}
	}
	burn()
	thief := a.Browser().From("198.51.100.7")
	thief.Password(alice)
	thief.Post("/login/recovery", "recovery_code", "0000-0000-0000-0000").Is(http.StatusTooManyRequests)
	stranger := a.Browser().From("203.0.113.2")
	stranger.Password(alice)
	stranger.Post("/login/code", "code", alice.Code()).Is(http.StatusTooManyRequests).Sees("recovery code", "a browser that you have used before")
	stranger.Password(alice)
	stranger.Post("/login/recovery", "recovery_code", alice.Codes[0]).Redirects("/profile")
	burn()
	known.SignIn(alice).At("/profile")
	a.Clock.Add(time.Minute)
	a.Browser().From("203.0.113.3").SignIn(alice).At("/profile") // open for everybody again
}

// TestOT13_CodesAndRecoveryCodesHaveACommonCeiling: turn by turn, and for weeks.
func TestOT13_CodesAndRecoveryCodesHaveACommonCeiling(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Proxied: true})
	alice := a.AddUser("alice")
	var all []*apptest.Page
	for range 80 {
		for _, c := range []struct{ path, field, value string }{{"/login/code", "code", "000000"}, {"/login/recovery", "recovery_code", "0000-0000-0000-0000"}} {
			a.Clock.Add(20 * time.Minute)
			b := a.Browser().From("198.51.100.7")
			b.Password(alice)
			if c.field == "code" {
				c.value = alice.WrongCode()
			}
			all = append(all, b.Post(c.path, c.field, c.value))
		}
	}
	if n := looked(all); n > auth.SecondCeiling+3*auth.RecoveryNetworkFree || n < auth.SecondCeiling/2 {
		t.Errorf("%d codes of both kinds were looked at, the ceiling is %d", n, auth.SecondCeiling)
	}
	a.Clock.Add(240 * time.Hour)
	b := a.Browser().From("203.0.113.2")
	b.Password(alice)
	b.Post("/login/code", "code", alice.Code()).Is(http.StatusTooManyRequests)
}

// TestAU01_TheRightCodeOfABurstGetsIn: it was counted among the first, and the tries after
// them end the sign-in only for people who come later.
func TestAU01_TheRightCodeOfABurstGetsIn(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	won := 0
	for round := range 6 {
		u := a.AddUser(fmt.Sprint("user", round))
		half := halves(a, u, 1)[0]
		all := clones(half, 12)
		wrong, right := u.WrongCode(), u.Code()
		pages := race(t, len(all), func(i int) *apptest.Page { return all[i].Post("/login/code", "code", pick(i == 0, right, wrong)) })
		switch first := pages[0]; {
		case first.Status == http.StatusSeeOther && first.Header.Get("Location") == "/profile":
			won++
		case first.Status == http.StatusTooManyRequests:
			first.Sees("too many wrong codes for your account", "You can try again after")
		case first.Status == http.StatusSeeOther: // it came when the sign-in was over
			all[0].Open(first.Header.Get("Location")).Sees("That sign-in is over")
		default:
			t.Errorf("the right code was answered %d", first.Status)
		}
		if n := looked(pages[1:]); n > store.PendingTries+len(pages) {
			t.Errorf("%d codes were looked at", n)
		}
	}
	// In order: four wrong, the right one is looked at while two more come.
	u := a.AddUser("last")
	b := halves(a, u, 1)[0]
	for range 4 {
		b.Clone().Post("/login/code", "code", u.WrongCode()).Is(422)
	}
	a.Tx(func(tx *store.Tx) error { // the right one is counted, and not compared yet
		counted, err := tx.CountPending(secret.HashToken(b.Pending()))
		if err == nil && !counted {
			t.Error("the fifth is not counted")
		}
		return err
	})
	b.Clone().Post("/login/code", "code", u.WrongCode()).Is(http.StatusTooManyRequests)
	a.Tx(func(tx *store.Tx) error {
		taken, err := tx.TakePending(secret.HashToken(b.Pending()))
		if err == nil && !taken {
			t.Error("the sixth took the sign-in away from the fifth, which was right")
		}
		return err
	})
	t.Logf("the right one of twelve won %d of 6 times", won)
}

// TestAU06_BlockedTriesCostTheSame: as many statements for somebody as for nobody, and
// nothing is written.
func TestAU06_BlockedTriesCostTheSame(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Proxied: true})
	a.AddUser("known-name")
	a.AddUser("disabled-1", apptest.Disabled)
	names := []string{"unknown-01", "known-name", "disabled-1", "unknown-02"}
	for i, name := range names {
		guessUntilBlocked(t, a.Browser().From(fmt.Sprint("203.0.113.", i)), name)
	}
	work := func(name string) (n []uint64) {
		for range 8 {
			before := a.DB.Statements()
			guess(a.Browser().From("198.51.100.1"), name).Is(http.StatusTooManyRequests)
			n = append(n, a.DB.Statements()-before)
		}
		return n
	}
	want := work(names[0])
	for _, name := range names[1:] {
		if got := work(name); !slices.Equal(got, want) {
			t.Errorf("%s takes %d statements, nobody %d", name, got, want)
		}
	}
	if n := number(t, a, `SELECT count(*) FROM limits WHERE key LIKE '198.51.100.%'`); n != 0 {
		t.Errorf("%d rows of a network all of whose tries were held back", n)
	}
}

// TestLO08_NothingIsWrittenBelowABlock: an IPv6 site that is stopped goes on from networks
// that it never used before.
func TestLO08_NothingIsWrittenBelowABlock(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Proxied: true})
	for i := range auth.LimitOf(auth.BucketWide).Free {
		guess(a.Browser().From(fmt.Sprintf("2001:db8:1:%x::1", i/20)), fmt.Sprint("name", i)).Is(422)
	}
	before := rows(t, a)
	for i := range 200 {
		guess(a.Browser().From(fmt.Sprintf("2001:db8:1:%x::1", 1000+i)), fmt.Sprint("other", i)).Is(http.StatusTooManyRequests)
	}
	after := rows(t, a)
	for i, part := range strings.Fields(after) {
		if was := strings.Fields(before)[i]; was != part && !strings.HasPrefix(part, "audit") {
			t.Errorf("%s, it was %s", part, was)
		}
	}
	if n := number(t, a, `SELECT count(*) FROM audit_log WHERE event = 'login.blocked'`); n > 5 {
		t.Errorf("%d audit rows", n)
	}
}

// TestLO08_AnonymousRequestsFillNothing sends requests of every kind that anybody can
// send, from one network, and counts what is left of them.
func TestLO08_AnonymousRequestsFillNothing(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true, Proxied: true})
	a.AddUser("alice")
	before := number(t, a, `SELECT (SELECT count(*) FROM limits) + (SELECT count(*) FROM audit_log)`)
	const each = 150
	for i := range each {
		b := a.Browser().From("198.51.100.7")
		token := secret.Token()
		for _, name := range []string{"latchkey", "latchkey-pending", "latchkey-browser", "latchkey-form"} {
			b.Cookies[a.CookieName(name)] = token
		}
		name := fmt.Sprint("nobody", i)
		guess(b, name)
		guess(b, "alice")
		b.Post("/login/with-code", "username", name, "password", tooLong, "code", "000000")
		b.Post("/forgot", "username", name)
		b.Post("/login/code", "code", "000000")
		b.Post("/login/lost-phone", "message", "help", "contact", "me")
		b.Post("/setup", "setup_code", token, "username", name, "new_password", newPassword)
		for _, path := range []string{"/", "/login", "/profile", "/admin", "/invite/" + token, "/reset/" + token, "/not-me/" + token,
			"/email/" + token, "/lost-phone/new/" + token, "/lost-phone/cancel/" + token, "/" + token} {
			b.Get(path)
		}
		a.Clock.Add(time.Second)
	}
	a.Post()
	a.Tx(func(tx *store.Tx) error { return tx.DropExpired(a.Clock.Now()) })
	after := number(t, a, `SELECT (SELECT count(*) FROM limits) + (SELECT count(*) FROM audit_log)`)
	// 30 names in ten minutes and their rows, ten of both together, the networks, and a
	// row a minute for the rest. 10,800 requests in ten minutes left 75 rows.
	if n := after - before; n > 120 {
		t.Errorf("%d requests left %d rows: %s", each*18, n, rows(t, a))
	}
	for _, table := range []string{"mails", "sessions", "pending_sign_ins", "kept_forms", "requests", "browsers"} {
		if n := number(t, a, `SELECT count(*) FROM `+table); n != 0 {
			t.Errorf("%d rows in %s", n, table)
		}
	}
}

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
	sent := number(t, a, `SELECT count(*) FROM notices WHERE user_id = ?`, alice.ID)
	for range 20 {
		b.Post("/security/password", "current_password", alice.Password, "new_password", newPassword).Is(http.StatusTooManyRequests)
	}
	if n := number(t, a, `SELECT count(*) FROM notices WHERE user_id = ?`, alice.ID); n != sent {
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
	if n := number(t, a, `SELECT tries FROM limits WHERE bucket = 'act-sign-in' AND key = ?`, alice.ID); n != 1 {
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
		return slices.ContainsFunc(routes, func(r web.Route) bool {
			if r.Method != http.MethodPost || r.Access != web.SignedIn && r.Access != web.Fresh && r.Access != web.Administrator {
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
			change(t, app, `INSERT INTO limits (bucket, key, tries, window_ends, blocked_until, changed_at) SELECT ?, id, 1000000, ?, ?, ? FROM users`,
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
