package attack

import (
	"fmt"
	"net/http"
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/auth"
)

// TestAU04_ManySignInsAtOnceLockNoBrowserOut sends 32 right passwords from one known browser at the
// same moment, each with an address of its own to go on to, as a browser does that opens all its
// tabs again, so that none is a copy of another. More than the browser has tries wait for an
// answer together: what has not been answered is no wrong password, and costs the browser nothing.
func TestAU04_ManySignInsAtOnceLockNoBrowserOut(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Proxied: true})
	alice := a.AddUser("alice")
	known := signedInAs(a, alice)
	known.Post("/logout")
	id := text(t, a, `SELECT id FROM browsers WHERE user_id = $1`, alice.ID)
	change(t, a, `UPDATE users SET password_hash = $1 WHERE id = $2`, slowHash(), alice.ID) // all are counted before the first is answered
	pages := race(t, 32, func(i int) *apptest.Page {
		return known.Twin().Post("/login", "username", "alice", "password", alice.Password, "next", fmt.Sprint("/profile?tab=", i))
	})
	through := 0
	for _, p := range pages {
		switch p.Status {
		case http.StatusSeeOther:
			through++
		case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		default:
			t.Errorf("answered %d", p.Status)
		}
	}
	if through == 0 || through > auth.LimitOf(auth.BucketBrowser).Free {
		t.Errorf("%d got through: %s", through, answers(pages))
	}
	if n := number(t, a, `SELECT count(*) FROM browsers WHERE id = $1`, id); n != 1 {
		t.Error("the browser is not known any more")
	}
	if n := counted(t, a, auth.BucketName) + counted(t, a, auth.BucketNetwork); n != 0 {
		t.Errorf("%d tries are counted as a stranger's", n)
	}
	known.SignIn(alice).At("/profile")
}
