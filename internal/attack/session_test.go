package attack

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// replay tries every cookie that the browser ever had and has no longer, each
// as what it was and as each other.
func replay(t *testing.T, a *apptest.App, after string, b *apptest.Browser) {
	t.Helper()
	names := []string{a.CookieName("latchkey"), a.CookieName("latchkey-pending"), a.CookieName("latchkey-browser")}
	for was, values := range b.Ever {
		for i, value := range values {
			for _, name := range names {
				if value == b.Cookies[was] && name == was {
					continue // the one in use
				}
				thief := a.Browser()
				thief.Cookies[name] = value
				for _, page := range []string{"/profile", "/login/code", "/security/authenticators/new", "/reset", "/admin"} {
					if p := thief.Clone().Get(page); p.Status == http.StatusOK {
						t.Errorf("after %s: %s number %d sent as %s opens %s", after, was, i, name, page)
					}
				}
			}
		}
	}
}

func TestSE02_EveryOldCookieIsDead(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{HTTPS: true})
	alice := a.AddUser("alice", apptest.Administrator)
	b := a.Browser()
	risen := func(step string) {
		t.Helper()
		replay(t, a, step, b)
		if seen := b.Ever[a.CookieName("latchkey")]; len(seen) > 1 && seen[len(seen)-1] == seen[len(seen)-2] {
			t.Errorf("%s did not give a new token", step)
		}
	}
	b.Password(alice)
	risen("the password")
	b.SignIn(alice) // a second password replaces the first pending sign-in
	risen("the code")
	tokens := len(b.Ever[a.CookieName("latchkey")])
	b.Confirm(alice)
	risen("confirming")
	key, id := enrolment(t, b)
	a.Clock.Add(30 * time.Second)
	b.Post("/security/authenticators/new", "enrollment", id, "label", "Tablet", "code", a.CodeFor(key)).Redirects("/security")
	risen("a second app")
	b.Post("/security/authenticators/" + id + "/remove").Redirects("/security")
	risen("removing it")
	b.Post("/security/password", "current_password", alice.Password, "new_password", newPassword).Redirects("/security")
	alice.Password = newPassword
	risen("a new password")
	if got := len(b.Ever[a.CookieName("latchkey")]) - tokens; got != 4 {
		t.Errorf("four rises in trust gave %d new tokens", got)
	}
	if !b.SignedInAs(alice) {
		t.Fatal("the newest token does not work")
	}
	b.Post("/logout").Redirects("/login?notice=signed-out")
	risen("signing out")
	b.SignIn(alice)
	a.Tx(func(tx *store.Tx) error { _, err := tx.SetRole(true, alice.ID, user.RoleUser); return err })
	if b.SignedInAs(alice) {
		t.Error("the session outlived the change of role")
	}
}

func TestSE03_PlantedCookiesAreNeverAdopted(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice, mallory := a.AddUser("alice"), a.AddUser("mallory")
	his := a.Browser()
	his.SignIn(mallory)
	half := a.Browser()
	half.Password(mallory)
	invented := strings.Repeat("m", 43)
	for name, planted := range map[string]map[string]string{
		"invented":        {"latchkey": invented, "latchkey-pending": invented, "latchkey-browser": invented},
		"his session":     {"latchkey": his.Session()},
		"his half":        {"latchkey-pending": half.Pending()},
		"session as half": {"latchkey-pending": his.Session(), "latchkey-browser": his.Session()},
	} {
		b := a.Browser()
		for cookie, value := range planted {
			b.Cookies[cookie] = value
		}
		b.SignIn(alice)
		for cookie, value := range planted {
			if b.Cookies[cookie] == value {
				t.Errorf("%s: the planted %s was adopted", name, cookie)
			}
			thief := a.Browser()
			thief.Cookies[cookie] = value
			if thief.SignedInAs(alice) {
				t.Errorf("%s: the planted %s signs in as the victim", name, cookie)
			}
		}
	}
	if his.SignedInAs(mallory) {
		t.Error("the planted session is still alive")
	}
}

