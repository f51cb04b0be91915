package attack

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// changes are what ends every session of a user that is not the one it was done in.
func changes(t *testing.T, a *apptest.App) map[string]func(*apptest.User) {
	inTx := func(act func(*store.Tx, string) (store.Outcome, error)) func(*apptest.User) {
		return func(u *apptest.User) {
			a.Tx(func(tx *store.Tx) error { _, err := act(tx, u.ID); return err })
		}
	}
	return map[string]func(*apptest.User){
		"disable":        inTx(func(tx *store.Tx, id string) (store.Outcome, error) { return tx.Disable(true, id) }),
		"delete":         inTx(func(tx *store.Tx, id string) (store.Outcome, error) { return tx.Delete(true, id, a.Clock.Now()) }),
		"promote":        inTx(func(tx *store.Tx, id string) (store.Outcome, error) { return tx.SetRole(true, id, user.RoleAdmin) }),
		"reset two-step": inTx(func(tx *store.Tx, id string) (store.Outcome, error) { return tx.ResetTwoStep(true, id) }),
		"password link": func(u *apptest.User) {
			b := a.Browser()
			b.Get(u.Link(store.PurposePassword))
			b.Post("/reset", "new_password", newPassword).Redirects("/login?notice=password-changed")
		},
		"own password elsewhere": func(u *apptest.User) {
			b := a.Browser()
			b.SignIn(u)
			b.Post("/security/password", "current_password", u.Password, "new_password", newPassword).Redirects("/security")
		},
		"another app elsewhere": func(u *apptest.User) {
			b := a.Browser()
			b.SignIn(u)
			key, id := enrolment(t, b)
			b.Post("/security/authenticators/new", "enrollment", id, "label", "Tablet", "code", a.CodeFor(key)).Redirects("/security")
		},
		"end the others": func(u *apptest.User) {
			b := a.Browser()
			b.SignIn(u)
			b.Post("/security/sessions/end-others").Redirects("/security")
		},
	}
}

func TestSE08_ChangesTakeEffectAtTheNextRequest(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	for name, change := range changes(t, a) {
		u := a.AddUser(strings.ReplaceAll(name, " ", "-"))
		one, two, half := a.Browser(), a.Browser(), a.Browser()
		one.SignIn(u)
		two.SignIn(u)
		half.Password(u)
		change(u)
		if one.SignedInAs(u) || two.SignedInAs(u) {
			t.Errorf("%s: a session is still alive", name)
		}
		one.Clone().Post("/profile/edit", "name", "Mallory", "email", "").Redirects("/login?next=%2Fprofile%2Fedit&notice=expired")
		if name != "end the others" {
			half.Get("/login/code").Redirects("/login?notice=start-again")
		}
	}
}

func TestSE12_FreshIsTenMinutesAndOneSession(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b, other := a.Browser(), a.Browser()
	b.SignIn(alice)
	other.SignIn(alice)
	fresh := func(b *apptest.Browser) bool { return b.Clone().Get("/security/password").Status == http.StatusOK }
	a.Clock.Add(9*time.Minute + 30*time.Second - time.Millisecond) // the password came half a minute before the code
	if !fresh(other) || fresh(b) {
		t.Error("signing in is not worth ten minutes exactly")
	}
	a.Clock.Add(time.Millisecond)
	if fresh(other) {
		t.Error("signing in is worth more than ten minutes")
	}
	for what, fields := range map[string][]string{
		"password alone": {"password", alice.Password},
		"empty code":     {"password", alice.Password, "code", ""},
		"code alone":     {"code", alice.Code()},
		"wrong password": {"password", "not the password at all", "code", alice.Code()},
		"wrong code":     {"password", alice.Password, "code", alice.WrongCode()},
		"recovery code":  {"password", alice.Password, "code", alice.Codes[0]},
	} {
		if b.Clone().Post("/confirm", fields...).Is(422); fresh(b) {
			t.Errorf("%s makes a session fresh", what)
		}
	}
	b.Confirm(alice)
	if !fresh(b) || fresh(other) {
		t.Error("the proof counts elsewhere, or not here")
	}
	a.Clock.Add(9 * time.Minute) // the password is proved once more by changing it, the code is not
	b.Post("/security/password", "current_password", alice.Password, "new_password", newPassword).Redirects("/security")
	a.Clock.Add(2 * time.Minute)
	if fresh(b) {
		t.Error("a password alone keeps a session fresh")
	}
}

