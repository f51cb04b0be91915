package attack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/instance"
	"latchkey/internal/mail"
	"latchkey/internal/password"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/internal/web/route"
)

// TestAU01_OnlyABusyAnswerIsTakenBack: whatever else keeps a password from being looked at,
// the try stays counted.
func TestAU01_OnlyABusyAnswerIsTakenBack(t *testing.T) {
	t.Parallel()
	unavailable := problem.New(problem.Unavailable, "We are busy. Try again in a few seconds.")
	for name, c := range map[string]struct {
		err  error
		want int
	}{
		"looked at":            {nil, 1},
		"busy":                 {&problem.Problem{Kind: problem.Unavailable, Err: password.ErrBusy}, 0},
		"busy, wrapped":        {fmt.Errorf("verifying: %w", password.ErrBusy), 0},
		"the client hung up":   {context.Canceled, 1},
		"it took too long":     {context.DeadlineExceeded, 1},
		"the database":         {unavailable, 1},
		"a corrupt hash":       {password.ErrCorrupt, 1},
		"something unforeseen": {errors.New("unforeseen"), 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got error
			a := apptest.Start(t, apptest.Options{Mount: func(s *web.Site) {
				s.Post("/test/try", route.Anyone, func(v *web.Visitor) (err error) {
					got, err = unseen(v, c.err)
					return err
				})
			}})
			a.Browser().Post("/test/try").Redirects("/login")
			for _, b := range append([]auth.Bucket{auth.BucketName}, windowed...) {
				if n := counted(t, a, b); n != c.want {
					t.Errorf("%s: %d are counted, want %d", b, n, c.want)
				}
			}
			if n := number(t, a, `SELECT count(*) FROM limits`); c.want == 0 && n != 0 {
				t.Errorf("%d rows are left of nothing", n)
			}
			if got != c.err {
				t.Errorf("it returns %v", got)
			}
		})
	}
}

// unseen counts a try of a password that is not looked at because of why.
func unseen(v *web.Visitor, why error) (got, err error) {
	var try instance.Try
	err = v.Tx(func(tx *store.Tx) (err error) {
		try, err = v.CountPassword(tx, "nobody-here", user.User{}, false)
		return err
	})
	if err != nil {
		return nil, err
	}
	return v.Unseen(try, why), v.Redirect("/login")
}

// TestAU01_TakingBackRaces counts two hundred tries at once, of which every third is taken back
// while others come: what is looked at and what is counted are the same, and no more than the limit.
func TestAU01_TakingBackRaces(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice").Now()
	c := instance.Caller{By: audit.Entry{At: a.Clock.Now(), IP: "192.0.2.7"}}
	limit := auth.LimitOf(auth.BucketName).Free
	var compared atomic.Int64
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			var try instance.Try
			a.Tx(func(tx *store.Tx) (err error) {
				try, err = a.Site.Instance.CountPassword(tx, c, "alice", alice, true)
				return err
			})
			switch {
			case try.Refused():
			case i%3 == 0:
				a.Tx(try.Uncount)
			default:
				compared.Add(1)
			}
		})
	}
	all.Wait()
	if n := int(compared.Load()); n == 0 || n > limit || counted(t, a, auth.BucketName) != n || counted(t, a, auth.BucketNetwork) != n {
		t.Errorf("%d were looked at, limit %d; %d are counted for the name, %d for the network", n, limit, counted(t, a, auth.BucketName), counted(t, a, auth.BucketNetwork))
	}
}

// TestAU01_HangingUpIsNoWayOut: a client that is gone before its password has its turn has
// tried. The owner is told of the twentieth all the same.
func TestAU01_HangingUpIsNoWayOut(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	slot := a.Site.NameSlot("alice")
	setTries(t, a, string(auth.BucketName), slot, 19)
	ctx, cancel := context.WithCancel(t.Context())
	var before sync.WaitGroup
	for i := range 3 { // one after the other, and always before the client's
		before.Go(func() {
			for ctx.Err() == nil {
				_, _ = a.Site.Hasher.Verify(ctx, password.Caller{Network: fmt.Sprint(i), Tries: -1}, slowHash(), []string{"x"})
			}
		})
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(a.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	r := a.Browser().Request(http.MethodPost, "/login", url.Values{"username": {"alice"}, "password": {wrong}})
	if err := errors.Join(r.Write(conn), conn.Close()); err != nil {
		t.Fatal(err)
	}
	apptest.Eventually(t, "the owner is told", func() bool { return noticed(a, alice, mail.TooManyFailures) == 1 })
	cancel()
	before.Wait()
	if n := number(t, a, `SELECT tries FROM limits WHERE bucket = $1 AND key = $2`, string(auth.BucketName), slot); n != 20 {
		t.Errorf("%d tries are counted, want 20", n)
	}
}

// TestAU06_BusyAnswersCostTheSame: as many statements for somebody as for nobody, also where a
// wait is taken back.
func TestAU06_BusyAnswersCostTheSame(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{OneNode: true, Proxied: true})
	a.AddUser("known-name")
	a.AddUser("disabled-1", apptest.Disabled)
	fullQueue(t, a)
	work := func(name string) (n []uint64) {
		for _, tries := range []int{0, 1, 9, 15, 99} {
			forgive(t, a)
			if tries > 0 {
				setTries(t, a, string(auth.BucketName), a.Site.NameSlot(name), tries)
			}
			before := a.DB.Statements()
			busy(t, name, a.Browser().From("198.51.100.1").Post("/login", "username", name, "password", wrong))
			n = append(n, a.DB.Statements()-before)
		}
		return n
	}
	want := work("unknown-01")
	for _, name := range []string{"known-name", "disabled-1", "unknown-02"} {
		if got := work(name); !slices.Equal(got, want) {
			t.Errorf("%s takes %d statements, nobody %d", name, got, want)
		}
	}
}

// TestAU10_WhatCannotBeTakenBackStaysCounted: it is refused all the same, and the log says so.
func TestAU10_WhatCannotBeTakenBackStaysCounted(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	fullQueue(t, a)
	repair := breakTable(t, a, "limits", "DELETE")
	busy(t, "a password", a.Browser().Post("/login", "username", "alice", "password", alice.Password))
	repair()
	if n := counted(t, a, auth.BucketName); n != 1 || !strings.Contains(a.Log.String(), "a try that was not looked at stays counted") {
		t.Errorf("%d tries are counted; the log: %s", n, a.Log.Trouble())
	}
}

// TestEX01_BusyAnswersSlowDown: they are not counted, so that a stranger waits for them.
func TestEX01_BusyAnswersSlowDown(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	inside := signedInAs(a, alice)
	a.Clock.Add(time.Minute)
	fullQueue(t, a)
	for _, s := range a.Sites() {
		s.SlowDown = time.Hour
	}
	busy(t, "somebody who is signed in", inside.Post("/confirm", "password", alice.Password, "code", alice.Code()))
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	r := a.Browser().Request(http.MethodPost, "/login", url.Values{"username": {"alice"}, "password": {wrong}}).WithContext(ctx)
	if answer, err := http.DefaultClient.Do(r); !errors.Is(err, context.DeadlineExceeded) {
		answer.Body.Close()
		t.Errorf("answered %s at once, %v", answer.Status, err)
	}
}