func TestSE04_CookieAttributes(t *testing.T) {
	t.Parallel()
	for _, https := range []bool{false, true} {
		a := apptest.Start(t, apptest.Options{HTTPS: https})
		alice := a.AddUser("alice")
		b := a.Browser()
		check := func() {
			t.Helper()
			for _, line := range b.Header.Values("Set-Cookie") {
				c, err := http.ParseSetCookie(line)
				if err != nil {
					t.Fatal(err)
				}
				if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.Secure != https ||
					strings.HasPrefix(c.Name, "__Host-") != https || c.Value != "" && len(c.Value) != 43 {
					t.Errorf("cookie %q", line)
				}
			}
		}
		b.Password(alice)
		check()
		b.SignIn(alice)
		b.Post("/logout")
		check()
		if want := []string{a.CookieName("latchkey-browser")}; !slices.Equal(keys(b.Cookies), want) {
			t.Errorf("cookies after signing out: %v, want %v", keys(b.Cookies), want)
		}
		b.Password(alice)
		a.Clock.Add(30 * time.Second)
		b.Post("/login/code", "code", alice.Code())
		check()
	}
}

func keys(m map[string]string) (all []string) {
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

func TestSE05_TwoCookiesOfOneNameAreNone(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{HTTPS: true})
	alice := a.AddUser("alice")
	b, half := a.Browser(), a.Browser()
	b.SignIn(alice)
	half.Password(alice)
	for _, c := range []struct{ name, value, page, to string }{
		{a.CookieName("latchkey"), b.Session(), "/profile", "/login"},
		{a.CookieName("latchkey-pending"), half.Pending(), "/login/code", "/login?notice=start-again"},
	} {
		for _, header := range []string{
			c.name + "=" + c.value + "; " + c.name + "=" + strings.Repeat("x", 43),
			c.name + "=" + strings.Repeat("x", 43) + "; " + c.name + "=" + c.value,
			c.name + "=" + c.value + "; " + c.name + "=" + c.value,
			c.name + "=; " + c.name + "=" + c.value,
		} {
			r := a.Browser().Request(http.MethodGet, c.page, nil)
			r.Header.Set("Cookie", header)
			a.Browser().Send(r).Redirects(c.to)
		}
		r := a.Browser().Request(http.MethodGet, c.page, nil)
		r.Header.Set("Cookie", c.name+"="+c.value)
		a.Browser().Send(r).Is(http.StatusOK)
		r.Header.Set("Cookie", strings.TrimPrefix(c.name, "__Host-")+"="+c.value)
		a.Browser().Send(r).Redirects(c.to) // a cookie that any neighbour could have set
	}
}

func TestSE01_TokensAreNotInTheDatabase(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := a.Browser()
	b.SignIn(alice)
	b.Confirm(alice)
	half := a.Browser()
	half.Password(alice)
	files := a.Files()
	for _, browser := range []*apptest.Browser{b, half} {
		for name, values := range browser.Ever {
			for _, value := range values {
				if len(value) != 43 || strings.Contains(files, value) {
					t.Errorf("%s %q is short, or lies in the database as it is", name, value)
				}
			}
		}
	}
	if !strings.Contains(files, "alice@example.org") {
		t.Error("this test looked at the wrong files")
	}
}

func TestSE06_SessionsEnd(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	idle, busy := a.Browser(), a.Browser()
	idle.SignIn(alice)
	busy.SignIn(alice)
	a.Clock.Add(-30 * time.Second) // where idle began
	for range 23 {
		a.Clock.Add(time.Hour - time.Second)
		if !busy.SignedInAs(alice) {
			t.Fatal("a session in use ended before its time")
		}
		if idle.SignedInAs(alice) {
			idle.Clone().Get("/profile")
		}
	}
	a.Clock.Add(59 * time.Minute)
	if !busy.SignedInAs(alice) {
		t.Error("a session in use ended before its time")
	}
	a.Clock.Add(3 * time.Minute)
	if busy.SignedInAs(alice) {
		t.Error("a session in use outlives 24 hours")
	}
	late := a.Browser()
	late.SignIn(alice)
	a.Clock.Add(time.Hour - time.Millisecond)
	if !late.SignedInAs(alice) {
		t.Error("an idle session ended within the hour")
	}
	a.Clock.Add(time.Hour)
	if late.SignedInAs(alice) {
		t.Error("an idle session outlives an hour")
	}
}

