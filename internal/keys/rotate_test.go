package keys_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/keys"
	"latchkey/internal/secret"
	"latchkey/internal/store"
)

// TestCR04_NothingEndsWithARotation: sessions, links, remembered browsers and counted tries stay
// what they are, in the process that runs.
func TestCR04_NothingEndsWithARotation(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	a.Set("remember_days", "30")
	alice, ann := a.AddUser("alice"), a.AddUser("ann", apptest.Invited)
	invited := ann.Link(store.PurposeInvite)
	b, known := a.Browser(), a.Browser()
	b.SignIn(alice)
	known.Password(alice)
	a.Clock.Add(30 * time.Second)
	known.Post("/login/code", "code", alice.Code(), "remember", "1").Redirects("/profile")
	known.Post("/logout")
	slot := a.Site.NameSlot("alice")
	for range 3 {
		a.Browser().Post("/login", "username", "alice", "password", "wrong").Is(http.StatusUnprocessableEntity)
	}
	_, err := keys.Rotate(context.Background(), process(t, a), entry(a))
	must(t, err)
	if !b.SignedInAs(alice) {
		t.Error("the session ended")
	}
	known.Post("/login", "username", "alice", "password", alice.Password)
	if got := known.Header.Get("Location"); got != "/profile" {
		t.Errorf("the remembered browser is led to %q", got)
	}
	c := a.Browser()
	c.Open(invited)
	c.Post("/invite", "new_password", "a new password of ann 9").Redirects("/security/authenticators/new")
	if a.Site.NameSlot("alice") != slot {
		t.Error("the tries of a name are counted anew")
	}
	if a.Ring.Newest() != a.Site.Ring.Newest() || len(a.Ring.IDs()) != 2 {
		t.Errorf("the process that runs has the keys %v", a.Ring.IDs())
	}
	verified(t, a)
}

// TestCR04_TwoRotationsAtOnce: each is done or refused, and each that was done has its row.
func TestCR04_TwoRotationsAtOnce(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	before := len(a.Ring.IDs())
	var working sync.WaitGroup
	var mu sync.Mutex
	done := 0
	for range 6 {
		other := process(t, a)
		working.Go(func() {
			r, err := keys.Rotate(context.Background(), other, entry(a))
			if errors.Is(err, secret.ErrKeysLocked) {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if done++; err != nil || r.New == "" || r.Finished {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
	working.Wait()
	must(t, a.Ring.Refresh())
	rows, err := a.DB.AuditEntries(context.Background(), store.AuditFilter{Event: audit.KeysRotated, Limit: 10})
	must(t, err)
	if n := len(a.Ring.IDs()) - before; n != done || len(rows) != done || done == 0 {
		t.Errorf("%d were done, %d keys are new, %d rows", done, n, len(rows))
	}
	verified(t, a)
}

// TestCR04_ARotationThatWasCutOffIsFinished: by the next one, which adds no further key.
func TestCR04_ARotationThatWasCutOffIsFinished(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	other := process(t, a)
	_, err := keys.Note(context.Background(), other, entry(a), a.Clock.Now())
	must(t, err)
	id, err := rotate(other.Ring)
	must(t, err)
	r, err := keys.Rotate(context.Background(), process(t, a), entry(a))
	must(t, err)
	if !r.Finished || r.New != id || len(a.Ring.IDs()) != 1 {
		t.Errorf("%+v; the ring that nobody asked has %d keys", r, len(a.Ring.IDs()))
	}
	a.AddUser("ada")
	a.Tx(func(tx *store.Tx) error {
		return tx.Audit(audit.Entry{At: a.Clock.Now(), Event: audit.ServerStarted, Result: audit.ResultOK})
	})
	listed, err := keys.List(context.Background(), a.Site.Instance)
	must(t, err)
	if n := len(listed.Keys); n != 2 || listed.Keys[1].ID != id || !listed.Keys[1].Made.Equal(a.Clock.Now()) {
		t.Errorf("%+v", listed.Keys)
	}
	if e := a.Newest(); e.MAC[:8] != id {
		t.Errorf("the newest row is under %s", e.MAC[:8])
	}
	verified(t, a)
}

// rotate adds a key to the key file, as somebody does who comes no further.
func rotate(r *secret.Ring) (string, error) {
	lock, err := r.Lock()
	if err != nil {
		return "", err
	}
	id, err := lock.Rotate()
	return id, errors.Join(err, lock.Unlock())
}
