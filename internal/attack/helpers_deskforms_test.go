package attack

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
	"latchkey/internal/stream"
	"latchkey/views"
)

// atTheDoor are the forms of people who are not signed in yet.
func (d *desk) atTheDoor(t *testing.T) []form {
	cody, rex, rita, whit := d.AddUser("cody"), d.AddUser("rex"), d.AddUser("rita"), d.AddUser("whit")
	nell, ivan := d.AddUser("nell", apptest.NoPhone), d.AddUser("ivan", apptest.Invited)
	nobody, enrolling, invited, reset := d.Browser(), d.Browser(), d.Browser(), d.Browser()
	enrolling.Password(nell)
	key, enrollment := enrolment(t, enrolling)
	invited.Get(ivan.Link(store.PurposeInvite))
	reset.Get(rita.Link(store.PurposePassword))
	return append(d.follows(), []form{
		{"/login", nobody, []string{"username", "cody", "password", cody.Password, "next", "/security"}, []string{"next"}, true},
		{"/login/with-code", d.Browser(), []string{"username", "whit", "password", whit.Password, "code", whit.Code(), "recovery_code", "", "use", "", "next", "/security"}, []string{"recovery_code", "use", "next"}, true},
		{"/login/code", halves(d.App, cody, 1)[0], []string{"code", cody.CodeAt(1), "remember", ""}, []string{"remember"}, true},
		{"/login/recovery", halves(d.App, rex, 1)[0], []string{"recovery_code", rex.Codes[0]}, nil, true},
		{"/login/cancel", d.Browser(), nil, nil, false},
		{"/logout", d.Browser(), nil, nil, false},
		{"/invite", invited, []string{"new_password", newPassword}, nil, true},
		{"/reset", reset, []string{"new_password", newPassword}, nil, true},
		{"/login/lost-phone", halves(d.App, d.AddUser("lou"), 1)[0], []string{"message", "gone", "contact", "at the door"}, nil, false},
		{"/lost-phone/cancel", d.followed("cal", store.PurposeCancel), nil, nil, false},
		{"/lost-phone/new", d.followed("phil", store.PurposePhone), []string{"password", apptest.Password}, nil, true},
		{"/security/authenticators/new", enrolling, []string{"enrollment", enrollment, "label", "Phone", "code", d.CodeFor(key)}, nil, true},
	}...)
}

