package attack

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/mail"
	"latchkey/internal/store"
)

// browserCookie is the cookie of a known or remembered browser.
const browserCookie = "latchkey-browser"

// remembering starts a program in which browsers may skip the code for so many days.
func remembering(t *testing.T, days int) (*apptest.App, *apptest.User) {
	t.Helper()
	a := apptest.Start(t, apptest.Options{})
	a.Set("remember_days", fmt.Sprint(days))
	return a, a.AddUser("alice")
}

// tick signs in with a code and asks that the browser be remembered.
func tick(a *apptest.App, b *apptest.Browser, u *apptest.User) *apptest.Browser {
	a.TB.Helper()
	b.Password(u).Redirects("/login/code")
	a.Clock.Add(30 * time.Second)
	b.Post("/login/code", "code", u.Code(), "remember", "1").Redirects("/profile")
	return b
}

// skips signs in with the password and reports whether that was all.
func skips(b *apptest.Browser, u *apptest.User) bool {
	return b.Password(u).Header.Get("Location") == "/profile"
}

// noticed counts the notices of this kind.
func noticed(a *apptest.App, u *apptest.User, k mail.Kind) (n int) {
	a.TB.Helper()
	all, err := a.DB.Notices(u.ID, true, 50)
	if err != nil {
		a.TB.Fatal(err)
	}
	for _, one := range all {
		if one.Kind == string(k) {
			n++
		}
	}
	return n
}

func remembered(t *testing.T, a *apptest.App, u *apptest.User) int {
	t.Helper()
	return number(t, a, `SELECT count(*) FROM browsers WHERE user_id = ? AND remembered_until > 0`, u.ID)
}

func TestSE14_OffByDefault(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice, b := a.AddUser("alice"), a.Browser()
	b.Password(alice)
	b.Open("/login/code").SeesNot("Skip this step")
	tick(a, b, alice) // a form made by hand
	if len(b.Cookies[browserCookie]) != 43 || skips(b, alice) || remembered(t, a, alice) != 0 {
		t.Error("a browser was remembered although the setting is off")
	}
}

func TestSE14_NeverForAdministrators(t *testing.T) {
	t.Parallel()
	a, _ := remembering(t, 30)
	b := a.Browser()
	b.Password(a.Admin)
	b.Open("/login/code").SeesNot("Skip this step")
	tick(a, b, a.Admin)
	if len(b.Cookies[browserCookie]) != 43 || skips(b, a.Admin) || remembered(t, a, a.Admin) != 0 {
		t.Error("an administrator's browser was remembered")
	}
}

func TestSE14_StorySkipsTheCode(t *testing.T) {
	t.Parallel()
	a, alice := remembering(t, 30)
	b := a.Browser()
	b.Open("/login").Sees("Sign in")
	b.Submit("Sign in", "Username or email", "alice", "Password", alice.Password).At("/login/code")
	const box = "Skip this step on this browser for 30 days"
	b.Submit("Continue", "Code", alice.WrongCode(), box, "on").Is(422)
	if _, kept := b.Doc().Find("#remember").Attr("checked"); !kept {
		t.Error("the box is not ticked any more after a wrong code")
	}
	b.Submit("Continue", "Code", alice.Code()).At("/profile")
	b.Open("/security").Sees("Remembered browsers", "Firefox on Linux", "Forget")
	b.Post("/logout")
	b.Open("/login")
	b.Submit("Sign in", "Username or email", "alice", "Password", alice.Password).At("/profile")
	b.Open("/security").Sees("password, remembered browser")
	rows := number(t, a, `SELECT count(*) FROM audit_log WHERE event = 'login.password' AND result = 'ok' AND details LIKE '%"remembered browser"%'`)
	if rows != 1 {
		t.Errorf("%d audit rows of a remembered browser, want 1", rows)
	}
	if other := a.Browser(); skips(other, alice) {
		t.Error("another browser skips the code")
	}
	wrong := b.Clone()
	wrong.Post("/login", "username", "alice", "password", "not the password").Is(422)
}

