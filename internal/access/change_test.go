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

func group(name string) audit.Detail { return audit.Detail{Name: audit.GroupDetail, After: name} }

func app(slug string) audit.Detail { return audit.Detail{Name: audit.ApplicationDetail, After: slug} }

// TestGroups_ChangeWithTheirRow: what is done to groups and members, what is written down of
// it, and what is refused.
func TestGroups_ChangeWithTheirRow(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.do(func(tx *store.Tx) error { return AddGroup(tx, h.by, "eng", "Engineering") })
	h.noted(audit.GroupAdded, "", group("eng"), audit.Detail{Name: "label", After: "Engineering"})
	h.do(func(tx *store.Tx) error { return AddGroup(tx, h.by, "ops", "") })
	h.noted(audit.GroupAdded, "", group("ops"))
	if g, err := h.Group("ops"); err != nil || !g.Created.Equal(h.now) {
		t.Errorf("%+v, %v", g, err)
	}
	h.refused("There is a group of this name already", func(tx *store.Tx) error { return AddGroup(tx, h.by, "eng", "") })

	h.do(func(tx *store.Tx) error { return EditGroup(tx, h.by, "eng", "Engineers", 1) })
	h.noted(audit.GroupChanged, "", group("eng"), audit.Detail{Name: "label", Before: "Engineering", After: "Engineers"})
	h.refused(ErrGroupChanged.Error(), func(tx *store.Tx) error { return EditGroup(tx, h.by, "eng", "x", 1) })
	rows := len(h.log())
	h.do(func(tx *store.Tx) error { return EditGroup(tx, h.by, "eng", "Engineers", 2) })
	if len(h.log()) != rows {
		t.Error("an edit that changes nothing is written down")
	}
	h.missing(func(tx *store.Tx) error { return EditGroup(tx, h.by, "none", "x", 1) })
	h.missing(func(tx *store.Tx) error { return DeleteGroup(tx, h.by, "none", 1) })

	h.do(func(tx *store.Tx) error { return Join(tx, h.by, "eng", h.grace) })
	h.noted(audit.UserChanged, h.grace.ID, group("eng"))
	h.refused("This user is already in the group.", func(tx *store.Tx) error { return Join(tx, h.by, "eng", h.grace) })
	h.missing(func(tx *store.Tx) error { return Join(tx, h.by, "none", h.grace) })
	h.missing(func(tx *store.Tx) error { return Join(tx, h.by, "eng", user.User{ID: "none"}) })
	h.do(func(tx *store.Tx) error { return JoinNew(tx, h.by, "ops", h.ada.ID) })
	h.refused("The user cannot be put into the group none.", func(tx *store.Tx) error { return JoinNew(tx, h.by, "none", h.ada.ID) })
	h.refused("This user is not in the group.", func(tx *store.Tx) error { return Leave(tx, h.by, "ops", h.grace) })
	h.missing(func(tx *store.Tx) error { return Leave(tx, h.by, "none", h.grace) })
	h.missing(func(tx *store.Tx) error { return Leave(tx, h.by, "eng", user.User{ID: "none"}) })
	h.do(func(tx *store.Tx) error { return Leave(tx, h.by, "ops", h.ada) })
	h.noted(audit.UserChanged, h.ada.ID, audit.Detail{Name: audit.GroupDetail, Before: "ops"})

	g, err := h.Group("eng")
	if err != nil {
		t.Fatal(err)
	}
	h.refused(ErrGroupChanged.Error(), func(tx *store.Tx) error { return DeleteGroup(tx, h.by, "eng", g.Version+1) })
	h.do(func(tx *store.Tx) error { return DeleteGroup(tx, h.by, "eng", g.Version) })
	h.noted(audit.GroupDeleted, "", audit.Detail{Name: audit.GroupDetail, Before: "eng"}, audit.Detail{Name: "members", Before: "1"}, audit.Detail{Name: "label", Before: "Engineers"})
	h.do(func(tx *store.Tx) error { return DeleteGroup(tx, h.by, "ops", 1) })
	h.noted(audit.GroupDeleted, "", audit.Detail{Name: audit.GroupDetail, Before: "ops"}, audit.Detail{Name: "members", Before: "0"})
}

