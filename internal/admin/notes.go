package admin

import (
	"strings"

	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/views"
)

// maxNote is how long a note may be: as much as the audit log keeps of it.
const maxNote = 500

// CheckNote returns a note on one line, or a problem with the field "note".
func CheckNote(typed string) (string, error) {
	line := strings.NewReplacer("\r\n", " ", "\n", " ", "\t", " ").Replace(typed)
	text, err := user.CleanText("note", "Note", maxNote, line)
	if err == nil && text == "" {
		err = problem.Field("note", "Enter a note")
	}
	return text, err
}

// AddNote writes down something about the user, for administrators.
func (a Act) AddNote(u user.User, text string) error {
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
	return a.note(audit.UserChanged, u, change("notes", "", text))
}

// DropNote deletes a note about the user; one about somebody else does not exist here.
func (a Act) DropNote(u user.User, id string) error {
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
	return a.note(audit.UserChanged, u, change("notes", n.Text, ""))
}

func submitNote(v *web.Visitor) error {
	form, err := v.Form("note")
	if err != nil {
		return err
	}
	u, err := chosen(v)
	if err != nil {
		return err
	}
	text, err := CheckNote(form["note"])
	if err == nil {
		err = v.Tx(func(tx *store.Tx) error {
			if err := act(v, tx, "").AddNote(u, text); err != nil {
				return err
			}
			return v.SetFlash(tx, views.Flash{Kind: "good", Text: "The note has been added."})
		})
	}
	if err != nil {
		page, pageErr := userPage(v, u, form, err)
		if pageErr != nil {
			return pageErr
		}
		return v.Reject(err, page)
	}
	return v.Redirect(userPath(u))
}

// noteOf is the note of the route, about the user of the route.
func noteOf(v *web.Visitor) (u user.User, n store.Note, err error) {
	if u, err = chosen(v); err != nil {
		return u, n, err
	}
	n, ok, err := v.DB.Note(u.ID, v.Param("note"))
	if err == nil && !ok {
		err = problem.New(problem.NotFound, "")
	}
	return u, n, err
}

func showDropNote(v *web.Visitor) error {
	u, n, err := noteOf(v)
	if err != nil {
		return err
	}
	return v.Render(views.NoteDelete{Frame: v.Frame(nil), ID: u.ID, Name: shown(u), Note: viewNote(n)})
}

func submitDropNote(v *web.Visitor) error {
	if _, err := v.Form(); err != nil {
		return err
	}
	u, n, err := noteOf(v)
	if err != nil {
		return err
	}
	err = v.Tx(func(tx *store.Tx) error {
		if err := act(v, tx, "").DropNote(u, n.ID); err != nil {
			return err
		}
		return v.SetFlash(tx, views.Flash{Kind: "good", Text: "The note has been deleted."})
	})
	if err != nil {
		return err
	}
	return v.Redirect(userPath(u))
}

func viewNote(n store.Note) views.Note {
	return views.Note{ID: n.ID, Text: n.Text, By: n.AuthorName, Made: n.Made}
}
