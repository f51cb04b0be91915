package bulk_test

import (
	"strings"
	"testing"

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

// TestRun_StopsAtAFilterItCannotRead changes nobody rather than everybody.
func TestRun_StopsAtAFilterItCannotRead(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := bulk.New(audit.Entry{At: a.Clock.Now(), ActorID: a.Admin.ID}, store.BulkJob{Action: account.Disable, Everybody: true, Filter: `{"team":"crew"}`, Total: 1})
	a.Tx(func(tx *store.Tx) error { return tx.AddBulkJob(b) })
	if err := bulk.Run(t.Context(), a.Site.Instance); err == nil || alice.Now().Disabled {
		t.Errorf("alice disabled: %v, error %v", alice.Now().Disabled, err)
	}
}
