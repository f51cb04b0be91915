package attack

import (
	"fmt"
	"net/http"
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/auth"
	"latchkey/internal/store"
)

// TestAU02_AnotherNameGivesNoMoreTries renames somebody whose passwords are being guessed.
func TestAU02_AnotherNameGivesNoMoreTries(t *testing.T) {
	t.Parallel()
	s := threeOf(t, apptest.Options{})
	guess := func(name string) int {
		return s.Browser().Post("/login", "username", name, "password", "not hers at all").Status
	}
	name, looked := "ada", 0
	for i := range 5 {
		for range auth.LimitOf(auth.BucketName).Free {
			if guess(name) == http.StatusUnprocessableEntity {
				looked++
			}
		}
		now, next := s.ada.Now(), fmt.Sprintf("ada%d", i)
		s.eve.Clone().Post(s.about("edit"), "username", next, "name", now.Name, "email", now.Email, "role", string(now.Role), "version", fmt.Sprint(now.Version)).
			Is(http.StatusSeeOther)
		name = next
	}
	if most := auth.LimitOf(auth.BucketName).Free; looked != most {
		t.Errorf("%d passwords were looked at, where %d are allowed", looked, most)
	}
}

// TestEX04_AThiefsRequestsLeaveTheOwnerOne: somebody who knows the password asks for help
// as often as possible, and the owner is heard all the same.
func TestEX04_AThiefsRequestsLeaveTheOwnerOne(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	ada := a.AddUser("ada")
	owner := signedInAs(a, ada)
	owner.Post("/logout").Is(http.StatusSeeOther)
	ask := func(b *apptest.Browser, contact string) *apptest.Page {
		return b.Post("/login/lost-phone", "message", "lost", "contact", contact)
	}
	thief := a.Browser()
	thief.Password(ada)
	for range auth.LimitOf(auth.BucketRequest).Free {
		ask(thief.Clone(), "thief").Is(http.StatusSeeOther)
	}
	ask(thief.Clone(), "thief").Is(http.StatusTooManyRequests).Sees("If that was not you")
	owner.Password(ada)
	ask(owner, "ada herself").Is(http.StatusSeeOther)
	var q store.Request
	a.Tx(func(tx *store.Tx) (err error) { q, _, err = tx.OpenRequest(ada.ID); return err })
	signedInAs(a, a.Admin).Get("/admin/requests/"+q.ID).Sees("thief", "ada herself", "which has signed in before")
}
