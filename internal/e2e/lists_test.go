package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"

	"latchkey/internal/apptest"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// longest gives a user the longest names and address there are, which no line can break
// where people would.
func longest(a *apptest.App, u *apptest.User, letter string) {
	local, label := strings.Repeat(letter, 64), strings.Repeat(letter, 63)
	e := store.Edit{
		ID: u.ID, Version: u.Now().Version, Username: strings.Repeat(letter, 64), Name: strings.Repeat(strings.ToUpper(letter), 100),
		Email: local + "@" + label + "." + label + ".example.org", EmailConfirmed: true,
	}
	_, e.EmailKey, _ = user.CheckEmail(e.Email)
	a.Tx(func(tx *store.Tx) error { _, err := tx.EditUser(e); return err })
	u.Username = e.Username
}

// inside wants that neither the page nor a table in it has to be scrolled sideways, and
// that nothing that can be read is cut off.
func (b *tab) inside(name string, width int64) {
	b.t.Helper()
	b.fits(name, width)
	for _, wrong := range eval[[]string](b, `[...document.querySelectorAll('.tablewrap, main td, main tbody th, main dd, main li, .note')]
		.filter((e) => e.checkVisibility() && !e.closest('.vh') && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline' && e.clientWidth > 1)
		.map((e) => e.scrollWidth + ' in ' + e.clientWidth + ': ' + e.outerHTML.slice(0, 100))`) {
		b.t.Errorf("%s, %d wide: %s", name, width, wrong)
	}
}

// TestUX_LongValuesStayInside shows every table with the longest values.
func TestUX_LongValuesStayInside(t *testing.T) {
	t.Parallel()
	need(t, headless)
	a := apptest.Start(t, apptest.Options{})
	other := a.AddUser("other", apptest.NoPhone)
	longest(a, a.Admin, "w")
	longest(a, other, "m")
	d := a.Browser()
	d.SignIn(a.Admin)
	d.Post("/admin/users/bulk", "user", other.ID, "action", "disable", "confirm", "1", "reason", strings.Repeat("r", 500))
	d.Post("/admin/users/bulk", "user", other.ID, "action", "enable", "confirm", "1")
	a.Browser().Post("/login", "username", other.Username, "password", "wrong")
	b := signedIn(t, a, a.Admin)
	for _, path := range []string{"/admin", "/admin/users", "/admin/users?q=mm&inactive=90", "/admin/users/bulk", "/admin/users/" + other.ID,
		"/admin/users/" + other.ID + "/edit", "/admin/users/" + other.ID + "/explain", "/admin/users/" + other.ID + "/delete", "/admin/audit", "/admin/audit?user=" + other.Username, "/admin/requests", "/profile", "/security"} {
		b.open(path)
		for _, width := range []int64{1280, 1024, 390, 320} {
			b.look(width, light)
			b.inside(path, width)
		}
	}
	b.look(1280, light)
	b.open("/admin/users").choose("disable", "user", "user-2").press("Review…").at("/admin/users/bulk")
	for _, width := range []int64{1280, 390, 320} {
		b.look(width, light)
		b.inside("review", width)
	}
}

// TestUX_ListsArePrintedAsLists: on paper there is nothing to press or to tick.
func TestUX_ListsArePrintedAsLists(t *testing.T) {
	t.Parallel()
	need(t, headless)
	a := apptest.Start(t, apptest.Options{})
	crowd(a)
	b := signedIn(t, a, a.Admin)
	for _, path := range []string{"/admin/users", "/admin/users?select=page&inactive=90", "/admin/audit", "/admin/users/bulk"} {
		b.open(path)
		call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
		for _, gone := range []string{"header", "nav", "button", ".btn", "footer", "form[role=search]", "input", "select", ".fold", ".bulk", ".pages", "th.pick", "td.pick"} {
			if eval[bool](b, "[...document.querySelectorAll("+quote(gone)+")].some((e) => e.checkVisibility())") {
				t.Errorf("%s: %s is printed", path, gone)
			}
		}
		if !b.shows("caption") && !b.shows("h1") {
			t.Errorf("%s: nothing is printed", path)
		}
		call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{})
	}
}

// TestScript_TickedRowsAreCounted: with script, ticking all of the page keeps the action
// that was chosen, and the count follows every tick.
func TestScript_TickedRowsAreCounted(t *testing.T) {
	t.Parallel()
	need(t, headless)
	a := apptest.Start(t, apptest.Options{})
	a.Tx(func(tx *store.Tx) error {
		for i := range 30 {
			if err := tx.AddUser(store.NewUser{ID: secret.ID(), Username: fmt.Sprintf("temp%03d", i), Role: user.RoleUser, CreatedAt: a.Clock.Now()}); err != nil {
				return err
			}
		}
		return nil
	})
	b := signedIn(t, a, a.Admin)
	b.open("/admin/users?q=temp").choose("disable").seesNot("selected ·")
	eval[bool](b, "document.querySelector('[data-js=all]').click(), true")
	b.at("/admin/users?q=temp").sees("25 selected")
	eval[bool](b, "document.getElementById('user').click(), true")
	b.sees("24 selected")
	if got := eval[string](b, "document.getElementById('action').value"); got != "disable" {
		t.Errorf("the action is %q after ticking all", got)
	}
	b.noScript()
	b.open("/admin/users?q=temp").follow("Select these 25").sees("25 selected", "Clear selection")
	b.follow("Select all 30").sees("All 30 selected")
	if n := eval[int](b, "document.querySelectorAll('td.pick input:checked:disabled').length"); n != 25 {
		t.Errorf("%d rows are ticked and cannot be left out, want 25", n)
	}
	b.follow("Clear selection").seesNot("All 30 selected")
	b.quiet("ticks")
}