// TestJoin_HasItsBounds: nobody is in more groups than are sent along, and nobody joins from
// the recycle bin.
func TestJoin_HasItsBounds(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	by := h.by
	by.ActorName = strings.Repeat("é", 101)
	h.do(func(tx *store.Tx) error {
		for n := range MaxGroupsOf + 1 {
			if err := AddGroup(tx, h.by, fmt.Sprint("g", n), ""); err != nil {
				return err
			}
		}
		for n := range MaxGroupsOf {
			if err := Join(tx, by, fmt.Sprint("g", n), h.grace); err != nil {
				return err
			}
		}
		return nil
	})
	h.refused(ErrFull.Error(), func(tx *store.Tx) error { return Join(tx, h.by, "g100", h.grace) })
	if got := []rune(actor(by)); len(got) != 100 {
		t.Errorf("who added somebody has %d characters", len(got))
	}
	if got := actor(h.by); got != "boss" {
		t.Errorf("who added somebody is %q", got)
	}
	h.do(func(tx *store.Tx) error { _, err := tx.Delete(true, h.ada.ID, h.now); return err })
	h.refused("This user is in the recycle bin. Restore the user first.", func(tx *store.Tx) error { return Join(tx, h.by, "g1", h.ada) })
}

func wiki() store.Application {
	return store.Application{Slug: "wiki", Name: "Wiki", Hosts: []string{"wiki.example.com", "wiki.example.com:8443"}, Groups: []string{"eng"}, Public: []string{"/open"}, ProofMinutes: 5}
}

