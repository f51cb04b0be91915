package bulk_test

import (
	"strings"
	"testing"
	"time"

	"latchkey/internal/account"
	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/bulk"
	"latchkey/internal/store"
)

// TestRun_GoesOnAfterAnUpgrade finishes a batch whose filter an earlier version stored, as
// the query of the list's address, and one of this version: both mean the same people, and
// the audit log says them in the same words.
func TestRun_GoesOnAfterAnUpgrade(t *testing.T) {
	t.Parallel()
	const query = "q=crew&role=user"
	for name, filter := range map[string]string{"query": query, "json": store.UserFilter{Text: "crew", Role: "user"}.Stored()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := apptest.Start(t, apptest.Options{})
			one, two, other := a.AddUser("crew-one"), a.AddUser("crew-two"), a.AddUser("bystander")
			b := bulk.New(audit.Entry{At: a.Clock.Now(), ActorID: a.Admin.ID, ActorName: "root-admin"}, store.BulkJob{
				Action: account.Disable, Everybody: true, Filter: filter, Total: 2,
			})
			a.Tx(func(tx *store.Tx) error { return tx.AddBulkJob(b) })
			desk := a.Browser()
			desk.SignIn(a.Admin)
			desk.Open("/admin/users/bulk/"+b.ID).Sees("Everyone who matched", "crew")
			if err := bulk.Run(t.Context(), a.Site.Instance); err != nil {
				t.Fatal(err)
			}
			if !one.Now().Disabled || !two.Now().Disabled || other.Now().Disabled || a.Admin.Now().Disabled {
				t.Error("others than those who match were changed")
			}
			if e := a.Newest(); e.Event != audit.UsersChanged || !strings.Contains(apptest.Details(e.Details), query) {
				t.Errorf("%s: %s", e.Event, apptest.Details(e.Details))
			}
		})
	}
}

// TestRun_EndsWhatItCannotRead changes nobody rather than everybody, says why, and goes on
// with the batches behind: one such row must not keep them all waiting.
func TestRun_EndsWhatItCannotRead(t *testing.T) {
	t.Parallel()
	const noFilter, unread = "the filter that says which users it is about cannot be read", "Everyone who matched a filter that cannot be read"
	for name, c := range map[string]struct{ action, filter, left, why, page string }{
		"filter":        {account.Disable, `{"team":"crew"}`, "", noFilter, unread},
		"cut off":       {account.Disable, `{"text":"cr`, "", noFilter, unread},
		"other choices": {account.Disable, `status=sleeping`, "", noFilter, unread},
		"left out":      {account.Disable, `{}`, `{"This`, "the record of who was left out cannot be read", "Everyone"},
		"action":        {"archive", `{}`, "", "this version does not know the action", "Everyone"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := apptest.Start(t, apptest.Options{})
			alice, crew := a.AddUser("alice"), a.AddUser("crew-one")
			broken := bulk.New(audit.Entry{At: a.Clock.Now(), ActorID: a.Admin.ID, ActorName: "root-admin"}, store.BulkJob{Action: c.action, Everybody: true, Filter: c.filter, Total: 1})
			a.Tx(func(tx *store.Tx) error { return tx.AddBulkJob(broken) })
			if c.left != "" {
				was := broken
				broken.Why = c.left
				a.Tx(func(tx *store.Tx) error { _, err := tx.MoveBulkJob(was, broken, was.Began); return err })
			}
			a.Clock.Add(time.Second)
			behind := bulk.New(audit.Entry{At: a.Clock.Now(), ActorID: a.Admin.ID}, store.BulkJob{Action: account.Disable, Everybody: true, Filter: store.UserFilter{Text: "crew"}.Stored(), Total: 1})
			a.Tx(func(tx *store.Tx) error { return tx.AddBulkJob(behind) })
			desk := a.Browser()
			desk.SignIn(a.Admin)
			desk.Open("/admin/users/bulk/"+broken.ID).Sees("In progress", c.page, "Cancel the rest")
			if err := bulk.Run(t.Context(), a.Site.Instance); err != nil || alice.Now().Disabled || !crew.Now().Disabled {
				t.Errorf("alice disabled: %v, the one behind: %v, error %v", alice.Now().Disabled, crew.Now().Disabled, err)
			}
			b, err := a.DB.BulkJob(broken.ID)
			if err != nil || b.State != store.BulkRefused {
				t.Errorf("%s, %v", b.State, err)
			}
			desk.Open("/admin/users/bulk/"+broken.ID).Sees("Stopped part-way through", c.page)
			desk.Follow("audit log").Sees("stopped because " + c.why)
		})
	}
}
