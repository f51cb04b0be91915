package bulk_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/bulk"
	"latchkey/internal/importer"
	"latchkey/internal/store"
	"latchkey/internal/userimport"
)

// listOf is a list of n people with names and addresses, and nothing else.
func listOf(n int) string {
	var file strings.Builder
	file.WriteString("username;name;email\n")
	for i := range n {
		fmt.Fprintf(&file, "person%d;Person %d;person%d@example.org\n", i, i, i)
	}
	return file.String()
}

// upload takes a file in, with the box ticked, and opens what was found.
func upload(b *apptest.Browser, content string) *apptest.Page {
	p := b.Upload("/admin/users/import", "file", "people.csv", content, "invite", "1")
	p.Is(http.StatusSeeOther)
	return b.Open(p.Header.Get("Location"))
}

func invitedEntries(t *testing.T, a *apptest.App) int {
	t.Helper()
	entries, err := a.DB.AuditEntries(t.Context(), store.AuditFilter{Event: audit.UserInvited, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// TestImport_InvitesWithoutMail prints the invitations of a list of people, once.
func TestImport_InvitesWithoutMail(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := a.Browser()
	b.SignIn(a.Admin)
	b.Open(b.Upload("/admin/users/import", "file", "people.csv", listOf(2)).Header.Get("Location")).
		Sees("No row in this file can be added", `use --invite, or tick "Invite people without a password"`)
	upload(b, listOf(2)+"off;;\nboss;;\n").Sees("4 users would be added", "4 users without a password will be invited", "Mail is not set up", "Will be invited.")
	b.Submit("Import 4 users").Sees("4 users were added.", "4 users cannot sign in yet because there is no password")
	b.Submit("Show 4 invitations").At("/admin/users/invitations").Sees("4 invitations", "Your invitation to Latchkey", "For Person 1. Your username is person1.",
		"Choose a password.", "Set up an authenticator app", "Works once, until", "Links these people were given earlier no longer work.")
	var links []string
	for _, text := range b.Doc().Find(".invitation .key").EachIter() {
		links = append(links, strings.TrimPrefix(text.Text(), a.URL))
	}
	if len(links) != 4 || invitedEntries(t, a) != 4 {
		t.Fatalf("%d links, %d audit rows", len(links), invitedEntries(t, a))
	}
	if strings.Contains(a.Files(), strings.TrimPrefix(links[0], "/invite/")) {
		t.Error("a link stands in the database")
	}
	b.Open("/admin/users/invitations").Sees("Invitations are shown once").SeesNot("/invite/")
	a.Browser().Get(links[3]).Redirects("/invite")
	a.Browser().Open(links[1]).Sees("Choose a password")
	// People who used theirs get no new one; the others do.
	a.Clock.Add(time.Minute)
	b.Open("/admin/users?status=invited")
	b.Post("/admin/users/bulk", "all", "1", "action", "print-invitations", "status", "invited").Sees("Print invitations for 4 users", "up to 100 at a time")
	b.Post("/admin/users/bulk", "all", "1", "action", "print-invitations", "status", "invited", "confirm", "1", "seen", "4").Redirects("/admin/users/invitations")
	b.Open("/admin/users/invitations").Sees("4 invitations")
	a.Browser().Get(links[1]).Is(http.StatusGone)
}

// TestImport_InvitesByMail mails the people who have an address, and prints the others, also
// when the server was killed between the two.
func TestImport_InvitesByMail(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	b := a.Browser()
	b.SignIn(a.Admin)
	upload(b, listOf(3)+"nomail;;\n").Sees("by email, or with a link to print where there is no address")
	b.Submit("Import 4 users").Sees("3 invitations by email.", "1 user without a password cannot be reached by email")
	if invitedEntries(t, a) != 0 {
		t.Error("invited within the import")
	}
	a.Restart()
	if err := bulk.Run(t.Context(), a.Site.Instance); err != nil {
		t.Fatal(err)
	}
	messages := a.Post()
	if len(messages) != 3 || invitedEntries(t, a) != 3 {
		t.Fatalf("%d messages, %d audit rows", len(messages), invitedEntries(t, a))
	}
	b.Follow("Check progress").Sees("Send invitations to 3 users", "Everyone an import added without a password")
	b.Open("/admin/users?status=invited")
	review := []string{"all", "1", "action", "invite", "status", "invited"}
	b.Post("/admin/users/bulk", review...).Sees("Send invitations to 3 users", "This user has no email address. Print the invitation instead.")
	b.Post("/admin/users/bulk", append(review, "confirm", "1", "seen", "4")...).Is(http.StatusSeeOther)
	if again := a.Post(); len(again) != 6 {
		t.Errorf("%d messages after sending again", len(again))
	}
}

// TestInvitations_ArePaced: so many wait to be sent and no more, and warnings go first.
func TestInvitations_ArePaced(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	in := userimport.Intake{Instance: a.Site.Instance, FileName: "people.csv", Invite: true}
	batch, err := in.Read(t.Context(), importer.Stream(strings.NewReader(listOf(1200))))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (userimport.Import{Instance: a.Site.Instance, Job: batch}).Together(t.Context(), audit.Entry{At: a.Clock.Now(), Result: audit.ResultOK, ActorName: "cli:test"}, false); err != nil {
		t.Fatal(err)
	}
	if err := in.Drop(batch); err != nil { // as the command does
		t.Fatal(err)
	}
	for sent := 0; sent < 1200; {
		if err := bulk.Run(t.Context(), a.Site.Instance); err != nil {
			t.Fatal(err)
		}
		waiting, err := a.DB.WaitingInvitations()
		if err != nil || waiting == 0 || waiting > 500 {
			t.Fatalf("%d invitations wait, %v", waiting, err)
		}
		sent = len(a.Post())
	}
	if b, err := a.DB.BulkJob(batch.ID); err != nil || b.Changed != 1200 {
		t.Errorf("%+v, %v", b, err)
	}
	if err := bulk.Run(t.Context(), a.Site.Instance); err != nil {
		t.Fatal(err)
	}
	if b, err := a.DB.BulkJob(batch.ID); err != nil || b.State != store.BulkDone {
		t.Errorf("%+v, %v", b, err)
	}
}

// TestInvitations_InPieces prints more than a page has.
func TestInvitations_InPieces(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := a.Browser()
	b.SignIn(a.Admin)
	upload(b, listOf(230))
	b.Submit("Import 230 users")
	b.Submit("Show the first 100 invitations").Sees("Invitations 1 to 100 of 230")
	b.Submit("Show the next 100").Sees("Invitations 101 to 200 of 230")
	b.Submit("Show the last 30").Sees("Invitations 201 to 230 of 230")
	if n := invitedEntries(t, a); n != 230 {
		t.Errorf("%d audit rows", n)
	}
	b.Post("/admin/users/invitations", "import", "x").Is(http.StatusNotFound)
	b.Post("/admin/users/invitations", "import", "x", "filter", "y").Is(http.StatusBadRequest)
	b.Post("/admin/users/invitations").Is(http.StatusBadRequest)
	b.Post("/admin/users/invitations", "filter", "status=king").Is(http.StatusBadRequest)
}

// TestInvitations_AreOfThoseAdded: a user who took over a name from the file is not
// invited with those whom the import added.
func TestInvitations_AreOfThoseAdded(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := a.Browser()
	b.SignIn(a.Admin)
	upload(b, listOf(2))
	report := b.Submit("Import 2 users").Sees("2 users cannot sign in yet").Path
	a.Clock.Add(time.Minute)
	b.Open("/admin/users?q=person1")
	b.Follow("Person 1")
	b.Follow("Edit")
	b.Submit("Save changes", "Username", "renamed").Sees("Password changed Never")
	a.AddUser("person1", apptest.Invited, apptest.NoAddress)
	b.Open(report).Sees("1 user cannot sign in yet")
	b.Submit("Show 1 invitation").Sees("Your username is person0").SeesNot("person1")
}

// TestStanding_SaysWhetherThereIsAnInvitation: an invitation that is over and none at
// all are two things.
func TestStanding_SaysWhetherThereIsAnInvitation(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	none, some := a.AddUser("none", apptest.Invited), a.AddUser("some", apptest.Invited)
	some.Link(store.PurposeInvite)
	b := a.Browser()
	look := func(u *apptest.User, tag, words, button string) {
		t.Helper()
		if row := b.Open("/admin/users?q=" + u.Username).Doc().Find("tbody").Text(); !strings.Contains(row, tag) {
			t.Errorf("%s in the list: %q, want %q", u.Username, row, tag)
		}
		b.Open("/admin/users/"+u.ID).Sees(tag, words, button)
	}
	b.SignIn(a.Admin)
	look(none, "No invitation", "Not invited yet", "Send invitation")
	look(some, "Invited", "The invitation works until", "Send invitation again")
	a.Clock.Add(8 * 24 * time.Hour)
	b.SignIn(a.Admin)
	look(none, "No invitation", "Not invited yet", "Send invitation")
	look(some, "Invitation expired", "", "Send invitation again")
	b.Open("/admin/users?status=expired").Sees("2 users: invitation expired or none")
}