// TestApplications_ChangeWithTheirRow: as for groups.
func TestApplications_ChangeWithTheirRow(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.do(func(tx *store.Tx) error { return AddGroup(tx, h.by, "eng", "") })
	h.do(func(tx *store.Tx) error { return AddApplication(tx, h.by, wiki()) })
	h.noted(audit.ApplicationAdded, "", app("wiki"), audit.Detail{Name: "name", After: "Wiki"}, audit.Detail{Name: "hosts", After: "wiki.example.com, wiki.example.com:8443"},
		audit.Detail{Name: "access", After: "eng"}, audit.Detail{Name: "public", After: "/open"}, audit.Detail{Name: "proof_minutes", After: "5"})
	if a, err := h.Application("wiki"); err != nil || !a.Created.Equal(h.now) {
		t.Errorf("%+v, %v", a, err)
	}
	h.refused("There is an application with this short name already", func(tx *store.Tx) error { return AddApplication(tx, h.by, wiki()) })
	for _, c := range []struct {
		host, group, want string
	}{
		{"wiki.example.com", "eng", "“wiki.example.com” belongs to the application “wiki” already"},
		{"wiki.example.com:9443", "eng", "“wiki.example.com:9443” has the name of a host of the application “wiki”. Browsers send the same cookies to all ports, so each application needs a name of its own"},
		{"mail.example.com", "none", "There is no group “none”"},
	} {
		h.refused(c.want, func(tx *store.Tx) error {
			return AddApplication(tx, h.by, store.Application{Slug: "mail", Name: "Mail", Hosts: []string{c.host}, Groups: []string{c.group}})
		})
	}
	h.do(func(tx *store.Tx) error {
		return AddApplication(tx, h.by, store.Application{Slug: "here", Name: "Here", Hosts: []string{"localhost:3000"}, Everyone: true})
	})
	h.do(func(tx *store.Tx) error { // on this machine a name belongs to several
		return AddApplication(tx, h.by, store.Application{Slug: "there", Name: "There", Hosts: []string{"localhost:3001"}})
	})
	h.noted(audit.ApplicationAdded, "", app("there"), audit.Detail{Name: "name", After: "There"}, audit.Detail{Name: "hosts", After: "localhost:3001"}, audit.Detail{Name: "access", After: "nobody"})

	h.do(func(tx *store.Tx) error { return DisableApplication(tx, h.by, "wiki", 1) })
	h.noted(audit.ApplicationDisabled, "", app("wiki"))
	h.refused("This application is disabled already.", func(tx *store.Tx) error { return DisableApplication(tx, h.by, "wiki", 2) })
	edited := wiki()
	edited.Name, edited.Everyone, edited.Groups, edited.Public, edited.ProofMinutes, edited.LaunchURL = "The wiki", true, nil, nil, 0, "https://wiki.example.com/home"
	h.do(func(tx *store.Tx) error { return EditApplication(tx, h.by, edited, 2) })
	h.noted(audit.ApplicationChanged, "", app("wiki"), audit.Detail{Name: "name", Before: "Wiki", After: "The wiki"}, audit.Detail{Name: "access", Before: "eng", After: "everyone"},
		audit.Detail{Name: "public", Before: "/open"}, audit.Detail{Name: "launch_url", After: "https://wiki.example.com/home"}, audit.Detail{Name: "proof_minutes", Before: "5"})
	if a, _ := h.Application("wiki"); !a.Disabled {
		t.Error("an edit enabled it")
	}
	rows := len(h.log())
	h.do(func(tx *store.Tx) error { return EditApplication(tx, h.by, edited, 3) })
	if len(h.log()) != rows {
		t.Error("an edit that changes nothing is written down")
	}
	h.refused(ErrApplicationChanged.Error(), func(tx *store.Tx) error { return EditApplication(tx, h.by, edited, 1) })
	taken := edited
	taken.Hosts = []string{"localhost:3000"}
	h.refused("“localhost:3000” belongs to the application “here” already", func(tx *store.Tx) error { return EditApplication(tx, h.by, taken, 4) })

	h.refused(ErrApplicationChanged.Error(), func(tx *store.Tx) error { return EnableApplication(tx, h.by, "wiki", 1) })
	h.do(func(tx *store.Tx) error { return EnableApplication(tx, h.by, "wiki", 4) })
	h.noted(audit.ApplicationEnabled, "", app("wiki"))
	h.refused("This application is enabled already.", func(tx *store.Tx) error { return EnableApplication(tx, h.by, "wiki", 5) })
	h.refused(ErrApplicationChanged.Error(), func(tx *store.Tx) error { return DeleteApplication(tx, h.by, "there", 2) })
	h.do(func(tx *store.Tx) error { return DeleteApplication(tx, h.by, "there", 1) })
	h.noted(audit.ApplicationDeleted, "", audit.Detail{Name: audit.ApplicationDetail, Before: "there"}, audit.Detail{Name: "name", Before: "There"},
		audit.Detail{Name: "hosts", Before: "localhost:3001"}, audit.Detail{Name: "access", Before: "nobody"})
	none := store.Application{Slug: "none"}
	h.missing(func(tx *store.Tx) error { return EditApplication(tx, h.by, none, 1) })
	h.missing(func(tx *store.Tx) error { return EnableApplication(tx, h.by, "none", 1) })
	h.missing(func(tx *store.Tx) error { return DeleteApplication(tx, h.by, "none", 1) })
}

// open lets a user have an application open.
func (h *house) open(u user.User, slug, host string) (sessionID, id string) {
	h.t.Helper()
	s := store.Session{IDHash: secret.HashToken(secret.Token()), ID: secret.ID(), UserID: u.ID, CredVersion: u.CredVersion, Created: h.now, LastSeen: h.now, IdleUntil: h.now, Ends: h.now}
	id = secret.ID()
	h.do(func(tx *store.Tx) error {
		if err := tx.AddSession(s); err != nil {
			return err
		}
		return tx.AddOpened(secret.HashToken(secret.Token()), id, s.ID, slug, host, h.now)
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
