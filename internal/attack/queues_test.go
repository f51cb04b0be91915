package attack

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"latchkey/internal/apptest"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// TestRequests_EveryListGoesOn: of each list of requests there are more than a page has, all
// made at one moment, and an administrator finds every one.
func TestRequests_EveryListGoesOn(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	desk := a.Browser()
	desk.SignIn(a.Admin)
	const each = 103 // three pages
	made := a.Clock.Now()
	a.Tx(func(tx *store.Tx) error {
		for n := range each {
			u := store.NewUser{ID: secret.ID(), Username: fmt.Sprintf("user-%d", n), Role: user.RoleUser, CreatedAt: made, ChangedAt: made}
			if err := tx.AddUser(u); err != nil {
				return err
			}
			for list := range strings.FieldsSeq("approved decided approvals waiting") {
				if err := putInto(tx, list, u.ID, made); err != nil {
					return err
				}
			}
		}
		return nil
	})
	for list, more := range map[string]string{"approvals": "Newer", "waiting": "Newer", "approved": "Older", "decided": "Older"} {
		seen := map[string]bool{}
		desk.Open("/admin/requests")
		for page := 1; ; page++ {
			doc := desk.Doc()
			doc.Find("table:has(#" + list + ") th[scope=row]").Each(func(_ int, row *goquery.Selection) { seen[row.Text()] = true })
			next, found := doc.Find(`.pager a[href*="show=` + list + `&"]`).Attr("href")
			if !found {
				break
			}
			desk.Sees(more)
			if desk.Open(next); page > 3 {
				t.Fatalf("%s: a page too many", list)
			}
		}
		if len(seen) != each {
			t.Errorf("%s: %d of %d were shown", list, len(seen), each)
		}
		desk.Follow("All requests").At("/admin/requests")
	}
}

// putInto puts a request of a user into one of the lists.
func putInto(tx *store.Tx, list, userID string, made time.Time) (err error) {
	id := secret.ID()
	switch list {
	case "approvals", "approved":
		_, err = tx.AddApproval(store.Approval{ID: id, UserID: userID, Kind: map[string]string{"approvals": "email", "approved": "password-link"}[list], Made: made, Ends: made.Add(time.Hour)})
	default:
		_, err = tx.AddRequest(store.Request{ID: id, UserID: userID, Made: made, Ends: made.Add(time.Hour)})
	}
	switch {
	case err != nil:
	case list == "approved":
		_, err = tx.RefuseApproval(id, store.Approval{Decided: made})
	case list == "decided":
		_, err = tx.CancelRequest(id, made)
	}
	return err
}
