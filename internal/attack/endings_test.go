package attack

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/account"
	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/instance"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// endScene is an administrator of whom one of everything is there that could end.
type endScene struct {
	*apptest.App
	t *testing.T
	// u is who it happens to, boss does what administrators do.
	u    *apptest.User
	boss *apptest.Browser
	// here is the session in which u acts, other another one.
	here, other *apptest.Browser
	otherID     string
	old         string // the token of here
	key         []byte // of the app that is being set up here, under enrolment
	enrolment   string
	password    string // the link
	phone       string // the link
}

// lay puts one of everything there. The request for a lost phone is open or approved.
func lay(t *testing.T, approved bool) *endScene {
	t.Helper()
	a := apptest.Start(t, apptest.Options{})
	s := &endScene{App: a, t: t, u: a.AddUser("ursula", apptest.Administrator), boss: signedInAs(a, a.Admin)}
	s.here = signedInAs(a, s.u)
	s.other = signedInAs(a, s.u)
	all, err := a.DB.Sessions(s.u.ID, a.Clock.Now())
	if err != nil || len(all) != 2 {
		t.Fatal(len(all), err)
	}
	s.otherID = all[slices.IndexFunc(all, func(x store.Session) bool { return x.ID != sessionID(t, a, s.here) })].ID
	a.Browser().Password(s.u)
	s.key, s.enrolment = enrolment(t, s.here)
	s.old = s.here.Session()
	now, id := a.Clock.Now(), s.u.ID
	helped := a.AddUser("hal")
	a.Tx(func(tx *store.Tx) error {
		q := store.Request{ID: "lost", UserID: id, Made: now, Opens: now, Ends: now.Add(24 * time.Hour)}
		h := store.Request{ID: "helped", UserID: helped.ID, Made: now, Opens: now, Ends: now.Add(24 * time.Hour)}
		one := store.Browser{TokenHash: "known", UserID: id, ID: "known", Created: now, LastUsed: now, Ends: now.Add(time.Hour)}
		two := one
		two.TokenHash, two.ID = "remembered", "remembered"
		batch := store.BulkJob{ID: "changes", Action: "disable", ActorID: id, ActorName: s.u.Username, Total: 1, Began: now}
		in := store.ImportJob{ID: "runs", Owner: id, Format: "csv", FileName: "a.csv", ActorName: s.u.Username, Created: now, Changed: now, Ends: now.Add(time.Hour)}
		waits := in
		waits.ID = "waits"
		var errs []error
		note := func(_ any, err error) { errs = append(errs, err) }
		note(tx.AddRequest(q))
		note(tx.AddRequest(h))
		note(tx.ApproveFirst("helped", id, s.u.Username))
		if approved {
			q.Decided, q.DecidedID = now, a.Admin.ID
			note(tx.Decide("lost", store.RequestApproved, q))
		}
		errs = append(errs, tx.SaveBrowser(one), tx.SaveBrowser(two), tx.Remember("remembered", "validator", id, now.Add(time.Hour)),
			tx.SetPendingEmail(id, "new@example.net"), tx.AddBulkJob(batch), tx.AddImport(in))
		note(tx.ImportRead(in))
		note(tx.StartImport(in, now))
		errs = append(errs, tx.AddImport(waits))
		note(tx.ImportRead(waits))
		for _, err := range errs {
			if err != nil {
				return err
			}
		}
		return nil
	})
	s.password, s.phone = s.u.Link(store.PurposePassword), s.u.LinkAbout(store.PurposePhone, "lost")
	for p, about := range map[store.Purpose]string{store.PurposeEmail: "new@example.net", store.PurposeNotMe: "", store.PurposeCancel: "lost"} {
		s.u.LinkAbout(p, about)
	}
	return s
}

// sessionID is the public id of a browser's session.
func sessionID(t *testing.T, a *apptest.App, b *apptest.Browser) (id string) {
	t.Helper()
	if err := open(t, a).QueryRow(`SELECT id FROM sessions WHERE id_hash = $1`, secret.HashToken(b.Session())).Scan(&id); err != nil {
		t.Fatal(err)
	}
	return id
}

