package account

import (
	"strings"

	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// AddNote writes down something about the user, for administrators.
func (a Action) AddNote(u user.User, text string) error {
	u, err := a.Tx.User(u.ID)
	if err != nil {
		return err
	}
	added, err := a.Tx.AddNote(store.Note{
		ID: secret.ID(), UserID: u.ID, AuthorID: a.By.ActorID, AuthorName: audit.ActorName(a.By), Text: text, Made: a.By.At,
	})
	if err == nil && !added {
		err = problem.Field("note", "This user already has 100 notes. Delete one first")
	}
	if err != nil {
		return err
	}
	return a.note(audit.UserChanged, u, change("notes", "", noteLine(text)))
}

// DropNote deletes a note about the user; one about somebody else does not exist here.
func (a Action) DropNote(u user.User, id string) error {
	n, ok, err := a.Tx.Note(u.ID, id)
	if err == nil && ok {
		ok, err = a.Tx.DropNote(u.ID, id)
	}
	if err == nil && !ok {
		err = problem.New(problem.NotFound, "")
	}
	if err != nil {
		return err
	}
	return a.note(audit.UserChanged, u, change("notes", noteLine(n.Text), ""))
}

// noteLine is the note as the audit log keeps it, where no value has more than one line.
func noteLine(text string) string { return strings.ReplaceAll(text, "\n", " ") }