// TestSE14_NothingStoredOpensAnything: neither half of the cookie stands in the
// database, and neither half is enough.
func TestSE14_NothingStoredOpensAnything(t *testing.T) {
	t.Parallel()
	a, alice := remembering(t, 30)
	b := tick(a, a.Browser(), alice)
	token, validator, ok := strings.Cut(b.Cookies[browserCookie], ".")
	if !ok || len(token) != 43 || len(validator) != 43 {
		t.Fatalf("cookie %q", b.Cookies[browserCookie])
	}
	if files := a.Files(); strings.Contains(files, token) || strings.Contains(files, validator) {
		t.Error("the cookie stands in the database")
	}
	for _, value := range []string{token, validator, token + ".", "." + validator, validator + "." + token, token + validator, token + "." + validator + "." + validator, strings.Repeat("A", 43) + "." + validator} {
		c := a.Browser()
		c.Cookies[browserCookie] = value
		if skips(c, alice) {
			t.Errorf("%q skips the code", value)
		}
	}
	for _, name := range []string{"latchkey", "latchkey-pending"} {
		c := a.Browser()
		c.Cookies[name] = b.Session() + "." + validator
		if c.SignedInAs(alice) {
			t.Errorf("%s with a validator is taken", name)
		}
	}
	if !skips(b, alice) {
		t.Error("the browser itself does not skip the code any more: half a cookie must not be taken for a copy")
	}
}

func TestSE14_OtherUserIsAskedInARememberedBrowser(t *testing.T) {
	t.Parallel()
	a, alice := remembering(t, 30)
	bob, b := a.AddUser("bob"), a.Browser()
	tick(a, b, alice)
	if skips(b, bob) {
		t.Fatal("Bob skips the code where Alice is remembered")
	}
	tick(a, b, bob)
	if !skips(b, alice) || !skips(b, bob) {
		t.Error("people who share a browser are not both remembered")
	}
}