// TestSE12_ActionsNeedAFreshProof sends every form of package security that
// changes a credential from a session that is signed in and no more.
func TestSE12_ActionsNeedAFreshProof(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := a.Browser()
	b.SignIn(alice)
	key, id := enrolment(t, b)
	mine, err := a.DB.Authenticators(alice.ID)
	if err != nil {
		t.Fatal(err)
	}
	a.Clock.Add(11 * time.Minute)
	before := alice.Now()
	for path, fields := range map[string][]string{
		"/security/password":                                 {"current_password", alice.Password, "new_password", newPassword},
		"/security/authenticators/new":                       {"enrollment", id, "label", "Mine", "code", a.CodeFor(key)},
		"/security/authenticators/" + mine[0].ID + "/remove": nil,
		"/security/authenticators/" + mine[0].ID + "/rename": {"label", "Mine"},
		"/security/recovery-codes/new":                       nil,
		"/profile/edit":                                      {"name", "Alice", "email", "mallory@example.org"},
	} {
		p := b.Clone().Post(path, fields...)
		if to := p.Header.Get("Location"); !strings.HasPrefix(to, "/confirm?next=") {
			t.Errorf("%s answers %d %s, want /confirm", path, p.Status, to)
		}
	}
	if after := alice.Now(); after != before {
		t.Errorf("something changed:\n%+v\n%+v", before, after)
	}
}

func TestSE09_SessionsOfOthersDoNotExist(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice, bob := a.AddUser("alice"), a.AddUser("bob")
	bobs, alices := a.Browser(), a.Browser()
	bobs.SignIn(bob)
	alices.SignIn(alice)
	all, err := a.DB.Sessions(bob.ID, a.Clock.Now())
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	alices.Post("/security/sessions/" + all[0].ID + "/end").Is(http.StatusNotFound)
	alices.Post("/security/sessions/" + all[0].IDHash + "/end").Is(http.StatusNotFound)
	if !bobs.SignedInAs(bob) {
		t.Error("Alice ended Bob's session")
	}
	theirs, err := a.DB.Authenticators(bob.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, act := range []string{"rename", "remove"} {
		alices.Get("/security/authenticators/" + theirs[0].ID + "/" + act).Is(http.StatusNotFound)
		alices.Post("/security/authenticators/"+theirs[0].ID+"/"+act, "label", "Mine").Is(pick(act == "rename", 404, 400))
	}
	alices.Post("/security/authenticators/" + theirs[0].ID + "/remove").Is(http.StatusNotFound)
}

func TestSE10_PendingSignInLastsTenMinutes(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := a.Browser()
	b.Password(alice)
	a.Clock.Add(10*time.Minute - time.Second)
	b.Clone().Get("/login/code").Is(http.StatusOK)
	a.Clock.Add(time.Second)
	b.Clone().Post("/login/code", "code", alice.Code()).Redirects("/login?notice=too-slow")
	b.Password(alice)
	used := b.Clone()
	b.Post("/login/code", "code", alice.Code()).Redirects("/profile")
	used.Post("/login/recovery", "recovery_code", alice.Codes[0]).Redirects("/login?notice=start-again")
	b = a.Browser()
	b.Password(alice)
	cancelled := b.Clone()
	b.Post("/login/cancel").Redirects("/login")
	a.Clock.Add(30 * time.Second)
	cancelled.Post("/login/code", "code", alice.Code()).Redirects("/login?notice=start-again")
	for range 5 {
		b.Password(alice)
		half := b.Clone()
		for range 4 { // another password begins again, and the code's counter goes on
			if half.Post("/login/code", "code", alice.WrongCode()).Status == http.StatusTooManyRequests {
				half.Get("/login/code").Redirects("/login?notice=start-again")
				return
			}
		}
	}
	t.Error("twenty wrong codes did not end a pending sign-in")
}