// left is what is there of each kind, and whether the links are that only take something
// back.
func (s *endScene) left() map[instance.Kind]int {
	count := func(query string, args ...any) int { return number(s.t, s.App, query, args...) }
	id := s.u.ID
	all := map[instance.Kind]int{
		"sessions":            count(`SELECT count(*) FROM sessions WHERE id = $1`, s.otherID),
		"pending sign-ins":    count(`SELECT count(*) FROM pending_sign_ins WHERE user_id = $1 AND link_hash = ''`, id),
		"known browsers":      count(`SELECT count(*) FROM browsers WHERE id = 'known'`),
		"remembered browsers": count(`SELECT count(*) FROM browsers WHERE id = 'remembered' AND remembered_until > 0`),
		"links to sign in":    count(`SELECT count(*) FROM links WHERE user_id = $1 AND token_hash = $2`, id, secret.HashToken(strings.TrimPrefix(s.password, "/reset/"))),
		"address to confirm":  count(`SELECT (SELECT count(*) FROM links WHERE user_id = $1 AND purpose = 'email') + (SELECT count(*) FROM users WHERE id = $1 AND email_pending <> '')`, id),
		"app being set up":    count(`SELECT count(*) FROM pending_authenticators WHERE user_id = $1`, id),
		"bulk changes":        count(`SELECT count(*) FROM batches WHERE id = 'changes' AND state = 'running'`),
		"imports":             count(`SELECT count(*) FROM import_batches WHERE owner_id = $1 AND state IN ('running', 'ready')`, id),
		"approvals given":     count(`SELECT count(*) FROM requests WHERE id = 'helped' AND first_id = $1`, id),
	}
	if n := count(`SELECT count(*) FROM links WHERE user_id = $1 AND purpose IN ('not-me', 'cancel')`, id); n != 2 {
		s.t.Errorf("%d of the two links are left that only take something back", n)
	}
	return all
}

// requestLeft is how much there is of the request for a lost phone and of its link.
func (s *endScene) requestLeft() int {
	return number(s.t, s.App, `SELECT (SELECT count(*) FROM requests WHERE id = 'lost' AND status IN ('open', 'approved'))
		+ (SELECT count(*) FROM links WHERE user_id = $1 AND purpose = 'phone')`, s.u.ID)
}

// byBoss is a form of the administrator's about the user.
func byBoss(kind string, fields ...string) func(*endScene) {
	return func(s *endScene) {
		s.boss.Post("/admin/users/"+s.u.ID+"/"+kind, fields...).Is(http.StatusSeeOther)
	}
}

// inBulk is the same for several users.
func inBulk(kind string) func(*endScene) {
	return func(s *endScene) {
		s.boss.Post("/admin/users/bulk", "user", s.u.ID, "action", kind, "confirm", "1", "reason", "left").Is(http.StatusSeeOther)
	}
}

// byCommand is what latchkey user does.
func byCommand(do func(account.Action, user.User) error) func(*endScene) {
	return func(s *endScene) {
		s.Tx(func(tx *store.Tx) error {
			return do(account.Action{Instance: s.Site.Instance, Tx: tx, By: audit.Entry{At: s.Clock.Now(), ActorName: "cli:root"}}, s.u.Now())
		})
	}
}

// was puts the user into a state beforehand, past everything that would end something.
func was(change func(tx *store.Tx, s *endScene) (store.Outcome, error), then func(*endScene)) func(*endScene) {
	return func(s *endScene) {
		s.Tx(func(tx *store.Tx) error { _, err := change(tx, s); return err })
		then(s)
	}
}