// TestSE14_EveryRuleThatEndsIt does one thing after another that has to make the
// browser ask again.
func TestSE14_EveryRuleThatEndsIt(t *testing.T) {
	t.Parallel()
	type scene struct {
		*apptest.App
		alice *apptest.User
		own   *apptest.Browser // Alice, in another browser, with a fresh proof
		admin *apptest.Browser
		b     *apptest.Browser // the remembered one
	}
	act := func(path string, fields ...string) func(*testing.T, scene) {
		return func(t *testing.T, s scene) {
			s.admin.Post("/admin/users/"+s.alice.ID+path, append(fields, "reason", "test")...).Is(http.StatusSeeOther)
		}
	}
	policy := func(name, value string) func(*testing.T, scene) {
		return func(t *testing.T, s scene) {
			s.admin.Post("/admin/settings/sign-in", name, value).Redirects("/admin/settings/sign-in")
		}
	}
	const password = "seven lamps on a pier"
	change := func(b *apptest.Browser, u *apptest.User) {
		b.Post("/security/password", "current_password", u.Password, "new_password", password).Redirects("/security")
		u.Password = password
	}
	enrolAnother := func(t *testing.T, s scene) string {
		key, id := enrolment(t, s.own)
		s.own.Post("/security/authenticators/new", "enrollment", id, "label", "Tablet", "code", s.CodeFor(key)).Redirects("/security")
		return id
	}
	for name, end := range map[string]func(*testing.T, scene){
		"password changed elsewhere": func(t *testing.T, s scene) { change(s.own, s.alice) },
		"password changed right here": func(t *testing.T, s scene) {
			s.b.Confirm(s.alice)
			change(s.b, s.alice)
		},
		"password set by a link": func(t *testing.T, s scene) {
			c := s.Browser()
			c.Get(s.alice.Link(store.PurposePassword))
			c.Post("/reset", "new_password", password).Redirects("/login?notice=password-changed")
			s.alice.Password = password
		},
		"authenticator added": func(t *testing.T, s scene) { enrolAnother(t, s) },
		"authenticator removed": func(t *testing.T, s scene) {
			id := enrolAnother(t, s)
			s.Tx(func(tx *store.Tx) error { // remembered again since
				until := s.Clock.Now().Add(time.Hour)
				err := tx.SaveBrowser(store.Browser{TokenHash: "x", UserID: s.alice.ID, ID: "x", Ends: until})
				if err != nil {
					return err
				}
				return tx.Remember("x", "y", s.alice.ID, until)
			})
			s.own.Post("/security/authenticators/" + id + "/remove").Redirects("/security")
		},
		"two-step verification reset": act("/reset-two-step"),
		"policy changed":              policy("two_step", "optional"),
		"setting shortened":           policy("remember_days", "29"),
		"setting off":                 policy("remember_days", "0"),
		"role changed": func(t *testing.T, s scene) {
			for _, role := range []string{"admin", "user"} {
				s.admin.Post("/admin/users/"+s.alice.ID+"/edit", "username", "alice", "name", "Alice", "email", s.alice.Email,
					"role", role, "version", fmt.Sprint(s.alice.Now().Version)).Is(http.StatusSeeOther)
			}
		},
		"signed out by an administrator": act("/sign-out"),
		"disabled": func(t *testing.T, s scene) {
			act("/disable")(t, s)
			act("/enable")(t, s)
		},
		"deleted": func(t *testing.T, s scene) {
			act("/delete", "confirm_username", "alice")(t, s)
			act("/restore")(t, s)
		},
		"signed out everywhere else": func(t *testing.T, s scene) {
			s.own.Post("/security/sessions/end-others").Redirects("/security")
		},
		"signed out everywhere else, here": func(t *testing.T, s scene) {
			s.b.Post("/security/sessions/end-others").Redirects("/security")
		},
		"forgotten": func(t *testing.T, s scene) {
			s.own.Open("/security")
			s.own.Submit("Forget Firefox on Linux").Sees("forgotten")
		},
		"this was not me": func(t *testing.T, s scene) {
			s.own.Post("/security/not-me").Is(http.StatusSeeOther)
			s.Browser().Post("/login", "username", "alice", "password", s.alice.Password).Is(422)
			if remembered(t, s.App, s.alice) != 0 {
				t.Error("remembered although the owner said: this was not me")
			}
			c := s.Browser() // nor does it come back with a new password
			c.Get(s.alice.Link(store.PurposePassword))
			c.Post("/reset", "new_password", password).Redirects("/login?notice=password-changed")
			s.alice.Password = password
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, alice := remembering(t, 30)
			s := scene{a, alice, a.Browser(), a.Browser(), a.Browser()}
			s.own.SignIn(alice)
			s.admin.SignIn(a.Admin)
			tick(a, s.b, alice)
			if !skips(s.b, alice) {
				t.Fatal("the browser is not remembered to begin with")
			}
			end(t, s)
			if n := remembered(t, a, alice); n != 0 {
				t.Errorf("%d browsers are still remembered", n)
			}
			s.b.Post("/logout")
			s.b.Post("/login", "username", "alice", "password", alice.Password)
			if s.b.Header.Get("Location") == "/profile" || s.b.SignedInAs(alice) {
				t.Error("the browser still skips the code")
			}
		})
	}
}

func TestSE14_EndsWithItsOwnDays(t *testing.T) {
	t.Parallel()
	a, alice := remembering(t, 7)
	b := tick(a, a.Browser(), alice)
	a.Set("remember_days", "90") // longer now, for those remembered from now on
	for _, after := range []time.Duration{7*24*time.Hour - time.Minute, time.Minute} {
		a.Clock.Add(after)
		if got, want := skips(b, alice), after > time.Hour; got != want {
			t.Errorf("skips is %v %v on", got, after)
		}
	}
	b.SignIn(alice)
	b.Open("/security").Sees("No remembered browsers").SeesNot("Forget<")
}

