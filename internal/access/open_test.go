package access

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/mattn/go-sqlite3"

	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// open lets a user have an application open.
func (h *house) open(u user.User, slug, host string) (sessionID, id string) {
	h.t.Helper()
	s := store.Session{IDHash: secret.HashToken(secret.Token()), ID: secret.ID(), UserID: u.ID, CredVersion: u.CredVersion, Created: h.now, LastSeen: h.now, IdleUntil: h.now, Ends: h.now}
	id = secret.ID()
	h.do(func(tx *store.Tx) error {
		if err := tx.AddSession(s); err != nil {
			return err
		}
		return tx.AddOpened(s.UserID, secret.HashToken(secret.Token()), id, s.ID, slug, host, h.now)
	})
	return s.ID, id
}

// TestClose_EndsWhatIsOpen: one by an administrator, all of a user, and one's own.
func TestClose_EndsWhatIsOpen(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.do(func(tx *store.Tx) error { return AddGroup(tx, h.by, "eng", "") })
	h.do(func(tx *store.Tx) error { return AddApplication(tx, h.by, wiki()) })
	closed := audit.Detail{Name: audit.ApplicationDetail, Before: "wiki"}
	_, id := h.open(h.grace, "wiki", "wiki.example.com")
	h.missing(func(tx *store.Tx) error { _, err := Close(tx, h.by, "mail", id); return err })
	h.do(func(tx *store.Tx) error {
		o, err := Close(tx, h.by, "wiki", id)
		if o.User.ID != h.grace.ID {
			t.Errorf("closed for %+v", o)
		}
		return err
	})
	h.noted(audit.ApplicationClosed, h.grace.ID, closed)
	h.missing(func(tx *store.Tx) error { _, err := Close(tx, h.by, "wiki", id); return err })

	h.open(h.grace, "wiki", "wiki.example.com")
	h.open(h.grace, "wiki", "wiki.example.com")
	h.refused(ErrNotOpen.Error(), func(tx *store.Tx) error { return CloseAll(tx, h.by, "wiki", h.ada) })
	h.do(func(tx *store.Tx) error { return CloseAll(tx, h.by, "wiki", h.grace) })
	h.noted(audit.ApplicationClosed, h.grace.ID, closed)
	h.refused(ErrNotOpen.Error(), func(tx *store.Tx) error { return CloseAll(tx, h.by, "wiki", h.grace) })

	session, _ := h.open(h.ada, "wiki", "wiki.example.com")
	h.refused(ErrNotOpen.Error(), func(tx *store.Tx) error { return CloseHere(tx, h.by, "mail", session, h.ada) })
	h.do(func(tx *store.Tx) error { return CloseHere(tx, h.by, "wiki", session, h.ada) })
	h.noted(audit.ApplicationClosed, h.ada.ID, closed)
	h.refused(ErrNotOpen.Error(), func(tx *store.Tx) error { return CloseHere(tx, h.by, "wiki", session, h.ada) })
}

// TestOpenTo_CountsWhatItDoesNotList: the first ones with the reason, and how many there are.
func TestOpenTo_CountsWhatItDoesNotList(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.do(func(tx *store.Tx) error {
		if err := AddGroup(tx, h.by, "eng", "Engineers"); err != nil {
			return err
		}
		for _, a := range []store.Application{wiki(), {Slug: "a", Name: "A", Everyone: true, Hosts: []string{"a.example"}}, {Slug: "z", Name: "Z", Hosts: []string{"z.example"}}} {
			if err := AddApplication(tx, h.by, a); err != nil {
				return err
			}
		}
		return Join(tx, h.by, "eng", h.grace)
	})
	for most, want := range map[int]string{
		1: "[{a A Everyone false}] 2", 2: "[{a A Everyone false} {wiki Wiki Engineers false}] 2", 3: "[{a A Everyone false} {wiki Wiki Engineers false}] 2",
	} {
		got, err := OpenTo(t.Context(), h.Reader, h.grace, most)
		if text := fmt.Sprint(got.First, " ", got.Total); err != nil || text != want {
			t.Errorf("at most %d: %s, %v; want %s", most, text, err, want)
		}
	}
	if got, err := OpenTo(t.Context(), h.Reader, h.ada, 5); err != nil || got.Total != 1 {
		t.Errorf("to somebody in no group: %+v, %v", got, err)
	}
}

