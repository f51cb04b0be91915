package store

import (
	"database/sql"
	"errors"
	"fmt"
)

// Unimported is a row of an import that could have made a user and has not.
type Unimported struct {
	Job ImportJob
	Row ImportRow
	// OwnerName is the person who checked the file; "" for a command.
	OwnerName string
}

// Unimported returns the row with this canonical user name in the newest import that has
// it and has not added it; ok is false if there is none.
func (r Reader) Unimported(username string) (u Unimported, ok bool, err error) {
	var batch string
	var position int
	err = r.q.queryRow(`SELECT i.batch_id, i.position FROM import_rows i`+indexedBy("import_rows_by_name")+` JOIN import_batches b ON b.id = i.batch_id
		WHERE i.username = $1 AND i.username <> '' AND i.result <> 'added' AND b.state <> 'reading'
		ORDER BY b.created_at DESC, i.result = 'refused', i.position LIMIT 1`, username).Scan(&batch, &position)
	if errors.Is(err, sql.ErrNoRows) {
		return u, false, nil
	}
	if err == nil {
		u.Job, err = scanImport(r.q.queryRow(`SELECT `+importColumns+` FROM import_batches WHERE id = $1`, batch))
	}
	if err == nil {
		u.Row, err = scanImportRow(r.q.queryRow(`SELECT `+importRowColumns+` FROM import_rows WHERE batch_id = $1 AND position = $2`, batch, position))
	}
	if err == nil && u.Job.Owner != "" {
		err = r.q.queryRow(`SELECT coalesce(max(username), '') FROM users WHERE id = $1`, u.Job.Owner).Scan(&u.OwnerName)
	}
	if err != nil {
		return u, false, unavailable(fmt.Errorf("looking for a name in imports: %w", err))
	}
	return u, true, nil
}
