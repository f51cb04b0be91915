package attack

import (
	"database/sql"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/auth"
	"latchkey/internal/secret"
	"latchkey/internal/store"
)

// crowd is how many requests try to use the same thing up at once.
const crowd = 50

// race sends n requests at the same moment and returns their answers.
func race(t *testing.T, n int, send func(i int) *apptest.Page) []*apptest.Page {
	t.Helper()
	pages := make([]*apptest.Page, n)
	start := make(chan struct{})
	var running sync.WaitGroup
	for i := range n {
		running.Go(func() {
			<-start
			pages[i] = send(i)
		})
	}
	close(start)
	running.Wait()
	for i, p := range pages {
		if p == nil {
			t.Fatalf("request %d got no answer", i)
		}
	}
	return pages
}

// leadingTo counts the answers that redirect to this path.
func leadingTo(path string, pages []*apptest.Page) (n int) {
	for _, p := range pages {
		if p.Status == http.StatusSeeOther && p.Header.Get("Location") == path {
			n++
		}
	}
	return n
}

// answers counts the answers by status and place, for a message.
func answers(pages []*apptest.Page) string {
	counts := map[string]int{}
	for _, p := range pages {
		counts[strings.TrimSpace(fmt.Sprintf("%d %s", p.Status, p.Header.Get("Location")))]++
	}
	return fmt.Sprint(counts)
}

// browsers returns n browsers that did the same first, eight at a time.
func browsers(a *apptest.App, n int, first func(*apptest.Browser)) []*apptest.Browser {
	all := make([]*apptest.Browser, n)
	var running sync.WaitGroup
	for worker := range 8 {
		running.Go(func() {
			for i := worker; i < n; i += 8 {
				all[i] = a.Browser()
				first(all[i])
			}
		})
	}
	running.Wait()
	return all
}

// halves returns n browsers that each have a pending sign-in of the user, at the
// stage of the code.
func halves(a *apptest.App, u *apptest.User, n int) []*apptest.Browser {
	a.TB.Helper()
	all, now := make([]*apptest.Browser, n), a.Clock.Now()
	a.Tx(func(tx *store.Tx) error {
		for i := range all {
			token := secret.Token()
			all[i] = a.Browser()
			all[i].Cookies[a.CookieName("latchkey-pending")] = token
			err := tx.AddPending(store.Pending{
				IDHash: secret.HashToken(token), UserID: u.ID, CredVersion: u.Now().CredVersion, Stage: auth.StepCode,
				PasswordAt: now, Ends: now.Add(10 * time.Minute),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return all
}

// clones returns n browsers with the cookies of b.
func clones(b *apptest.Browser, n int) []*apptest.Browser {
	all := make([]*apptest.Browser, n)
	for i := range all {
		all[i] = b.Clone()
	}
	return all
}

// open opens the program's database a second time, beside the program.
func open(_ testing.TB, a *apptest.App) *sql.DB { return a.Raw() }

// number asks the database for one number.
func number(t *testing.T, a *apptest.App, query string, args ...any) (n int) {
	t.Helper()
	if err := open(t, a).QueryRow(query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// forgive forgets what was counted.
func forgive(t *testing.T, a *apptest.App) {
	t.Helper()
	a.RawTx(`DELETE FROM limits`, `UPDATE users SET locked_until = 0`, `UPDATE sessions SET confirm_tries = 0`,
		`UPDATE pending_sign_ins SET tries = 0`, `UPDATE setup_code SET tries = 0`)
}
