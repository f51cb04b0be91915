package attack

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/account"
	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/ending"
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
func (s *endScene) left() map[ending.Kind]int {
	count := func(query string, args ...any) int { return number(s.t, s.App, query, args...) }
	id := s.u.ID
	all := map[ending.Kind]int{
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
