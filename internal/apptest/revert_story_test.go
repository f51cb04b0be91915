package apptest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/store"
)

// newest is the number of the newest event of a kind.
func newest(t *testing.T, a *apptest.App, e audit.Event) audit.Entry {
	t.Helper()
	found, err := a.DB.AuditEntries(t.Context(), store.AuditFilter{Event: e, Limit: 1})
	if err != nil || len(found) == 0 {
		t.Fatalf("no event %s: %v", e, err)
	}
	return found[0]
}

// TestStory_RevertAnEdit takes an edit back from the user's page, and tells when
// somebody else was there since.
func TestStory_RevertAnEdit(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := signedIn(a)
	me := "/admin/users/" + alice.ID
	b.Open(me + "/edit")
	b.Submit("Save changes", "Name", "Mallory", "Email", "m@example.org", "Administrator", "on").At(me)
	b.Open("/admin/audit?user=alice").Sees("Revert event")
	seq := newest(t, a, audit.UserChanged).Seq // one save is one row
	b.Sees("Role: user → administrator; name: Alice → Mallory; email: alice@example.org → m@example.org")
	b.Open(me)
	b.Follow(fmt.Sprintf("Revert event %d", seq)).Sees("Role", "admin", "user", "Mallory", "Alice", "alice@example.org")
	b.Submit("Revert", "Reason", "a mistake").At(me).Sees(fmt.Sprintf("Event %d has been reverted.", seq))
	if now := alice.Now(); now.Name != "Alice" || now.Email != "alice@example.org" || now.Role != "user" {
		t.Errorf("after the reverts: %+v", now)
	}
	row := audit.EncodeDetails(newest(t, a, audit.UserChanged).Details)
	if !strings.Contains(row, fmt.Sprintf(`"after":"event %d"`, seq)) {
		t.Errorf("the row does not say what it reverts: %s", row)
	}
	// Once more fits no longer.
	b.Open(fmt.Sprintf("/admin/audit/%d/revert", seq)).Is(http.StatusOK).Sees(fmt.Sprintf("Reverted by event %d.", newest(t, a, audit.UserChanged).Seq))
	if b.Has("Revert") {
		t.Error("the button is there")
	}
	b.Follow(fmt.Sprintf("event %d", newest(t, a, audit.UserChanged).Seq)).Is(http.StatusOK)
	b.Post(fmt.Sprintf("/admin/audit/%d/revert", seq)).Is(http.StatusConflict)
	var overtaken int64
	for _, name := range []string{"Alison", "Alice B"} {
		overtaken = newest(t, a, audit.UserChanged).Seq
		b.Open(me + "/edit")
		b.Submit("Save changes", "Name", name).At(me)
	}
	b.Open(fmt.Sprintf("/admin/audit/%d/revert", overtaken)).Is(http.StatusOK).Sees("has been changed again since")
}

// TestStory_RevertStates goes through the changes of a user's state.
func TestStory_RevertStates(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := signedIn(a)
	me := "/admin/users/" + alice.ID
	for _, step := range []struct {
		path  string
		event audit.Event
		holds func() bool
	}{
		{"/disable", audit.UserDisabled, func() bool { return !alice.Now().Disabled }},
		{"", audit.UserEnabled, func() bool { return alice.Now().Disabled }}, // of the revert before
		{"", audit.UserDisabled, func() bool { return !alice.Now().Disabled }},
		{"/delete", audit.UserDeleted, func() bool { return alice.Now().DeletedAt.IsZero() }},
		{"", audit.UserRestored, func() bool { return !alice.Now().DeletedAt.IsZero() }},
	} {
		if step.path == "/delete" {
			b.Post(me+step.path, "confirm_username", "alice").Is(http.StatusSeeOther)
		} else if step.path != "" {
			b.Post(me + step.path).Is(http.StatusSeeOther)
		}
		b.Open(fmt.Sprintf("/admin/audit/%d/revert", newest(t, a, step.event).Seq))
		b.Submit("Revert").At(me)
		if !step.holds() {
			t.Errorf("%s was not taken back", step.event)
		}
	}
}

// TestStory_RevertSettings takes settings back; a stricter policy is not for here.
func TestStory_RevertSettings(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := signedIn(a)
	b.Open("/admin/settings/sign-in")
	b.Submit("Save changes", "Minutes until an idle session ends", "240", "Longest session, in minutes", "2000").Sees("Check these changes")
	b.Submit("Save changes").Is(http.StatusOK)
	first := newest(t, a, audit.SettingsChanged).Seq
	b.Open(fmt.Sprintf("/admin/audit/%d/revert", first)).Sees("Minutes until an idle session ends", "240", "60")
	b.Submit("Revert").At("/admin/audit")
	if got := a.Site.Settings().Values()["session_idle"]; got != "60" {
		t.Errorf("session_idle is %s after the revert", got)
	}
	b.Open("/admin/settings/sign-in")
	b.Post("/admin/settings/sign-in/optional", "from", "everyone").Is(http.StatusSeeOther)
	b.Open(fmt.Sprintf("/admin/audit/%d/revert", newest(t, a, audit.SettingsChanged).Seq))
	b.Submit("Revert").Is(http.StatusConflict).Sees("They show who is affected before anything changes")
}

// TestRevert_OnlyWhatFits refuses what is not there, is of another kind, is against
// today's rules or is the visitor's own.
func TestRevert_OnlyWhatFits(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := signedIn(a)
	for _, seq := range []string{"0", "-1", "x", "999999", "1"} {
		b.Clone().Get("/admin/audit/" + seq + "/revert").Is(http.StatusNotFound)
	}
	login := newest(t, a, audit.LoginCode).Seq
	b.Clone().Get(fmt.Sprintf("/admin/audit/%d/revert", login)).Is(http.StatusNotFound)

	b.Open("/admin/users/" + alice.ID + "/edit")
	b.Submit("Save changes", "Username", "alicia")
	seq := newest(t, a, audit.UserChanged).Seq
	bob := a.AddUser("alice", apptest.NoAddress) // has the name by now
	b.Post(fmt.Sprintf("/admin/audit/%d/revert", seq)).Is(http.StatusConflict).Sees("The earlier values cannot be restored. That username is taken.")
	if bob.Now().Username != "alice" || alice.Now().Username != "alicia" {
		t.Error("names were mixed up")
	}

	// To take back that an administrator was enabled would be to disable oneself.
	a.Tx(func(tx *store.Tx) error {
		return tx.Audit(audit.Entry{At: a.Clock.Now(), Event: audit.UserEnabled, Result: audit.ResultOK, SubjectID: a.Admin.ID, SubjectName: "root-admin"})
	})
	b.Open(fmt.Sprintf("/admin/audit/%d/revert", newest(t, a, audit.UserEnabled).Seq)).Sees("You cannot disable yourself.")
	b.Post(b.Path).Is(http.StatusConflict)
}
