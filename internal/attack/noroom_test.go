package attack

import (
	"fmt"
	"net/http"
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/auth"
)

// There was room for the first of the two hashes that something takes, and not for the second.

// TestPW09_NoRoomToUpgrade signs in where the password is right and its hash is not of today's
// cost, and the queue is full when the new one would be computed. The next time does it.
func TestPW09_NoRoomToUpgrade(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice", apptest.Hashed(slowHash()))
	send := func() *apptest.Page {
		return a.Browser().Post("/login", "username", "alice", "password", alice.Password)
	}
	for range 30 {
		forgive(t, a)
		change(t, a, `UPDATE users SET password_hash = $1 WHERE id = $2`, slowHash(), alice.ID)
		p := behindAHash(t, a, auth.BucketName, send)
		if p.Status == http.StatusServiceUnavailable {
			continue // the queue was full before
		}
		p.Redirects("/login/code")
		if hashOf(t, a, alice) != slowHash() {
			continue // it was not full yet
		}
		send().Redirects("/login/code")
		if hashOf(t, a, alice) == slowHash() {
			t.Error("the next sign-in does not replace it")
		}
		return
	}
	t.Error("the queue was never full in between")
}

// TestEX04_ANewPasswordMayComeAgain: the current password was right, and there was no room for
// the hash of the new one.
func TestEX04_ANewPasswordMayComeAgain(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := signedInAs(a, alice)
	for met, rounds := 0, 0; met < 3; rounds++ {
		change(t, a, `UPDATE users SET password_hash = $1 WHERE id = $2`, slowHash(), alice.ID)
		forgive(t, a)
		before := countedNow(t, a)
		p := behindAHash(t, a, auth.BucketCode, func() *apptest.Page {
			return b.Post("/security/password", "current_password", alice.Password, "new_password", fmt.Sprint("seven lamps on pier ", rounds))
		})
		if p.Status != http.StatusServiceUnavailable {
			p.Redirects("/security")
			continue
		}
		if met++; countedNow(t, a) != before {
			t.Errorf("before: %s\nafter: %s", before, countedNow(t, a))
		}
	}
}
