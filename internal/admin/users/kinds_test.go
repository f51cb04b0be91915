package users_test

import (
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"latchkey/internal/account"
	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/store"
	"latchkey/views"
)

// TestKinds_HaveWords holds the table of what can be done beside the tables of what pages
// and the audit log say: a kind without words would show its name, or say that somebody
// was changed.
func TestKinds_HaveWords(t *testing.T) {
	t.Parallel()
	for _, k := range account.Kinds() {
		for what, missing := range map[string]bool{
			"one user":          k.Page && k.Do != nil && strings.Contains(views.ActionDone(k.Name, "Ada"), "has been changed"),
			"several users":     k.Bulk && strings.HasPrefix(views.BulkHeading(k.Name, "", 2), "Change"),
			"what was done":     k.Bulk && strings.HasSuffix(views.BulkDone(k.Name, "", 2), "users changed."),
			"a second approval": k.NeedsApproval && !k.Bulk && (views.ApprovalWords(k.Name) == "" || k.CalledYou == ""),
			"the audit log": k.Bulk && k.Do != nil && strings.HasPrefix(audit.Sentence(audit.Entry{
				Event: audit.UsersChanged, Result: audit.ResultOK, Details: []audit.Detail{{Name: "action", After: k.Name}, {Name: "changed", After: "2"}},
			}), "Changed"),
		} {
			if missing {
				t.Errorf("%s: no words for %s", k.Name, what)
			}
		}
		if undo, known := account.KindOf(k.Undo); k.Undo != "" && (!known || undo.Do == nil || k.Bulk && !undo.Bulk) {
			t.Errorf("%s is taken back by %q, which cannot be done", k.Name, k.Undo)
		}
	}
}

// TestKinds_AreOffered: each kind with a page of its own is offered on the page of some
// user, and each for several users on some list.
func TestKinds_AreOffered(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	ann, locked, gone := a.AddUser("ann"), a.AddUser("lou"), a.AddUser("gus")
	all := []*apptest.User{ann, locked, gone, a.AddUser("dan", apptest.Disabled), a.AddUser("ida", apptest.Invited)}
	a.Browser().SignIn(ann)
	a.Tx(func(tx *store.Tx) error {
		_, err := tx.AddGroup(store.Group{Name: "support", Created: a.Clock.Now()})
		return err
	})
	desk := a.Browser()
	desk.SignIn(a.Admin)
	a.Tx(func(tx *store.Tx) error {
		_, err := tx.Delete(false, gone.ID, a.Clock.Now())
		return err
	})
	a.Tx(func(tx *store.Tx) error { return tx.SetLockedUntil(locked.ID, a.Clock.Now().Add(time.Hour)) })
	var onPages, onLists []string
	for _, u := range all {
		desk.Open("/admin/users/" + u.ID).Doc().Find("main a").Each(func(_ int, link *goquery.Selection) {
			onPages = append(onPages, path.Base(link.AttrOr("href", "")))
		})
	}
	for _, status := range []string{"", "active", "invited", "expired", "locked", "disabled", "deleted"} {
		desk.Open("/admin/users?status=" + status).Doc().Find("[name=action] option").Each(func(_ int, choice *goquery.Selection) {
			onLists = append(onLists, choice.AttrOr("value", ""))
			if v := choice.AttrOr("value", ""); v != "" && choice.Text() == v {
				t.Errorf("%s: no words for the list of choices", v)
			}
		})
	}
	for _, k := range account.Kinds() {
		if k.Page && !slices.Contains(onPages, k.Name) {
			t.Errorf("%s is offered on the page of no user", k.Name)
		}
		if k.Bulk && !slices.Contains(onLists, k.Name) {
			t.Errorf("%s is offered on no list of users", k.Name)
		}
	}
}
