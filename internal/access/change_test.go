package access

import (
	"fmt"
	"strings"
	"testing"

	"latchkey/internal/audit"
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
