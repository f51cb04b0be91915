package access

import (
	"path/filepath"
	"testing"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// house is a database with two users, and an administrator who acts.
type house struct {
	*store.DB
	t          *testing.T
	grace, ada user.User
	by         audit.Entry
	now        time.Time
}

func newHouse(t *testing.T) *house { return houseAt(t, filepath.Join(t.TempDir(), "latchkey.db")) }

func houseAt(t *testing.T, path string) *house {
	t.Helper()
	db, err := store.Open(t.Context(), path, secret.NewRing(), true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	h := &house{DB: db, t: t, now: time.Unix(1_800_000_000, 0).UTC()}
	h.by = audit.Entry{At: h.now, ActorID: "boss", ActorName: "boss", Details: []audit.Detail{{Name: "reason", After: "asked"}}}
	h.grace, h.ada = h.add("grace", "Grace Hopper"), h.add("ada", "")
	return h
}

func (h *house) add(username, name string) user.User {
	h.t.Helper()
	id := secret.ID()
	h.do(func(tx *store.Tx) error {
		return tx.AddUser(store.NewUser{ID: id, Username: username, Name: name, Role: user.RoleUser, CreatedAt: h.now})
	})
	u, err := h.User(id)
	if err != nil {
		h.t.Fatal(err)
	}
	return u
}

// do runs what has to succeed.
func (h *house) do(fn func(*store.Tx) error) {
	h.t.Helper()
	if err := h.Tx(h.t.Context(), fn); err != nil {
		h.t.Fatal(err)
	}
}

// refused runs what has to be refused with this sentence, and write nothing down.
func (h *house) refused(want string, fn func(*store.Tx) error) {
	h.t.Helper()
	before := h.log()
	err := h.Tx(h.t.Context(), fn)
	switch p := problem.As(err); {
	case p == nil || p.Message != want:
		h.t.Errorf("refused with %v, want “%s”", err, want)
	case len(h.log()) != len(before):
		h.t.Errorf("“%s” is in the log", want)
	}
}

// missing runs what needs something that is not there.
func (h *house) missing(fn func(*store.Tx) error) {
	h.t.Helper()
	if err := h.Tx(h.t.Context(), fn); !problem.Is(err, problem.NotFound) {
		h.t.Errorf("refused with %v, want that it is not found", err)
	}
}

func (h *house) log() []audit.Entry {
	h.t.Helper()
	all, err := h.AuditEntries(h.t.Context(), store.AuditFilter{Limit: 100})
	if err != nil {
		h.t.Fatal(err)
	}
	return all
}

// noted looks whether the newest row of the log is this one: its event, whom it is about and
// its details, before and after, without the reason.
func (h *house) noted(event audit.Event, subject string, details ...audit.Detail) {
	h.t.Helper()
	e := h.log()[0]
	details = append(details, h.by.Details...)
	same := len(details) == len(e.Details)
	for i := range details {
		same = same && details[i] == e.Details[i]
	}
	if e.Event != event || e.Result != audit.ResultOK || e.SubjectID != subject || e.ActorName != "boss" || !same {
		h.t.Errorf("the log says %s %s about %q: %+v; want %s about %q: %+v", e.Event, e.Result, e.SubjectID, e.Details, event, subject, details)
	}
}