// TestSE14_ShorterSettingCountsAtOnce: also where it was changed past the page, and
// after the clock was set back.
func TestSE14_ShorterSettingCountsAtOnce(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*apptest.App){
		"setting": func(a *apptest.App) { a.Set("remember_days", "7") },
		"clock":   func(a *apptest.App) { a.Clock.Add(-2 * time.Hour) },
	} {
		a, alice := remembering(t, 30)
		b := tick(a, a.Browser(), alice)
		a.Clock.Add(time.Hour)
		if !skips(b, alice) {
			t.Fatal("not remembered")
		}
		change(a)
		if skips(b, alice) {
			t.Errorf("%s: the browser skips the code for longer than the rule allows", name)
		}
	}
}

func TestSE14_ValidatorChangesWithEveryUse(t *testing.T) {
	t.Parallel()
	a, alice := remembering(t, 30)
	b := tick(a, a.Browser(), alice)
	for range 3 {
		if !skips(b, alice) {
			t.Fatal("not remembered")
		}
	}
	b.SignIn(a.AddUser("bob")) // somebody else's sign-in with a code is a use too
	if !skips(b, alice) {
		t.Fatal("not remembered after Bob")
	}
	seen := b.Ever[browserCookie]
	for i, value := range seen[1:] {
		if slices.Contains(seen[:i+1], value) || value[:43] != seen[0][:43] {
			t.Errorf("cookies %q", seen)
		}
	}
	// What is done inside a session leaves the cookie alone.
	b.Confirm(alice)
	if n := len(b.Ever[browserCookie]); n != len(seen) || !skips(b, alice) {
		t.Error("confirming touched the cookie of the remembered browser")
	}
}

// TestSE14_CopyIsFoundOut: whichever of the two comes second, the thief or the owner,
// everything that the browser was remembered for ends, of everybody who uses it.
func TestSE14_CopyIsFoundOut(t *testing.T) {
	t.Parallel()
	for name, thiefFirst := range map[string]bool{"thief first": true, "owner first": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, alice := remembering(t, 30)
			bob, carol := a.AddUser("bob"), a.AddUser("carol")
			b := tick(a, tick(a, a.Browser(), alice), bob)
			elsewhere := tick(a, a.Browser(), alice)
			first, second := b.Clone(), b.Clone()
			if !skips(first, alice) {
				t.Fatal("not remembered")
			}
			by := alice
			if thiefFirst {
				by = carol // an old validator tells on its bearer whoever signs in with it
			}
			if skips(second, by) {
				t.Error("an old validator skips the code")
			}
			if by == carol { // Carol typed no code yet: nothing is checked before
				second.SignIn(carol)
			}
			if first.SignedInAs(alice) || skips(first, alice) || skips(second, bob) {
				t.Error("something outlived the discovery")
			}
			if remembered(t, a, bob) != 0 || !skips(elsewhere, alice) {
				t.Error("the family was not revoked, or more than the family")
			}
			for _, u := range []*apptest.User{alice, bob} {
				if n := noticed(a, u, mail.RememberedStolen); n != 1 {
					t.Errorf("%s was told %d times", u.Username, n)
				}
			}
			if noticed(a, carol, mail.RememberedStolen) != 0 {
				t.Error("Carol was told")
			}
			rows := number(t, a, `SELECT count(*) FROM audit_log WHERE event = 'login.blocked' AND result = 'blocked' AND details LIKE '%old cookie%'`)
			if rows != 2 {
				t.Errorf("%d audit rows, want one for each owner", rows)
			}
		})
	}
}

