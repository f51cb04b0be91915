package attack

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/factor"
	"latchkey/internal/mail/mailtest"
	"latchkey/internal/store"
)

// ask makes a request for a lost phone as somebody who knows the password, and
// returns its id.
func ask(t *testing.T, a *apptest.App, u *apptest.User) (b *apptest.Browser, id string) {
	t.Helper()
	b = a.Browser()
	b.Password(u).Redirects("/login/code")
	b.Post("/login/lost-phone", "message", "It fell into the sea.", "contact", "extension 12").Redirects("/login/lost-phone")
	q, ok, err := a.DB.OpenRequest(u.ID)
	if err != nil || !ok {
		t.Fatal("there is no request", err)
	}
	return b, q.ID
}

// administrator signs one in.
func administrator(a *apptest.App, name string) *apptest.Browser {
	b := a.Browser()
	b.SignIn(a.AddUser(name, apptest.Administrator))
	return b
}

// approved approves a request and returns the path of the link, as the page shows it.
func approved(t *testing.T, a *apptest.App, admin *apptest.Browser, id string) string {
	t.Helper()
	admin.Post("/admin/requests/"+id, "decision", "approve", "reason", "I called back.").Redirects("/admin/requests/" + id)
	_, path, found := strings.Cut(strings.TrimSpace(admin.Open("/admin/requests/"+id).Doc().Find("#link").Text()), a.URL)
	if !found {
		t.Fatalf("no link on the page: %s", admin.Page.Text())
	}
	return path
}

// newPhone follows the link and goes up to the enrolment; it returns the new key.
func newPhone(t *testing.T, b *apptest.Browser, path, password string) (enrolment string, key []byte) {
	t.Helper()
	b.Get(path).Redirects("/lost-phone/new")
	b.Post("/lost-phone/new", "password", password).Redirects("/security/authenticators/new")
	doc := b.Open("/security/authenticators/new").Doc()
	key, err := factor.ParseSecret(doc.Find(".key").Text())
	if err != nil {
		t.Fatal(err)
	}
	return doc.Find("[name=enrollment]").AttrOr("value", ""), key
}

// TestLostPhone_Story goes the whole way: what worked before works until the new app
// does, and not afterwards.
func TestLostPhone_Story(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	alice := a.AddUser("alice")
	elsewhere := a.Browser()
	elsewhere.SignIn(alice)
	half, id := ask(t, a, alice)
	half.Get("/login/lost-phone").Sees("Your request was sent")
	half.Get("/profile").Redirects("/login/code")
	admin := administrator(a, "ada")
	admin.Get("/admin").Sees("1 person has lost their phone")
	admin.Get("/admin/requests/"+id).Sees("It fell into the sea.", "extension 12", "No, this browser has not signed in before")
	path := approved(t, a, admin, id)
	admin.Get("/admin/requests/" + id).SeesNot(path).Sees("Approved")
	b := a.Browser()
	enrolment, key := newPhone(t, b, path, alice.Password)
	if !elsewhere.SignedInAs(alice) || alice.Now().Authenticators != 1 || alice.Now().CodesLeft != 10 {
		t.Error("something was switched off before the new app was confirmed")
	}
	b.Post("/security/authenticators/new", "enrollment", enrolment, "label", "New phone", "code", a.CodeFor(key)).Redirects("/security/recovery-codes")
	if !b.SignedInAs(alice) || elsewhere.SignedInAs(alice) {
		t.Error("the new phone signs in, and all that was signed in is not any more")
	}
	if now := alice.Now(); now.Authenticators != 1 {
		t.Errorf("%d authenticators, want the new one only", now.Authenticators)
	}
	a.Clock.Add(time.Minute)
	old := a.Browser()
	old.Password(alice).Redirects("/login/code")
	old.Post("/login/code", "code", alice.Code()).Is(http.StatusUnprocessableEntity)
	old.Post("/login/recovery", "recovery_code", alice.Codes[0]).Is(http.StatusUnprocessableEntity)
	old.Post("/login/code", "code", a.CodeFor(key)).Redirects("/profile")
	for _, event := range []audit.Event{audit.RequestMade, audit.RequestApproved, audit.RequestUsed} {
		if n := number(t, a, `SELECT count(*) FROM audit_log WHERE event = $1 AND subject_id = $2`, event, alice.ID); n != 1 {
			t.Errorf("%d rows of %s", n, event)
		}
	}
	if sent := a.Post(); !told(sent, alice.Email, "/lost-phone/cancel/") || !told(sent, "ada@example.org", "/admin/requests/") && !told(sent, a.Admin.Email, "/admin/requests/") {
		t.Errorf("mails: %v", sent)
	}
}

// told reports whether a message to this address leads to such a path.
func told(sent []mailtest.Message, to, path string) bool {
	return slices.ContainsFunc(sent, func(m mailtest.Message) bool {
		return slices.Contains(m.Recipients, to) && strings.Contains(m.Text, path)
	})
}

// TestMA03_NewPhoneLinkWorksOnceInACrowd races the confirmation. A pending sign-in
// has five tries, so the crowd comes in tens of five.
func TestMA03_NewPhoneLinkWorksOnceInACrowd(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	admin := administrator(a, "ada")
	for i := range crowd / 5 {
		u := a.AddUser(fmt.Sprint("user", i))
		_, id := ask(t, a, u)
		path := approved(t, a, admin, id)
		b := a.Browser()
		enrolment, key := newPhone(t, b, path, u.Password)
		all := clones(b, 5)
		once(t, "the new phone", "/security/recovery-codes", race(t, 5, func(i int) *apptest.Page {
			return all[i].Post("/security/authenticators/new", "enrollment", enrolment, "label", "New", "code", a.CodeFor(key))
		}))
		a.Browser().Get(path).Is(http.StatusGone)
		forgive(t, a)
	}
}

