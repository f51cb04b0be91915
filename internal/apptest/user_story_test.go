package apptest_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"latchkey/internal/account/explain"
	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/store"
)

// TestStory_UserPage disables somebody with a reason, writes a note, signs one browser
// out, and reads all of it on the user's page.
func TestStory_UserPage(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	laptop, phone := a.Browser(), a.Browser()
	laptop.SignIn(alice)
	a.Clock.Add(time.Minute)
	phone.SignIn(alice)
	b := signedIn(a)
	me := "/admin/users/" + alice.ID
	b.Open(me).Sees("Help with signing in", "Notes", "Danger zone", "Where Alice is signed in")
	first := b.Doc().Find(".actions").First().Find("a.btn")
	if first.Length() != 1 || first.Text() != "Edit" || first.HasClass("quiet") {
		t.Errorf("the first action is %q", first.Text())
	}

	b.Submit("Add note", "Add a note", "").Is(http.StatusUnprocessableEntity)
	if got := b.Error("Add a note"); got != "Enter a note" {
		t.Errorf("an empty note: %q", got)
	}
	b.Submit("Add note", "Add a note", strings.Repeat("é", 501)).Is(http.StatusUnprocessableEntity).Sees("Note must be 500 characters or fewer")
	b.Submit("Add note", "Add a note", "Back in June.\r\nKeep <b>everything</b>.").At(me).Sees("Back in June. Keep <b>everything</b>.", "root-admin", "root-admin changed the notes about alice")
	if got := b.Doc().Find("#notes ~ ul .data").Text(); got != "Back in June.\nKeep <b>everything</b>." {
		t.Errorf("the note reads %q", got)
	}
	if got := newest(t, a, audit.UserChanged).Details; !slices.Contains(got, audit.Detail{Name: "notes", After: "Back in June. Keep <b>everything</b>."}) {
		t.Errorf("the row of the note: %v", got)
	}
	laptop.Open("/profile/data.json").Is(http.StatusOK)
	if !strings.Contains(laptop.Body, "Back in June.") {
		t.Error("the copy of her data lacks the note")
	}
	laptop.Open("/security/activity").Sees("An administrator changed the notes about you").SeesNot("Back in June")
	b.Open(me)
	b.Follow("Delete the note “Back in June. Keep <b>everything</b>.”").Sees("Delete this note", "Back in June.")
	b.Submit("Delete note").At(me).Sees("The note has been deleted.", "Notes")

	sessions, err := a.DB.Sessions(alice.ID, a.Clock.Now())
	if err != nil || len(sessions) != 2 {
		t.Fatalf("%d sessions, %v", len(sessions), err)
	}
	slices.SortFunc(sessions, func(a, b store.Session) int { return a.Created.Compare(b.Created) })
	b.Post(me + "/sessions/" + sessions[0].ID + "/end").Redirects(me)
	b.Open(me).Sees("Alice is signed out of Firefox on Linux.", "root-admin signed out one of alice’s browsers: Firefox on Linux")
	if laptop.SignedInAs(alice) || !phone.SignedInAs(alice) {
		t.Error("not the one browser was signed out")
	}

	b.Open(me)
	b.Follow("Disable Alice")
	b.Submit("Disable", "Reason", "on parental leave").At(me).Sees("Disabled by Root-admin on 2 March 2026: on parental leave.").SeesNot("Enable the account")
	b.Follow("Why can’t Alice sign in?").Sees("Why can’t Alice sign in?", "The account is disabled.",
		"Root-admin disabled this user on 2 March 2026: on parental leave. Nothing else blocks sign-in.", "Ten other checks pass", "What to tell Alice")
	b.Follow("Enable the account")
	b.Submit("Enable").At(me).SeesNot("Disabled by")
}