// TestAU10_NoChangeWithoutTheStore: whichever statement fails, what was asked for fails with
// it, and nothing is changed.
func TestAU10_NoChangeWithoutTheStore(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "latchkey.db")
	h := houseAt(t, path)
	h.do(func(tx *store.Tx) error { return AddGroup(tx, h.by, "eng", "Engineers") })
	h.do(func(tx *store.Tx) error { return AddGroup(tx, h.by, "ops", "") })
	h.do(func(tx *store.Tx) error { return AddApplication(tx, h.by, wiki()) })
	h.do(func(tx *store.Tx) error { return Join(tx, h.by, "ops", h.ada) })
	session, id := h.open(h.grace, "wiki", "wiki.example.com")
	edited := wiki()
	edited.Name = "The wiki"
	mail := store.Application{Slug: "mail", Name: "Mail", Hosts: []string{"mail.example.com"}, Groups: []string{"ops"}}
	acts := map[string]func(*store.Tx) error{
		"AddGroup": func(tx *store.Tx) error { return AddGroup(tx, h.by, "new-one", "x") }, "AddGroup again": func(tx *store.Tx) error { return AddGroup(tx, h.by, "eng", "x") },
		"EditGroup": func(tx *store.Tx) error { return EditGroup(tx, h.by, "eng", "x", 1) }, "DeleteGroup": func(tx *store.Tx) error { return DeleteGroup(tx, h.by, "eng", 1) },
		"Join": func(tx *store.Tx) error { return Join(tx, h.by, "eng", h.grace) }, "Join again": func(tx *store.Tx) error { return Join(tx, h.by, "ops", h.ada) },
		"JoinNew": func(tx *store.Tx) error { return JoinNew(tx, h.by, "eng", h.grace.ID) }, "Leave": func(tx *store.Tx) error { return Leave(tx, h.by, "ops", h.ada) },
		"AddApplication": func(tx *store.Tx) error { return AddApplication(tx, h.by, mail) }, "EditApplication": func(tx *store.Tx) error { return EditApplication(tx, h.by, edited, 1) },
		"DisableApplication": func(tx *store.Tx) error { return DisableApplication(tx, h.by, "wiki", 1) }, "DeleteApplication": func(tx *store.Tx) error { return DeleteApplication(tx, h.by, "wiki", 1) },
		"Close":    func(tx *store.Tx) error { _, err := Close(tx, h.by, "wiki", id); return err },
		"CloseAll": func(tx *store.Tx) error { return CloseAll(tx, h.by, "wiki", h.grace) }, "CloseHere": func(tx *store.Tx) error { return CloseHere(tx, h.by, "wiki", session, h.grace) },
		"OpenTo": func(tx *store.Tx) error { _, err := OpenTo(t.Context(), tx.Reader, h.ada, 1); return err },
	}
	// What each of them cannot do without: tables that are read, and writes to tables.
	needs := map[string]string{
		"AddGroup": "user_groups +user_groups +audit_log", "AddGroup again": "user_groups", "EditGroup": "user_groups ~user_groups +audit_log", "DeleteGroup": "user_groups -user_groups +audit_log",
		"Join": "users user_groups group_members +group_members +audit_log", "Join again": "users user_groups group_members", "JoinNew": "user_groups group_members +group_members",
		"Leave":          "users user_groups group_members -group_members +audit_log",
		"AddApplication": "applications application_hosts user_groups +applications +application_hosts +audit_log", "EditApplication": "applications application_hosts user_groups ~applications +audit_log",
		"DisableApplication": "applications ~applications +audit_log", "DeleteApplication": "applications -applications +audit_log",
		"Close": "application_sessions -application_sessions +audit_log", "CloseAll": "application_sessions -application_sessions +audit_log", "CloseHere": "application_sessions -application_sessions +audit_log",
		"OpenTo": "applications application_groups group_members",
	}
	raw, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	run := func(text string) {
		if _, err := raw.Exec(text); err != nil {
			t.Fatal(text, err)
		}
	}
	writes := map[byte]string{'+': "INSERT", '~': "UPDATE", '-': "DELETE"}
	for name, all := range needs {
		for need := range strings.FieldsSeq(all) {
			undo := ""
			if how, ok := writes[need[0]]; ok {
				run(fmt.Sprintf(`CREATE TRIGGER broken BEFORE %s ON %s BEGIN SELECT RAISE(ABORT, 'broken'); END`, how, need[1:]))
				undo = `DROP TRIGGER broken`
			} else {
				run(`ALTER TABLE ` + need + ` RENAME TO gone`)
				undo = `ALTER TABLE gone RENAME TO ` + need
			}
			if err := h.Tx(t.Context(), acts[name]); err == nil || problem.Is(err, problem.NotFound) || problem.Is(err, problem.Invalid) || problem.Is(err, problem.Conflict) {
				t.Errorf("%s without %s: %v", name, need, err)
			}
			run(undo)
		}
	}
}
