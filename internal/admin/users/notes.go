package users

import (
	"latchkey/internal/account"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/views"
)

func submitNote(v *web.Visitor) error {
	form, err := v.Form("note")
	if err != nil {
		return err
	}
	u, err := chosen(v)
	if err != nil {
		return err
	}
	text, err := user.CheckNote(form["note"])
	if err == nil {
		err = v.Tx(func(tx *store.Tx) error {
			if err := action(v, tx, "").AddNote(u, text); err != nil {
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
	return v.Redirect(account.Path(u))
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
	return v.Render(views.NoteDelete{Frame: v.Frame(nil), ID: u.ID, Name: account.Shown(u), Note: viewNote(n)})
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
		if err := action(v, tx, "").DropNote(u, n.ID); err != nil {
			return err
		}
		return v.SetFlash(tx, views.Flash{Kind: "good", Text: "The note has been deleted."})
	})
	if err != nil {
		return err
	}
	return v.Redirect(account.Path(u))
}

func viewNote(n store.Note) views.Note {
	return views.Note{ID: n.ID, Text: n.Text, By: n.AuthorName, Made: n.Made}
}
