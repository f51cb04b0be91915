package users_test

import (
	"strings"
	"testing"

	"latchkey/internal/account"
	"latchkey/views"
)

// TestKinds_HaveWords holds the table of what can be done beside the table of what pages
// say: a kind without words would show its name.
func TestKinds_HaveWords(t *testing.T) {
	t.Parallel()
	for _, k := range account.Kinds() {
		if k.Page && k.Do != nil && strings.Contains(views.ActionDone(k.Name, "Ada"), "has been changed") {
			t.Errorf("%s: no words for one user", k.Name)
		}
		if k.Bulk && strings.HasPrefix(views.BulkHeading(k.Name, 2), "Change") {
			t.Errorf("%s: no words for several users", k.Name)
		}
		if k.NeedsApproval && !k.Bulk && (views.ApprovalWords(k.Name) == "" || k.CalledYou == "") {
			t.Errorf("%s: no words for a second approval", k.Name)
		}
		if undo, known := account.KindOf(k.Undo); k.Undo != "" && (!known || undo.Do == nil || k.Bulk && !undo.Bulk) {
			t.Errorf("%s is taken back by %q, which cannot be done", k.Name, k.Undo)
		}
	}
}