// ways are how each cause comes about in the program.
func ways() map[instance.Cause][]func(*endScene) {
	disabled := func(tx *store.Tx, s *endScene) (store.Outcome, error) { return tx.Disable(true, s.u.ID) }
	deleted := func(tx *store.Tx, s *endScene) (store.Outcome, error) { return tx.Delete(true, s.u.ID, s.Clock.Now()) }
	return map[instance.Cause][]func(*endScene){
		instance.CauseOwnPassword: {func(s *endScene) {
			s.here.Post("/security/password", "current_password", s.u.Password, "new_password", newPassword).Redirects("/security")
		}},
		instance.CauseOwnAppAdded: {func(s *endScene) {
			s.here.Post("/security/authenticators/new", "enrollment", s.enrolment, "label", "Tablet", "code", s.CodeFor(s.key)).Redirects("/security")
		}},
		instance.CauseOwnAppRemoved: {func(s *endScene) {
			id := secret.ID()
			s.Tx(func(tx *store.Tx) error {
				return tx.AddAuthenticator(store.Authenticator{ID: id, UserID: s.u.ID, Label: "Old", Sealed: "x", Created: s.Clock.Now()})
			})
			s.here.Post("/security/authenticators/" + id + "/remove").Redirects("/security")
		}},
		instance.CauseOwnCodes:    {func(s *endScene) { s.here.Post("/security/recovery-codes/new").Redirects("/security/recovery-codes") }},
		instance.CauseOwnSignOut:  {func(s *endScene) { s.here.Post("/logout").Is(http.StatusSeeOther) }},
		instance.CauseOwnSignOuts: {func(s *endScene) { s.here.Post("/security/sessions/end-others").Redirects("/security") }},
		instance.CauseAddress: {
			func(s *endScene) {
				s.here.Post("/profile/edit", "name", "Ursula", "email", "other@example.net").Redirects("/profile")
			},
			func(s *endScene) {
				byBoss("edit", "username", "ursula", "name", "Ursula", "email", "other@example.net", "role", "admin", "version", fmt.Sprint(s.u.Now().Version))(s)
			},
		},
		instance.CausePasswordByLink: {func(s *endScene) {
			b := s.Browser()
			b.Get(s.password)
			b.Post("/reset", "new_password", newPassword).Redirects("/login?notice=password-changed")
		}},
		instance.CauseNewPhone: {func(s *endScene) {
			b := s.Browser()
			b.Get(s.phone)
			b.Post("/lost-phone/new", "password", s.u.Password).Redirects("/security/authenticators/new")
			key, id := enrolment(s.t, b)
			b.Post("/security/authenticators/new", "enrollment", id, "label", "New", "code", s.CodeFor(key)).Is(http.StatusSeeOther)
		}},
		instance.CauseNotMe: {func(s *endScene) { s.here.Post("/security/not-me", "notice", "").Is(http.StatusSeeOther) }},
		instance.CauseOwnDeletion: {func(s *endScene) {
			s.Set("delete_self", "yes")
			s.here.Post("/profile/delete", "confirm_username", "ursula").Is(http.StatusSeeOther)
		}},
		instance.CauseDisabled: {byBoss("disable", "reason", "left"), inBulk("disable"), byCommand(account.Action.Disable)},
		instance.CauseDeleted:  {byBoss("delete", "reason", "left", "confirm_username", "ursula"), inBulk("delete"), byCommand(account.Action.Delete)},
		instance.CauseRoleChanged: {
			func(s *endScene) {
				byBoss("edit", "username", "ursula", "name", "Ursula", "email", s.u.Email, "role", "user", "version", fmt.Sprint(s.u.Now().Version))(s)
			},
			byCommand(func(a account.Action, u user.User) error { return a.SetRole(u, user.RoleUser) }),
		},
		instance.CauseTwoStepReset: {byBoss("reset-two-step", "reason", "lost phone"), byCommand(account.Action.ResetTwoStep)},
		instance.CauseSignedOut:    {byBoss("sign-out", "reason", "lost laptop"), inBulk("sign-out"), byCommand(account.Action.SignOut)},
		instance.CauseLinkMade:     {byBoss("password-link", "reason", "forgot", "how", "link"), byCommand(func(a account.Action, u user.User) error { _, err := a.PasswordLink(u); return err })},
		instance.CauseMustEnrol:    {inBulk("require-enrolment")},
		instance.CauseEnabled:      {was(disabled, byBoss("enable", "reason", "back"))},
		instance.CauseRestored:     {was(deleted, byBoss("restore", "reason", "back"))},
		instance.CauseUnlocked:     {byBoss("unlock", "reason", "called")},
	}
}