// TestStory_ExplainAnswers goes through what keeps people out, and reads the same from
// the page and from what the command prints.
func TestStory_ExplainAnswers(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := signedIn(a)
	answer := func(u *apptest.User, want, reason string) *apptest.Page {
		t.Helper()
		e, err := explain.Of(a.Site.Instance, u.Now(), a.Clock.Now())
		if err != nil || e.Answer() != want || !strings.Contains(e.Reason().String(), reason) {
			t.Errorf("%s: %q, %q, %v", u.Username, e.Answer(), e.Reason(), err)
		}
		return b.Open("/admin/users/"+u.ID+"/explain").Sees(want, reason)
	}
	long := strings.Repeat("long and lovely ", 5) // 80 bytes
	hash, err := bcrypt.GenerateFromPassword([]byte(long[:72]), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	old := a.AddUser("old", apptest.Hashed(string(hash)), apptest.NoPhone)
	answer(old, "Nothing blocks sign-in.", "")
	guest := a.Browser()
	guest.Open("/login")
	guest.Submit("Sign in", "Username or email", "old", "Password", long).Is(422).Sees("Check your username and password").SeesNot("72")
	answer(old, "The password is too long.", "is longer than 72 bytes. The imported password is stored with bcrypt").Sees("Send password link", "Wrong password: longer than the 72 bytes")

	ida := a.AddUser("ida", apptest.Invited)
	answer(ida, "This user has not been invited yet.", "There is no password")
	b.Open("/admin/users/" + ida.ID).Sees("Not invited yet")
	b.Follow("Send invitation")
	b.Submit("Show the link")
	answer(ida, "The invitation has not been used yet.", "Root-admin made the invitation on 2 March 2026. It works until ")
	b.Open("/admin/users/"+ida.ID).Sees("Invited by Root-admin on 2 March 2026. The invitation works until ", "Send invitation again")
	a.Clock.Add(15 * 24 * time.Hour)
	b = signedIn(a)
	answer(ida, "The invitation has expired.", "It was never used and no longer works.")
	b.Open("/admin/users/" + ida.ID).Sees("The invitation expired on ")

	alice := a.AddUser("alice")
	in := a.Browser()
	in.SignIn(alice)
	in.Open("/security/not-me")
	in.Submit("Sign out everywhere")
	answer(alice, "The password is closed.", "Alice said “This was not me” on ").Sees("Send password link")
	b.Open("/admin/users/" + alice.ID).Sees("Alice said “This was not me” on ")
}

// TestStory_ExplainANameThatNobodyHas asks for somebody who is still in a file.
func TestStory_ExplainANameThatNobodyHas(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := signedIn(a)
	b.Open("/admin/users/explain").Sees("Why can’t somebody sign in?")
	b.Submit("Explain", "Username or email", "newuser").Sees("Why can’t newuser sign in?", "No user has this name.")
	review := b.Upload("/admin/users/import", "file", "people.csv", "username,name,password_hash\nnewuser,New,\""+apptest.Cost.Hash("x")+"\"\nbad,Bad,nonsense\n")
	b.Open(review.Header.Get("Location"))
	b.Open("/admin/users/explain?user=NewUser").Sees("Not imported yet.", "Row 2 of “people.csv” has the name. root-admin checked the file on 2 March 2026, but has not imported it.")
	b.Follow("Open the import").Sees("people.csv")
	b.Open("/admin/users/explain?user=bad").Sees("The import refused this name.", "Row 3 of “people.csv” was refused:")
	other := a.Browser()
	other.SignIn(a.AddUser("grace", apptest.Administrator))
	other.Open("/admin/users/explain?user=newuser").Sees("Not imported yet.").SeesNot("Open the import")
	b.Open("/admin/users/explain?user=root-admin").At("/admin/users/" + a.Admin.ID + "/explain")
	b.Open("/admin/users/explain?user=" + strings.Repeat("x", 300)).Sees("No user has this name.")
	b.Open("/admin/users/explain?user=%3Cb%3E").Sees("“<b>”")
}

// TestStory_OverviewFoldsBulkChanges disables some users at once and finds one line.
func TestStory_OverviewFoldsBulkChanges(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := signedIn(a)
	sent := []string{"action", "disable", "confirm", "1", "seen", "12", "reason", "left"}
	for _, name := range strings.Fields("u1 u2 u3 u4 u5 u6 u7 u8 u9 ua ub uc") {
		sent = append(sent, "user", a.AddUser(name).ID)
	}
	b.Post("/admin/users/bulk", sent...)
	b.Open("/admin").Sees("root-admin disabled 12 users", "Signed in with password and code", "Bulk change")
	if n := strings.Count(b.Text(), "root-admin disabled"); n != 1 {
		t.Errorf("%d lines about one bulk change", n)
	}
	all, err := a.DB.Headlines(t.Context(), 50)
	if err != nil || slices.ContainsFunc(all, func(e audit.Entry) bool { return e.Event == audit.UserDisabled }) {
		t.Errorf("headlines have single users: %v", err)
	}
	u, err := a.DB.UserByName("u1")
	if err != nil {
		t.Fatal(err)
	}
	b.Open("/admin/users/"+u.ID).Sees("root-admin disabled u1", "“left”", "Disabled by Root-admin on 2 March 2026: left.")
	entries, err := a.DB.AuditEntries(t.Context(), store.AuditFilter{Subject: u.ID, Limit: 9})
	if err != nil || len(entries) != 1 {
		t.Errorf("%d rows about u1, %v", len(entries), err)
	}
}
