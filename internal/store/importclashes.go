package store

import (
	"errors"
	"fmt"

	"latchkey/internal/problem"
)

// Clash is who has the names of a row of an import already.
type Clash struct {
	// Username and Email are the first row of the same file that has it; nil if there is none.
	Username, Email *ImportRow
	// Taken is what NamesTaken says.
	Taken error
}

// Clashes looks who has the names of rows that are kept in this order: rows that are kept already,
// rows in front of them here, and users. All are asked for at once, because a question for each
// name would be most of what an import takes where the database is on another machine.
func (tx *Tx) Clashes(batchID string, rows []ImportRow) ([]Clash, error) {
	usernames, err := tx.firstRows(firstWithName, batchID, rows, username)
	if err != nil {
		return nil, err
	}
	emails, err := tx.firstRows(firstWithEmail, batchID, rows, emailKey)
	if err != nil {
		return nil, err
	}
	taken, err := tx.TakenEach(rows)
	if err != nil {
		return nil, err
	}
	all := make([]Clash, len(rows))
	for i := range rows {
		r := &rows[i]
		all[i] = Clash{Username: usernames[r.Username], Email: emails[r.EmailKey], Taken: taken[i]}
		if r.Username != "" && usernames[r.Username] == nil {
			usernames[r.Username] = r
		}
		if r.EmailKey != "" && emails[r.EmailKey] == nil {
			emails[r.EmailKey] = r
		}
	}
	return all, nil
}

func username(r ImportRow) string { return r.Username }
func emailKey(r ImportRow) string { return r.EmailKey }

// These are asked for every row of a file, and must find the position in an index. With "ORDER BY
// position LIMIT 1" SQLite would go through the batch.
const (
	firstWithName = `SELECT ` + importRowColumns + ` FROM import_rows WHERE batch_id = $1
		AND position = (SELECT min(position) FROM import_rows WHERE batch_id = $1 AND username = $2)`
	firstWithEmail = `SELECT ` + importRowColumns + ` FROM import_rows WHERE batch_id = $1
		AND position = (SELECT min(position) FROM import_rows WHERE batch_id = $1 AND email_key = $2)`
)

// firstRows are the first rows that an import keeps with the names of these rows, by name.
func (tx *Tx) firstRows(text, batchID string, rows []ImportRow, name func(ImportRow) string) (map[string]*ImportRow, error) {
	var args [][]any
	for _, r := range rows {
		if n := name(r); n != "" {
			args = append(args, []any{batchID, n})
		}
	}
	found := map[string]*ImportRow{}
	err := tx.each(text, args, func(i int, row scanner) error {
		first, err := scanImportRow(row)
		found[args[i][1].(string)] = &first
		return err
	})
	if err != nil {
		return nil, unavailable(fmt.Errorf("reading rows of an import: %w", err))
	}
	return found, nil
}

// TakenEach is for each row what NamesTaken says of it, nil if its names are free.
func (tx *Tx) TakenEach(rows []ImportRow) ([]error, error) {
	taken := make([]error, len(rows))
	for _, q := range []struct {
		text string
		name func(ImportRow) string
		says func(*Holder) *problem.Problem
	}{{holderByName, username, nameTaken}, {holderByEmail, emailKey, emailTaken}} {
		var args [][]any
		var of []int
		for i, r := range rows {
			if n := q.name(r); n != "" {
				args, of = append(args, []any{n, ""}), append(of, i)
			}
		}
		err := tx.each(q.text, args, func(i int, row scanner) error {
			h, err := scanHolder(row)
			taken[of[i]] = errors.Join(taken[of[i]], q.says(&h))
			return err
		})
		if err != nil {
			return nil, unavailable(fmt.Errorf("looking for names: %w", err))
		}
	}
	return taken, nil
}
