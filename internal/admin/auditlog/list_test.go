package auditlog_test

import (
	"net/url"
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
)

// TestAudit_FindsPeopleByTheirNames: whom an administrator knows by name is found in the
// log under it, as on the list.
func TestAudit_FindsPeopleByTheirNames(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	adele := a.AddUser("alind")
	a.Tx(func(tx *store.Tx) error {
		_, err := tx.EditUser(store.Edit{ID: adele.ID, Version: adele.Now().Version, Username: "alind", Name: "Adèle Lindström", Email: "adele@example.org", EmailKey: "adele@example.org", EmailConfirmed: true})
		return err
	})
	a.Browser().SignIn(adele)
	b := a.Browser()
	b.SignIn(a.Admin)
	for _, typed := range []string{"alind", "lindstrom adele", "Lindström", "adele@example.org"} {
		b.Open("/admin/audit?event=login.code&actor=" + url.QueryEscape(typed))
		if n := b.Doc().Find("tbody tr").Length(); n != 1 {
			t.Errorf("%s: %d events, want 1", typed, n)
		}
	}
	if n := b.Open("/admin/audit?event=login.code&actor=example.org+org").Doc().Find("tbody tr").Length(); n != 0 {
		t.Errorf("a text of several people finds %d events", n)
	}
}
