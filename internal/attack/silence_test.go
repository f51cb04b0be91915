package attack

import (
	"net/http"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/mail"
	"latchkey/internal/store"
)

// theft is Alice with a remembered browser, and somebody with her password and a copy
// of its cookie who has signed in with both.
func theft(t *testing.T) (a *apptest.App, alice *apptest.User, owner, thief *apptest.Browser) {
	t.Helper()
	a, alice = remembering(t, 30)
	owner = tick(a, a.Browser(), alice)
	thief = owner.Clone()
	if !skips(thief, alice) {
		t.Fatal("not remembered")
	}
	return a, alice, owner, thief
}

// TestSE14_ACopyCannotForgetItself: forgetting wipes the validator that gives a copy
// away. A session that rests on a remembered browser alone does not get to it.
func TestSE14_ACopyCannotForgetItself(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"forget", "end others"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			a, alice, owner, thief := theft(t)
			path := "/security/sessions/end-others"
			if how == "forget" {
				path = thief.Open("/security").Doc().Find("form[action^='/security/browsers/']").AttrOr("action", "none")
			}
			thief.Post(path).Redirects("/confirm?next=%2Fsecurity")
			if remembered(t, a, alice) != 1 {
				t.Error("the browser was forgotten")
			}
			owner.Password(alice).Redirects("/login/code")
			if thief.SignedInAs(alice) || noticed(a, alice, mail.RememberedStolen) != 1 {
				t.Error("the copy was not found out")
			}
		})
	}
}

// TestSE14_ForgettingEndsSessionsOfACopy: once the owner has forgotten a browser, no
// second use of its cookie tells of a copy any more.
func TestSE14_ForgettingEndsSessionsOfACopy(t *testing.T) {
	t.Parallel()
	a, alice, _, thief := theft(t)
	elsewhere := a.Browser()
	elsewhere.SignIn(alice)
	elsewhere.Open("/security")
	elsewhere.Submit("Forget Firefox on Linux").Sees("That browser has been forgotten", "so does every browser that signed in without one")
	if thief.SignedInAs(alice) || !elsewhere.SignedInAs(alice) {
		t.Error("the session of the copy goes on, or the one with a code ended")
	}
}

// TestSE14_WrongPasswordsForgetAloud: wrong passwords with a copy of the cookie take
// the browser's privilege away, and so the validator. The owner hears of it, and the
// session of the copy ends.
func TestSE14_WrongPasswordsForgetAloud(t *testing.T) {
	t.Parallel()
	a, alice, _, thief := theft(t)
	bob := a.AddUser("bob")
	known := a.Browser()
	known.SignIn(bob)
	rows := func() int {
		return number(t, a, `SELECT count(*) FROM audit_log WHERE event = $1 AND subject_name = 'alice' AND actor_id = '' AND details LIKE '%wrong passwords%'`, audit.LoginBlocked)
	}
	for try := range auth.LimitOf(auth.BucketBrowser).Free + 1 {
		if noticed(a, alice, mail.RememberedEnded)+rows() != 0 && try < auth.LimitOf(auth.BucketBrowser).Free {
			t.Fatalf("told after %d tries", try)
		}
		guess(thief.Clone(), "alice")
		guess(known, "bob")
	}
	if thief.SignedInAs(alice) || remembered(t, a, alice) != 0 {
		t.Error("the copy outlived its privilege")
	}
	if noticed(a, alice, mail.RememberedEnded) != 1 || rows() != 1 {
		t.Errorf("Alice was told %d times, in %d rows", noticed(a, alice, mail.RememberedEnded), rows())
	}
	if noticed(a, bob, mail.RememberedEnded) != 0 {
		t.Error("Bob was told, who had no browser remembered")
	}
}

// TestMA03_PhoneLinkOutlivesASignInWithoutACode: in a remembered browser nobody shows
// the phone, so the request for another one stands, and with it its link.
func TestMA03_PhoneLinkOutlivesASignInWithoutACode(t *testing.T) {
	t.Parallel()
	a, alice := remembering(t, 30)
	owner := tick(a, a.Browser(), alice)
	_, id := ask(t, a, alice)
	path := approved(t, a, administrator(a, "ada"), id)
	if !skips(owner, alice) {
		t.Fatal("not remembered")
	}
	a.Browser().Get(path).Redirects("/lost-phone/new")
	a.Clock.Add(time.Minute)
	a.Browser().SignIn(alice) // with a code: the phone is there
	a.Browser().Get(path).Is(http.StatusGone)
	if q, _, err := a.DB.Request(id); err != nil || q.Status != store.RequestCancelled {
		t.Errorf("the request is %s after a sign-in with a code, %v", q.Status, err)
	}
}