// TestOT09_NewPhoneLinkIsWorthNothingAlone tries the link without the password, and
// after it was withdrawn at every moment.
func TestOT09_NewPhoneLinkIsWorthNothingAlone(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice, admin := a.AddUser("alice"), administrator(a, "ada")
	_, id := ask(t, a, alice)
	path := approved(t, a, admin, id)
	thief := a.Browser()
	thief.Get(path).Redirects("/lost-phone/new")
	thief.Post("/lost-phone/new", "password", "").Is(http.StatusUnprocessableEntity)
	thief.Post("/lost-phone/new", "password", "not this one").Is(http.StatusUnprocessableEntity)
	for _, p := range []string{"/security/authenticators/new", "/profile", "/login/code"} {
		thief.Clone().Get(p).Redirects("/login")
	}
	b := a.Browser()
	enrolment, key := newPhone(t, b, path, alice.Password)
	cancel := a.Browser()
	cancel.Get(alice.LinkAbout(store.PurposeCancel, id)).Redirects("/lost-phone/cancel")
	cancel.Post("/lost-phone/cancel").Redirects("/lost-phone/withdrawn")
	b.Post("/security/authenticators/new", "enrollment", enrolment, "label", "New", "code", a.CodeFor(key)).Is(http.StatusGone)
	a.Browser().Get(path).Is(http.StatusGone)
	if now := alice.Now(); now.Authenticators != 1 || now.CodesLeft != 10 {
		t.Errorf("after a withdrawn request: %d authenticators, %d codes", now.Authenticators, now.CodesLeft)
	}
}

// TestRequest_IsWithdrawnByASecondStep: somebody who still has the phone needs no help,
// and a request that somebody else made dies with it.
func TestRequest_IsWithdrawnByASecondStep(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice, admin := a.AddUser("alice"), administrator(a, "ada")
	_, id := ask(t, a, alice)
	path := approved(t, a, admin, id)
	b := a.Browser()
	b.SignIn(alice)
	a.Browser().Get(path).Is(http.StatusGone)
	if q, _, err := a.DB.Request(id); err != nil || q.Status != store.RequestCancelled {
		t.Errorf("%+v, %v", q, err)
	}
}

// TestRequest_DecidedByTheRightPeople: nobody decides on themselves, an
// administrator needs two others, a policy's wait is kept, and each request is
// decided once.
func TestRequest_DecidedByTheRightPeople(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	boss := a.AddUser("boss", apptest.Administrator)
	bossIn := a.Browser()
	bossIn.SignIn(boss)
	a.Clock.Add(time.Minute)
	_, id := ask(t, a, boss)
	say := func(b *apptest.Browser, decision string) *apptest.Page {
		return b.Post("/admin/requests/"+id, "decision", decision, "reason", "because")
	}
	say(bossIn, "approve").Is(http.StatusConflict).Sees("your own request")
	one, two := administrator(a, "ada"), administrator(a, "abe")
	say(one, "perhaps").Is(http.StatusUnprocessableEntity)
	one.Post("/admin/requests/"+id, "decision", "approve", "reason", "").Is(http.StatusUnprocessableEntity)
	say(one, "approve").Redirects("/admin/requests/" + id)
	one.Get("/admin/requests/" + id)
	say(one, "approve").Is(http.StatusConflict).Sees("You have approved this request")
	if q, _, _ := a.DB.Request(id); q.Status != store.RequestOpen {
		t.Fatalf("one approval was enough: %+v", q)
	}
	all := clones(two, crowd)
	once(t, "the decision", "/admin/requests/"+id, race(t, crowd, func(i int) *apptest.Page {
		return all[i].Post("/admin/requests/"+id, "decision", "approve", "reason", "because")
	}))
	say(two, "refuse").Is(http.StatusConflict).Sees("already been decided")

	a.Set("lost_phone_wait", "24")
	_, id = ask(t, a, a.AddUser("alice"))
	say(one, "approve").Is(http.StatusConflict).Sees("cannot be approved before")
	a.Clock.Add(24 * time.Hour)
	one.SignIn(a.Admin)
	say(one, "approve").Redirects("/admin/requests/" + id)
}

// TestRequest_IsBounded asks again and again.
func TestRequest_IsBounded(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b, id := ask(t, a, alice)
	b.Post("/login/lost-phone", "message", "", "contact", "").Is(http.StatusUnprocessableEntity)
	b.Post("/login/lost-phone", "message", strings.Repeat("x", 501), "contact", "y").Is(http.StatusUnprocessableEntity)
	b.Post("/login/lost-phone", "message", "again", "contact", "y").Redirects("/login/lost-phone")
	if n := number(t, a, `SELECT count(*) FROM requests`); n != 1 {
		t.Errorf("%d requests", n)
	}
	for range 5 {
		a.Tx(func(tx *store.Tx) error { _, err := tx.CancelRequest(id, a.Clock.Now()); return err })
		b.Get("/login/lost-phone")
		b.Post("/login/lost-phone", "message", "again", "contact", "y")
		if q, ok, _ := a.DB.OpenRequest(alice.ID); ok {
			id = q.ID
		}
	}
	if n := number(t, a, `SELECT count(*) FROM requests`); n != 2 {
		t.Errorf("%d requests in a day, want 2: asking again counts as well", n)
	}
	all := halves(a, a.Admin, crowd)
	race(t, crowd, func(i int) *apptest.Page { return all[i].Post("/login/lost-phone", "message", "m", "contact", "c") })
	if n := number(t, a, `SELECT count(*) FROM requests WHERE user_id = $1`, a.Admin.ID); n != 1 {
		t.Errorf("%d requests of a crowd", n)
	}
}
