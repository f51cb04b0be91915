package attack

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
)

// scene is who takes part when a browser stops being remembered.
type scene struct {
	*apptest.App
	alice *apptest.User
	own   *apptest.Browser // Alice, in another browser, with a fresh proof
	admin *apptest.Browser
	b     *apptest.Browser // the remembered one
}

// endings are all the ways in which it may.
func endings() map[string]func(*testing.T, scene) {
	act := func(path string, fields ...string) func(*testing.T, scene) {
		return func(t *testing.T, s scene) {
			s.admin.Post("/admin/users/"+s.alice.ID+path, append(fields, "reason", "test")...).Is(http.StatusSeeOther)
		}
	}
	policy := func(name, value string) func(*testing.T, scene) {
		return func(t *testing.T, s scene) {
			if name == "two_step" {
				s.admin.Post("/admin/settings/sign-in/"+value, "from", "everyone").Redirects("/admin/settings/sign-in")
				return
			}
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
	return map[string]func(*testing.T, scene){
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
			s.b.Confirm(s.alice)
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
	}
}

// TestSE14_EveryRuleThatEndsIt does one thing after another that has to make the
// browser ask again.
func TestSE14_EveryRuleThatEndsIt(t *testing.T) {
	t.Parallel()
	for name, end := range endings() {
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
