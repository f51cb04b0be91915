package store

import (
	"context"
	"time"
)

// Note is something that an administrator wrote down about a user.
type Note struct {
	ID, UserID string
	// AuthorID and AuthorName are the person who wrote it, by the name they had then.
	AuthorID, AuthorName string
	Text                 string
	Made                 time.Time
}

// maxNotes bounds the notes about one user, 100. All of them stand on the user's page,
// and an old one can be deleted.
//
//limit:people Notes about one user
const maxNotes = 100

// AddNote stores a note; added is false if the user has as many as may be.
func (tx *Tx) AddNote(n Note) (added bool, err error) {
	return tx.once(`INSERT INTO user_notes (id, user_id, author_id, author_name, text, made_at)
		SELECT $1, $2, $3, $4, $5, $6 WHERE (SELECT count(*) FROM user_notes WHERE user_id = $2) < $7`,
		n.ID, n.UserID, n.AuthorID, n.AuthorName, n.Text, ms(n.Made), maxNotes)
}

// DropNote removes a note about this user; done is false if there is none with this id,
// or it is about somebody else.
func (tx *Tx) DropNote(userID, id string) (done bool, err error) {
	return tx.once(`DELETE FROM user_notes WHERE user_id = $1 AND id = $2`, userID, id)
}

// Notes returns the notes about a user, the newest first.
func (r Reader) Notes(userID string) ([]Note, error) {
	return r.notes(`WHERE user_id = $1 ORDER BY made_at DESC, id`, userID)
}

// Note returns a note about this user; ok is false if there is none with this id, or it
// is about somebody else.
func (r Reader) Note(userID, id string) (n Note, ok bool, err error) {
	all, err := r.notes(`WHERE user_id = $1 AND id = $2`, userID, id)
	if err != nil || len(all) == 0 {
		return n, false, err
	}
	return all[0], true, nil
}

func (r Reader) notes(where string, args ...any) ([]Note, error) {
	scan := func(row scanner) (n Note, err error) {
		var made int64
		err = row.Scan(&n.ID, &n.UserID, &n.AuthorID, &n.AuthorName, &n.Text, &made)
		n.Made = at(made)
		return n, err
	}
	return list(context.Background(), r.q, scan, "reading notes", `SELECT id, user_id, author_id, author_name, text, made_at FROM user_notes `+where, args...)
}