// TestSE08_WhatEndsWhen goes through the table: every cause, in every way it comes about,
// and every kind of thing that could end.
func TestSE08_WhatEndsWhen(t *testing.T) {
	t.Parallel()
	all := ways()
	for _, row := range instance.Endings() {
		if len(all[row.Cause]) == 0 {
			t.Errorf("nothing here makes %q happen", row.Cause)
		}
		for i, way := range all[row.Cause] {
			for _, approved := range []bool{false, true} {
				if row.Cause == instance.CauseNewPhone && !approved {
					continue // takes an approved request
				}
				t.Run(fmt.Sprintf("%s/%d/%v", row.Cause, i, approved), func(t *testing.T) {
					t.Parallel()
					s := lay(t, approved)
					for kind, n := range s.left() {
						if n == 0 {
							t.Fatalf("there is nothing of %s to begin with", kind)
						}
					}
					way(s)
					s.compare(row, approved)
				})
			}
		}
	}
}

func (s *endScene) compare(row instance.Ending, approved bool) {
	s.t.Helper()
	left := s.left()
	request := instance.Kind("open lost-phone request")
	if approved {
		request = "approved lost-phone request"
	}
	left[request] = s.requestLeft()
	for kind, n := range left {
		if ends := slices.Contains(row.Ends, kind); ends != (n == 0) {
			s.t.Errorf("%s: %d left, and the table says that it ends: %v", kind, n, ends)
		}
	}
	old := s.here.Clone()
	old.Cookies[s.CookieName("latchkey")] = s.old
	switch row.Here {
	case "goes on":
		if !s.here.SignedInAs(s.u) || s.here.Session() != s.old {
			s.t.Error("the session in which it was done does not go on")
		}
	case "goes on, with a new token":
		if !s.here.SignedInAs(s.u) || old.SignedInAs(s.u) {
			s.t.Error("the session does not go on, or its old token does")
		}
	case "ends":
		if old.SignedInAs(s.u) {
			s.t.Error("the session in which it was done goes on")
		}
	}
	for _, kind := range []instance.Kind{"sessions"} {
		if slices.Contains(row.Ends, kind) && s.other.SignedInAs(s.u) {
			s.t.Error("the other browser is still signed in")
		}
	}
	if len(row.Ends) == 0 && row.Cause != instance.CauseEnabled && row.Cause != instance.CauseRestored && !s.other.SignedInAs(s.u) {
		s.t.Error("the other browser is signed out")
	}
}

// TestSE08_TheDocumentedTable compares docs/what-ends-when.md with the table of the
// program. UPDATE=1 writes it anew.
func TestSE08_TheDocumentedTable(t *testing.T) {
	t.Parallel()
	const path, begin, end = "../../docs/what-ends-when.md", "<!-- table -->\n", "<!-- end -->\n"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), begin)
	written, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatal("the document has no table")
	}
	var want strings.Builder
	want.WriteString("| | this session |")
	for _, k := range instance.Kinds() {
		fmt.Fprintf(&want, " %s |", k)
	}
	want.WriteString("\n|---|---|" + strings.Repeat("---|", len(instance.Kinds())) + "\n")
	for _, row := range instance.Endings() {
		fmt.Fprintf(&want, "| %s | %s |", row.Cause, row.Here)
		for _, k := range instance.Kinds() {
			cell := " "
			if slices.Contains(row.Ends, k) {
				cell = " ends "
			}
			want.WriteString(cell + "|")
		}
		want.WriteByte('\n')
	}
	if written == want.String() {
		return
	}
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(path, []byte(before+begin+want.String()+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("%s does not say what the program does; UPDATE=1 writes it anew. It should say\n%s", path, want.String())
}

// TestSE08_NothingElseEndsThem finds code that ends such things past the table.
func TestSE08_NothingElseEndsThem(t *testing.T) {
	t.Parallel()
	for _, room := range []string{"admin", "app", "login", "profile", "security", "setup", "web"} {
		files, err := os.ReadDir("../" + room)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if strings.HasSuffix(f.Name(), "_test.go") || !strings.HasSuffix(f.Name(), ".go") || f.Name() == "revoke.go" {
				continue
			}
			text, err := os.ReadFile("../" + room + "/" + f.Name())
			if err != nil {
				t.Fatal(err)
			}
			for _, call := range []string{".EndSessions(", ".DropPending(", ".DropBrowsers(", ".ForgetAllRemembered(", ".DropPendingAuthenticator(", ".StopBulkJobsOf(", ".StopImportsOf(", ".ForgetApprovalsOf("} {
				if strings.Contains(string(text), call) {
					t.Errorf("%s/%s calls %s: give it a cause in internal/web/revoke.go", room, f.Name(), call)
				}
			}
		}
	}
}
