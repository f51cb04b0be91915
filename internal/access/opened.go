package access

import (
	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// Close ends what one browser of somebody has open of an application, which an id names on pages, and
// returns whose it was and in which browser. It does not keep them from opening it again.
func Close(tx *store.Tx, by audit.Entry, slug, id string) (store.OpenNow, error) {
	o, found, err := tx.EndOpen(slug, id)
	if err == nil && !found {
		err = problem.New(problem.NotFound, "")
	}
	if err != nil {
		return o, err
	}
	return o, noteClosed(tx, by, slug, o.User)
}

// CloseAll ends what somebody has open of an application in every browser. Nothing open is a
// problem.Conflict.
func CloseAll(tx *store.Tx, by audit.Entry, slug string, u user.User) error {
	n, err := tx.EndOpenedOf(u.ID, slug)
	if err == nil && n == 0 {
		err = ErrNotOpen
	}
	if err != nil {
		return err
	}
	return noteClosed(tx, by, slug, u)
}

// CloseHere ends what somebody has open of an application in the browser of one session.
func CloseHere(tx *store.Tx, by audit.Entry, slug, sessionID string, u user.User) error {
	n, err := tx.EndOpened(sessionID, slug)
	if err == nil && n == 0 {
		err = ErrNotOpen
	}
	if err != nil {
		return err
	}
	return noteClosed(tx, by, slug, u)
}

// ErrNotOpen is an end of what is not open.
var ErrNotOpen = problem.New(problem.Conflict, "This application is not open any more.")

func noteClosed(tx *store.Tx, by audit.Entry, slug string, u user.User) error {
	by.SubjectID, by.SubjectName = u.ID, u.Username
	return note(tx, by, audit.ApplicationClosed, []audit.Detail{{Name: audit.ApplicationDetail, Before: slug}})
}
