package store

import (
	"context"
	"fmt"
)

// ImportResult says what became of a row.
type ImportResult string

// The results. A good row waits to be added.
const (
	RowGood    ImportResult = "good"
	RowRefused ImportResult = "refused"
	RowAdded   ImportResult = "added"
)

// ImportRow is one row of an import.
type ImportRow struct {
	Position int // in the file, from 1
	Number   int // the line, or the id in a database
	Given    string
	Username string // in canonical form, or ""
	EmailKey string // or ""
	Result   ImportResult
	Reasons  string
	Invite   bool   // it has no password, and nothing else is wrong with it
	Sealed   string // everything else about the user, while the row is good
}

const importRowColumns = `position, number, given, username, email_key, result, reasons, sealed, invite`

func scanImportRow(row scanner) (r ImportRow, err error) {
	err = row.Scan(&r.Position, &r.Number, &r.Given, &r.Username, &r.EmailKey, &r.Result, &r.Reasons, &r.Sealed, &r.Invite)
	return r, err
}

// AddImportRow keeps a row of an import that is being read.
func (tx *Tx) AddImportRow(batchID string, r ImportRow) error {
	return tx.exec(`INSERT INTO import_rows (batch_id, `+importRowColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		batchID, r.Position, r.Number, r.Given, r.Username, r.EmailKey, r.Result, r.Reasons, r.Sealed, r.Invite)
}

// ImportTaken counts the good rows whose name or address a user has by now.
func (r Reader) ImportTaken(batchID string) (n int, err error) {
	err = r.q.queryRow(`SELECT count(*) FROM import_rows i WHERE i.batch_id = $1 AND i.result = 'good' AND (
		EXISTS (SELECT 1 FROM users u WHERE u.username = i.username) OR
		i.email_key <> '' AND EXISTS (SELECT 1 FROM users u WHERE u.email_key = i.email_key))`, batchID).Scan(&n)
	if err != nil {
		return 0, unavailable(fmt.Errorf("checking an import: %w", err))
	}
	return n, nil
}

// SettleImportRow says what became of a good row, and forgets what was sealed in it.
func (tx *Tx) SettleImportRow(batchID string, position int, result ImportResult, reasons string) (done bool, err error) {
	return tx.once(`UPDATE import_rows SET result = $1, reasons = $2, sealed = '' WHERE batch_id = $3 AND position = $4 AND result = 'good'`,
		result, reasons, batchID, position)
}

// SettleAddedRows says of all good rows from one position to another that they were added, forgets what
// was sealed in them, and returns how many there were.
func (tx *Tx) SettleAddedRows(batchID string, from, to int) (int64, error) {
	return tx.change(`UPDATE import_rows SET result = 'added', sealed = '' WHERE batch_id = $1 AND position >= $2 AND position <= $3 AND result = 'good'`,
		batchID, from, to)
}

// ImportPage selects rows of an import. Result may be empty, for all.
type ImportPage struct {
	JobID  string
	Result ImportResult
	After  int // only rows behind this position
	Before int // only rows in front of it, the last ones of them; 0 for all
	Limit  int
}

// ImportRows returns rows of an import in the order of the file. The rows are
// chosen in an index that has all it takes; asked for whole rows at once, SQLite
// would go through the batch from its beginning each time.
func (r Reader) ImportRows(ctx context.Context, p ImportPage) ([]ImportRow, error) {
	chosen, args := `SELECT position FROM import_rows WHERE batch_id = $1`, []any{p.JobID}
	add := func(condition string, value any) {
		args = append(args, value)
		chosen += fmt.Sprintf(condition, len(args))
	}
	if p.Result != "" {
		add(` AND result = $%d`, p.Result)
	}
	order := ``
	if p.Before > 0 {
		add(` AND position < $%d`, p.Before)
		order = ` DESC`
	} else {
		add(` AND position > $%d`, p.After)
	}
	add(` ORDER BY position`+order+` LIMIT $%d`, p.Limit)
	return list(ctx, r.q, scanImportRow, "reading rows of an import", `SELECT `+importRowColumns+` FROM import_rows WHERE batch_id = $1 AND position IN (`+chosen+`) ORDER BY position`, args...)
}
