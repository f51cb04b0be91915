package attack

import (
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/apptest"
	"latchkey/internal/auth"
	"latchkey/internal/store"
)

// TestMA05_ForgotAnswersEverybodyAlike compares what they get byte by byte, and what
// the request does for them: the same rows in the same tables.
func TestMA05_ForgotAnswersEverybodyAlike(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true, Proxied: true})
	tried := refused(t, a)
	type trace struct{ Answer, Page, Rows, Queued string }
	ask := func(i int, name string) (got trace) {
		forgive(t, a)
		change(t, a, `DELETE FROM mails`)
		b := a.Browser().From(fmt.Sprint("203.0.113.", 100+i))
		got.Answer = whole(b.Post("/forgot", "username", name), name)
		got.Rows = rows(t, a)
		got.Queued = text(t, a, `SELECT concat_ws(' ', user_id IS NULL, kind, recipient, length(sealed), next_at - created_at, ends_at - created_at) FROM mails`)
		got.Page = whole(b.Get(sentPage), name)
		return got
	}
	want := ask(0, "unknown-01")
	if !strings.HasPrefix(want.Answer, "303") || !strings.Contains(want.Page, "Check your email") || strings.Contains(want.Answer, "Set-Cookie") {
		t.Fatalf("nobody is answered\n%s\n%s", want.Answer, want.Page)
	}
	for i, name := range slices.Sorted(maps.Keys(tried)) {
		if diff := cmp.Diff(want, ask(i, name)); diff != "" {
			t.Errorf("%s is answered in another way than nobody:\n%s", name, diff)
		}
	}
}

// change writes to the program's database from beside it.
func change(t *testing.T, a *apptest.App, statement string, args ...any) {
	t.Helper()
	if _, err := open(t, a).Exec(statement, args...); err != nil {
		t.Fatal(err)
	}
}

// text asks the database for one text, "" if there is none.
func text(t *testing.T, a *apptest.App, query string, args ...any) (s string) {
	t.Helper()
	if err := open(t, a).QueryRow(query, args...).Scan(&s); err != nil && !errors.Is(err, sql.ErrNoRows) {
		t.Fatal(err)
	}
	return s
}

// TestMA07_SilentLimits counts what arrives; the answer never tells.
func TestMA07_SilentLimits(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true, Proxied: true})
	alice, i := a.AddUser("alice"), 0
	ask := func(times int, names ...string) (arrived int) {
		t.Helper()
		before := len(a.Post())
		for n := range times {
			i++
			b := a.Browser().From(fmt.Sprint("2001:db8:", fmt.Sprintf("%x", i), "::1"))
			b.Post("/forgot", "username", names[n%len(names)]).Redirects(sentPage)
			a.Post()
		}
		return len(a.Mail.Messages()) - before
	}
	if got := ask(8, "alice", alice.Email); got != 3 {
		t.Errorf("%d messages to one user in an hour, want 3", got)
	}
	path := resetPath(t, a, a.Mail.Messages()[2])
	ask(8, "alice", alice.Email)
	a.Browser().Get(path).Redirects("/reset") // a flood ends no link that was mailed
	a.Clock.Add(time.Hour)
	if got := ask(4, "alice"); got != 3 {
		t.Errorf("%d messages in the next hour, want 3", got)
	}
	a.Clock.Add(time.Hour)
	before := len(a.Post())
	for n := range 14 {
		name := a.AddUser(fmt.Sprint("neighbour", n)).Username
		a.Browser().From("198.51.100.7").Post("/forgot", "username", name).Redirects(sentPage)
	}
	if got := len(a.Post()) - before; got != 10 {
		t.Errorf("%d messages for one network in an hour, want 10", got)
	}
	a.Clock.Add(time.Hour)
	a.Post()
	for n := range 104 {
		a.Browser().From(fmt.Sprint("198.51.", n, ".7")).Post("/forgot", "username", fmt.Sprint("nobody", n)).Redirects(sentPage)
	}
	if got := number(t, a, `SELECT count(*) FROM mails`); got != 104 {
		t.Errorf("%d requests about nobody are looked at, want all: they use up nothing", got)
	}
}

func TestMA07_BurstForOneName(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	a.AddUser("alice")
	all := browsers(a, crowd, func(*apptest.Browser) {})
	race(t, crowd, func(i int) *apptest.Page { return all[i].Post("/forgot", "username", "alice").Redirects(sentPage) })
	if n, want := number(t, a, `SELECT count(*) FROM mails`), auth.LimitOf(auth.BucketForgotNetwork).Free; n != want {
		t.Errorf("%d requests are looked at, want %d", n, want)
	}
	if n := len(a.Post()); n == 0 || n > 3 {
		t.Errorf("%d messages", n)
	}
}

// TestMA07_StrangersEndNoLinkOfAnAdministrator: a person who asks for a reset need not be
// the user.
func TestMA07_StrangersEndNoLinkOfAnAdministrator(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	alice := a.AddUser("alice")
	handed := alice.Link(store.PurposePassword)
	mailed := resetPath(t, a, forgets(t, a, "alice"))
	b := a.Browser()
	b.Get(handed).Redirects("/reset")
	b.Post("/reset", "new_password", newPassword).Redirects("/login?notice=password-changed")
	a.Browser().Get(mailed).Is(http.StatusGone)
}

// TestForgotWithoutMail: there is nobody to send to, and nothing is kept.
func TestForgotWithoutMail(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	a.AddUser("alice")
	b := a.Browser()
	b.Open("/login").Sees("Forgot your password? Ask your administrator.")
	before := rows(t, a)
	b.Post("/forgot", "username", "alice").Redirects("/forgot")
	b.Open(sentPage).Sees("Ask your administrator for a password link.").SeesNot("Check your email", "<form")
	if after := rows(t, a); after != before {
		t.Errorf("something is kept:\n%s\n%s", before, after)
	}
	a.Browser().Get("/reset/" + strings.Repeat("x", 43)).Is(http.StatusGone).SeesNot("/forgot")
}

// TestForgotIsOffered where mail works.
func TestForgotIsOffered(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	alice, b := a.AddUser("alice"), a.Browser()
	b.Open("/login")
	b.Follow("Forgot your password?").At("/forgot")
	b.Submit("Send the link", "Username or email", "").Sees("Enter your username or email")
	b.Submit("Send the link", "Username or email", "alice").At(sentPage).Sees("Check your email")
	b.Open(resetPath(t, a, a.Post()[0])).At("/reset")
	b.Submit("Set password", "New password", newPassword).Sees("Your password has been changed. Sign in with the new one.")
	alice.Password = newPassword
	b.SignIn(alice).At("/profile")
	a.Browser().Get("/reset/" + strings.Repeat("x", 43)).Is(http.StatusGone).Sees("Ask for a new link")
}
