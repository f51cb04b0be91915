package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// choose picks what is to be done with the users of the list, and ticks boxes by their
// ids.
func (b *tab) choose(action string, boxes ...string) *tab {
	b.t.Helper()
	eval[chromedp.Void](b, "void (document.getElementById('action').value = "+quote(action)+")")
	for _, id := range boxes {
		eval[chromedp.Void](b, "void (document.getElementById("+quote(id)+").checked = true)")
	}
	return b
}

// many adds users whose names begin with temp.
func many(a *apptest.App, n int) {
	a.Tx(func(tx *store.Tx) error {
		for i := range n {
			err := tx.AddUser(store.NewUser{ID: secret.ID(), Username: fmt.Sprintf("temp%03d", i), Role: user.RoleUser, CreatedAt: a.Clock.Now()})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// walkBulk does something to several users at once, and takes things back.
func walkBulk(t *testing.T) *tab {
	a := apptest.Start(t, apptest.Options{})
	people := crowd(a)
	many(a, 210)
	b := signedIn(t, a, a.Admin)
	b.open("/admin/users").press("Review…").inspect("users, none picked")
	b.choose("", "user", "user-2").press("Review…").inspect("users, no action")
	b.choose("disable").press("Review…").inspect("review")
	b.press("Disable 1 user").inspect("users, done with undo")
	b.open("/admin/users?status=deleted").choose("restore", "user").press("Review…").inspect("review of a restore")
	b.open("/admin/users?status=disabled").choose("disable", "user").press("Review…").inspect("review, nobody left")
	b.open("/admin/users?q=temp&select=page").inspect("users, these picked")
	b.open("/admin/users?q=temp").follow("Select all 210")
	b.inspect("users, all picked")
	b.choose("delete").press("Review…").inspect("review of all that match")
	b.press("Delete 210 users").inspect("under way")
	b.open("/admin/users").inspect("users, an act under way")
	a.RunBulkSlice()
	b.follow("Delete 210 users").press("Cancel the rest").inspect("cancelled")
	b.press("Undo")
	a.RunBulk()
	b.follow("Refresh").inspect("taken back")
	b.open("/admin/users/"+people["alice"].ID+"/edit").fill("Name", "Alice Two").press("Save changes").inspect("user, with a change to revert")
	b.open("/admin/users/bulk").inspect("recent bulk acts")
	found, err := a.DB.AuditEntries(t.Context(), store.AuditFilter{Event: audit.UserChanged, Limit: 1})
	if err != nil || len(found) == 0 {
		t.Fatal("no change in the log", err)
	}
	revert := fmt.Sprintf("/admin/audit/%d/revert", found[0].Seq)
	b.open(revert).inspect("revert")
	b.press("Revert").at("/admin/users/" + people["alice"].ID).inspect("reverted")
	b.open(revert).inspect("revert, refused")
	return b
}

// TestStory_BulkWithoutScript disables users and takes that back with scripts blocked.
func TestStory_BulkWithoutScript(t *testing.T) {
	t.Parallel()
	need(t, headless)
	a := apptest.Start(t, apptest.Options{})
	many(a, 3)
	b := signedIn(t, a, a.Admin).noScript()
	b.open("/admin/users?q=temp").choose("disable", "user", "user-3").press("Review…").sees("temp000", "temp002").seesNot("temp001")
	b.press("Disable 2 users").at("/admin/users?q=temp").sees("2 users disabled.")
	b.press("Undo").sees("2 users enabled.")
}