// TestSE14_WorksOnceInACrowd sends the same cookie from several tabs at once: one
// gets a session, and the use of the others ends that one too.
func TestSE14_WorksOnceInACrowd(t *testing.T) {
	t.Parallel()
	a, _ := remembering(t, 30)
	users := make([]*apptest.User, crowd/free)
	all := groups(t, func(i int) *apptest.Browser {
		users[i] = a.AddUser(fmt.Sprint("alice", i))
		return tick(a, a.Browser(), users[i])
	}, func(i, try int, b *apptest.Browser) *apptest.Page {
		return b.Post("/login", "username", users[i].Username, "password", users[i].Password)
	})
	contested := 0
	for i, pages := range all {
		skipped, asked := leadingTo("/profile", pages), leadingTo("/login/code", pages) // the rest found no room for its hash
		if skipped > 1 || skipped == 0 && asked > 0 {
			t.Errorf("the cookie skipped %d codes, want 1: %s", skipped, answers(pages))
		}
		if asked > 0 {
			contested++
			if n := number(t, a, `SELECT count(*) FROM sessions WHERE user_id = ?`, users[i].ID); n != 0 {
				t.Errorf("%d sessions are left of a cookie that was used twice: %s", n, answers(pages))
			}
		}
	}
	if contested == 0 {
		t.Error("no cookie was used twice")
	}
}

// TestSE14_PlantedBrowserIsNotShared: Mallory plants the cookie of a browser that is
// really known, for himself, and waits until Alice has it remembered.
func TestSE14_PlantedBrowserIsNotShared(t *testing.T) {
	t.Parallel()
	a, alice := remembering(t, 30)
	mallory, his := a.AddUser("mallory"), a.Browser()
	his.SignIn(mallory)
	b := a.Browser()
	b.Cookies[browserCookie] = his.Cookies[browserCookie]
	tick(a, b, alice)
	copied := his.Clone()
	tick(a, his, mallory) // gets the next validator of whatever he has the token of
	for name, c := range map[string]*apptest.Browser{"his token": copied, "his remembered browser": his} {
		if skips(c, alice) {
			t.Errorf("%s skips Alice's code", name)
		}
	}
	if !skips(b, alice) {
		t.Error("Mallory ended what Alice's browser is remembered for")
	}
}

func TestSE14_NeverFresh(t *testing.T) {
	t.Parallel()
	a, alice := remembering(t, 30)
	b := tick(a, a.Browser(), alice)
	if !skips(b, alice) {
		t.Fatal("not remembered")
	}
	b.Get("/security/password").Redirects("/confirm?next=%2Fsecurity%2Fpassword")
	b.Open("/confirm?next=/security/password").Sees("Enter your password and a code")
	a.Clock.Add(30 * time.Second)
	b.Post("/confirm", "password", alice.Password).Is(422)
	b.Post("/confirm", "code", alice.Code()).Is(422)
	b.Get("/security/password").Redirects("/confirm?next=%2Fsecurity%2Fpassword")
	b.Post("/confirm", "password", alice.Password, "code", alice.Code()).Redirects("/security")
	b.Get("/security/password").Is(http.StatusOK)
}

func TestSE14_ListIsTheOwners(t *testing.T) {
	t.Parallel()
	a, alice := remembering(t, 30)
	bob, b, his := a.AddUser("bob"), a.Browser(), a.Browser()
	his.SignIn(bob)
	his.Open("/security").Sees("No remembered browsers. When you type a code").SeesNot("Forget<")
	tick(a, b, alice)
	his.Open("/security").SeesNot("Forget<")
	all, err := a.DB.RememberedBrowsers(alice.ID, a.Clock.Now())
	if err != nil || len(all) != 1 {
		t.Fatalf("%d browsers, %v", len(all), err)
	}
	path := "/security/browsers/" + all[0].ID + "/forget"
	his.Post(path).Is(http.StatusNotFound)
	if !skips(b, alice) {
		t.Fatal("Bob forgot Alice's browser")
	}
	b.Open("/security")
	b.Submit("Forget Firefox on Linux").Sees("That browser has been forgotten")
	b.Post(path).Is(http.StatusNotFound)
	if skips(b, alice) {
		t.Error("a forgotten browser skips the code")
	}
	if n := number(t, a, `SELECT count(*) FROM audit_log WHERE details LIKE '%remembered browsers%'`); n != 1 {
		t.Errorf("%d audit rows of forgetting", n)
	}
}