func TestSE07_SigningOut(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := a.Browser()
	b.SignIn(alice)
	stolen := b.Clone()
	b.Get("/logout").Is(http.StatusMethodNotAllowed)
	r := b.Request(http.MethodPost, "/logout", nil)
	r.Header.Set("Origin", "https://evil.example")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	b.Send(r).Is(http.StatusForbidden)
	if !b.SignedInAs(alice) {
		t.Fatal("somebody else signed Alice out")
	}
	b.Post("/logout").Redirects("/login?notice=signed-out")
	if got := b.Header.Get("Clear-Site-Data"); !strings.Contains(got, "cache") {
		t.Errorf("Clear-Site-Data: %q", got)
	}
	if b.Session() != "" || stolen.SignedInAs(alice) || sessions(t, a, alice) != 0 {
		t.Error("the session is still alive")
	}
}

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

func TestSE10_PendingSignInLastsTenMinutes(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := a.Browser()
	b.Password(alice)
	a.Clock.Add(10*time.Minute - time.Second)
	b.Clone().Get("/login/code").Is(http.StatusOK)
	a.Clock.Add(time.Second)
	b.Clone().Post("/login/code", "code", alice.Code()).Redirects("/login?notice=start-again")
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
	his, hers := a.Browser(), a.Browser()
	his.SignIn(bob)
	hers.SignIn(alice)
	all, err := a.DB.Sessions(bob.ID, a.Clock.Now())
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	hers.Post("/security/sessions/" + all[0].ID + "/end").Is(http.StatusNotFound)
	hers.Post("/security/sessions/" + all[0].IDHash + "/end").Is(http.StatusNotFound)
	if !his.SignedInAs(bob) {
		t.Error("Alice ended Bob's session")
	}
	theirs, err := a.DB.Authenticators(bob.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, act := range []string{"rename", "remove"} {
		hers.Get("/security/authenticators/" + theirs[0].ID + "/" + act).Is(http.StatusNotFound)
		hers.Post("/security/authenticators/"+theirs[0].ID+"/"+act, "label", "Mine").Is(pick(act == "rename", 404, 400))
	}
	hers.Post("/security/authenticators/" + theirs[0].ID + "/remove").Is(http.StatusNotFound)
}

// rows counts the rows of every table.
func rows(t *testing.T, a *apptest.App) string {
	t.Helper()
	db := open(t, a)
	names, err := db.Query(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'users_search%' ORDER BY name`)
	if err != nil {
		t.Fatal(err)
	}
	defer names.Close()
	var tables []string
	for names.Next() {
		var name string
		if err := names.Scan(&name); err != nil {
			t.Fatal(err)
		}
		tables = append(tables, name)
	}
	names.Close()
	var all []string
	for _, name := range tables {
		var n int
		if err := db.QueryRow(`SELECT count(*) FROM "` + name + `"`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprint(name, "=", n))
	}
	return strings.Join(all, " ")
}

func TestSE15_VisitsCreateNoRows(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	a.Browser().Get("/readyz").Is(http.StatusOK) // its probe has a row that stays
	before := rows(t, a)
	for range 50 {
		for _, path := range []string{"/", "/login", "/login/code", "/profile", "/help", "/setup", "/admin", "/invite/x", "/reset/x", "/readyz", "/nowhere"} {
			a.Browser().Get(path)
		}
	}
	if after := rows(t, a); after != before {
		t.Errorf("visits left rows:\n%s\n%s", before, after)
	}
}

func TestSE15_SessionsOfOneUserAreBounded(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	a.Set("two_step", "optional")
	nell := a.AddUser("nell", apptest.NoPhone)
	first := a.Browser()
	first.SignIn(nell)
	for range 54 {
		a.Clock.Add(time.Second)
		a.Browser().SignIn(nell)
	}
	if n := sessions(t, a, nell); n != 50 {
		t.Errorf("%d sessions, want 50", n)
	}
	if n := number(t, a, `SELECT count(*) FROM browsers WHERE user_id = ?`, nell.ID); n != 20 {
		t.Errorf("%d known browsers, want 20", n)
	}
	if first.SignedInAs(nell) {
		t.Error("the oldest session is not the one that went")
	}
}