// inside are the forms of somebody who is signed in.
func (d *desk) inside(t *testing.T) []form {
	t.Helper()
	alice, b := d.AddUser("alice"), d.Browser()
	d.alice = alice
	b.SignIn(alice)
	mine, err := d.DB.Authenticators(alice.ID)
	if err != nil {
		t.Fatal(err)
	}
	one := "/security/authenticators/" + mine[0].ID
	other, err := d.DB.Sessions(alice.ID, d.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return []form{
		{"/profile/edit", b, []string{"name", "Alicia", "email", "alicia@example.org"}, []string{"name", "email"}, false},
		{one + "/rename", b, []string{"label", "Tablet"}, nil, false},
		{"/security/browsers/" + d.remembered(alice) + "/forget", b, nil, nil, false},
		{"/security/recovery-codes/try", b, []string{"recovery_code", alice.Codes[2]}, nil, true},
		{"/security/recovery-codes/new", b, nil, nil, false},
		{"/security/recovery-codes", b, []string{"saved", "1"}, []string{"saved"}, false},
		{"/applications/" + addApp(d.TB, d.App, "mine", "everyone") + "/sign-out", b, nil, nil, false},
		{"/security/sessions/end-others", b, nil, nil, false},
		{"/confirm", b, []string{"password", alice.Password, "code", alice.CodeAt(1), "next", "/security"}, []string{"next"}, true},
		{"/security/password", b, []string{"current_password", alice.Password, "new_password", newPassword}, nil, true},
		{one + "/remove", b, nil, nil, false},
		{"/security/sessions/" + other[0].ID + "/end", b, nil, nil, false},
	}
}

// ofAdministrators are the forms of the administration.
func (d *desk) ofAdministrators() []form {
	d.TB.Helper()
	noted, browsing := d.AddUser("nora"), d.AddUser("bea")
	d.Tx(func(tx *store.Tx) error {
		if _, err := tx.AddNote(store.Note{ID: "note", UserID: noted.ID, Text: "x"}); err != nil {
			return err
		}
		now := d.Clock.Now() // signing in would move the clock
		for _, id := range []string{"theirs", "with-apps"} {
			if err := tx.AddSession(store.Session{
				IDHash: id, ID: id, UserID: browsing.ID, CredVersion: 1, Created: now, LastSeen: now, IdleUntil: now.Add(time.Hour), Ends: now.Add(time.Hour),
			}); err != nil {
				return err
			}
		}
		return nil
	})
	b := d.Browser()
	b.SignIn(d.Admin)
	batch := strings.TrimPrefix(b.Upload(importPath, "file", "users.csv", csv("imogen")).Header.Get("Location"), importPath+"?batch=")
	user := func(name string, traits ...apptest.Trait) string {
		return "/admin/users/" + d.AddUser(name, traits...).ID
	}
	edited, deleted := d.AddUser("edith"), d.AddUser("dora")
	d.Tx(func(tx *store.Tx) error { _, err := tx.Delete(true, deleted.ID, d.Clock.Now()); return err })
	asking := d.AddUser("asta")
	d.request(asking)
	b.Post("/admin/users/bulk", "user", d.AddUser("bert").ID, "action", "disable", "confirm", "1", "seen", "1", "reason", "left")
	undo := b.Open("/admin/users").Doc().Find("form[action$='/undo']").AttrOr("action", "")
	b.Post(user("rev")+"/disable", "reason", "left")
	revert := b.Open("/admin/audit").Doc().Find("a[href$='/revert']").AttrOr("href", "")
	hook := d.stream(stream.Wish{Kind: stream.Webhook, Name: "hook", URL: "http://127.0.0.1:9/hook"})
	hub := d.stream(stream.Wish{Kind: stream.EventHubs, Name: "hub", Connection: streamConnection})
	why := func(reason string) []string { return []string{"reason", reason} }
	free := []string{"reason"}
	b.Upload(logoPath, "logo", "x.png", picture(d.TB, 20, 20)).Redirects(generalPath)
	b.Get(generalPath) // its message is seen
	return []form{
		{importPath, b, []string{"batch", batch, "import", "all"}, nil, false},
		{views.InvitationsPath, b, []string{"filter", d.invited(), "place", "1", "done", "1"}, nil, false},
		{"/admin/users/new", b, []string{"username", "carl", "name", "Carl", "email", "carl@example.org", "role", "user", "first_sign_in", "link"}, []string{"name", "email"}, false},
		{"/admin/users/" + edited.ID + "/edit", b, []string{"username", "editha", "name", "Editha", "email", "editha@example.org", "role", "admin", "version", fmt.Sprint(edited.Now().Version)}, []string{"name", "email"}, false},
		{user("dina") + "/disable", b, why("left"), free, false},
		{user("dave", apptest.Disabled) + "/enable", b, why("back"), free, false},
		{user("del") + "/delete", b, []string{"reason", "left", "confirm_username", "del"}, free, false},
		{"/admin/users/" + deleted.ID + "/restore", b, why("back"), free, false},
		{user("ulf") + "/unlock", b, why("called"), free, false},
		{user("sam") + "/sign-out", b, why("lost laptop"), free, false},
		{user("rosa") + "/reset-two-step", b, why("lost phone"), nil, false},
		{user("lin") + "/password-link", b, []string{"reason", "forgot", "how", "link"}, []string{"reason", "how"}, false},
		{"/admin/requests/" + asking.ID, b, []string{"decision", "refuse", "reason", "not them"}, nil, false},
		{"/admin/requests/approvals/" + d.approval(), b, []string{"decision", "refuse", "reason", "not them"}, nil, false},
		{user("norman") + "/notes", b, []string{"note", "on leave"}, nil, false},
		{"/admin/users/" + noted.ID + "/notes/note/delete", b, nil, nil, false},
		{"/admin/users/" + browsing.ID + "/sessions/theirs/end", b, nil, nil, false},
		{user("viv") + "/view-as", b, why("called"), nil, false},
		{"/viewing/end", b, nil, nil, false},
		{strings.TrimSuffix(undo, "/undo") + "/cancel", b, nil, nil, false},
		{undo, b, nil, nil, false},
		{revert, b, why("came back"), free, false},
		{"/admin/settings/general", b, []string{
			"instance_name", "Home", "contact_name", "IT desk", "contact_phone", "+44 20 7946 0000", "contact_link", "help@example.com",
			"help_text", "Room 17", "privacy_text", "Little", "accent", "#0000a0"}, nil, false},
		{"/admin/settings/general/logo/remove", b, nil, nil, false},
		{"/admin/backups", b, []string{"every", "6h", "at", "04:30", "keep", "7", "recipients", ""}, []string{"every", "at", "keep", "recipients"}, false},
		{"/admin/streams/new", b, []string{"kind", "webhook", "name", "monitoring", "url", "http://127.0.0.1:9/hook", "secret", streamKey, "content", "lean", "events", "login.code"}, []string{"secret", "events"}, false},
		{"/admin/streams/" + hook + "/edit", b, []string{"name", "mended", "url", "http://127.0.0.1:9/hook", "secret", streamKey, "content", "lean", "events", "login.code", "version", "1"}, []string{"url", "secret", "events"}, false},
		{"/admin/streams/" + hub + "/edit", b, []string{"name", "hub", "connection", streamConnection, "partition", "1", "content", "full", "version", "1"}, []string{"connection", "partition"}, false},
		{"/admin/streams/" + hook + "/test", b, nil, nil, false},
		{"/admin/streams/" + hook + "/pause", b, nil, nil, false},
		{"/admin/streams/" + hook + "/resume", b, nil, nil, false},
		{"/admin/streams/" + hook + "/new-key", b, nil, nil, false},
		{"/admin/streams/" + hook + "/again", b, nil, nil, false},
		{"/admin/streams/" + hook + "/again/1", b, nil, nil, false},
		{"/admin/streams/" + d.stream(stream.Wish{Kind: stream.File, Name: "away"}) + "/delete", b, nil, nil, false},
		{"/admin/groups/new", b, []string{"name", "night-shift", "label", "Night shift"}, []string{"label"}, false},
		{"/admin/groups/" + d.group("edited") + "/edit", b, []string{"label", "Edited", "version", "1"}, []string{"label"}, false},
		{"/admin/groups/" + d.group("filled") + "/members", b, []string{"user", strings.TrimPrefix(user("joiner"), "/admin/users/"), "action", "add", "confirm", "1", "version", "1"}, []string{"action", "version"}, false},
		{"/admin/groups/" + d.group("deleted") + "/delete", b, []string{"version", "1"}, nil, false},
		{"/admin/applications/new", b, []string{"slug", "notes", "name", "Notes", "host", "notes.example.com", "access", "groups", "group", d.group("writers"), "public", "/assets/", "launch_url", "https://notes.example.com/x", "proof_minutes", "15"}, []string{"group", "public", "launch_url", "proof_minutes"}, false},
		{"/admin/applications/" + addApp(d.TB, d.App, "edited", "everyone") + "/edit", b, []string{"name", "Edited", "host", "edited.example.com", "access", "groups", "group", d.group("editors"), "public", "/a/", "launch_url", "https://edited.example.com/x", "proof_minutes", "15", "version", "1"}, []string{"group", "public", "launch_url", "proof_minutes"}, false},
		{"/admin/applications/" + addApp(d.TB, d.App, "closing", "everyone") + "/disable", b, []string{"version", "1"}, nil, false},
		{"/admin/applications/" + disabledApp(d.TB, d.App, "opening") + "/enable", b, []string{"version", "2"}, nil, false},
		{"/admin/applications/" + addApp(d.TB, d.App, "dropped", "everyone") + "/delete", b, []string{"version", "1"}, nil, false},
		{"/admin/applications/" + d.opened("with-apps", "open-one") + "/sessions/open-one/end", b, nil, nil, false},
		{"/admin/users/" + browsing.ID + "/applications/" + d.opened("with-apps", "open-two") + "/end", b, nil, nil, false},
		{"/admin/checklist", b, []string{"item", "backups"}, nil, false},
		{"/admin/settings/sign-in", b, []string{"two_step", "administrators", "password_min", "20", "session_idle", "10", "session_max", "20"}, nil, false},
	}
}
