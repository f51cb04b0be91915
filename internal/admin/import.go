package admin

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/importer"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/web"
)

const (
	// importFor is how long a file that was read, or what became of it, is kept.
	importFor = 24 * time.Hour
	// stageSlice is how many rows are kept in one transaction while a file is read,
	// and importSlice how many become users in one where others want to write too:
	// a few hundredths of a second.
	stageSlice  = 500
	importSlice = 200
)

// Intake takes a file of users in, for the page and for the command: it reads the
// file, checks every row against our rules, the other rows and the users who are
// there, and keeps the rows in the database, those that are good sealed. Nothing
// becomes a user yet.
type Intake struct {
	Site *web.Site
	// Owner is the administrator who alone may see and run it; "" for a command.
	Owner string
	// FileName is shown and written down; it must be fit for that.
	FileName string
	// Invite takes rows without a password in, as users who are to be invited.
	Invite bool
	// Progress hears of every few hundred rows; nil for nobody.
	Progress func(rows int)
}

// Read reads the file to its end and returns what was found. When it fails, or ctx
// ends, it leaves nothing. A mistake in the file is a problem.Invalid with the field
// "file"; a row that cannot be added is not a mistake.
func (in Intake) Read(ctx context.Context, file *importer.File) (b store.ImportBatch, err error) {
	now := in.Site.Now()
	b = store.ImportBatch{ID: secret.ID(), Owner: in.Owner, Format: string(file.Format), FileName: in.FileName, Invite: in.Invite, Created: now, Ends: now.Add(time.Hour)}
	file.Invite = in.Invite
	if err := in.Site.DB.Tx(ctx, func(tx *store.Tx) error { return tx.AddImport(b) }); err != nil {
		return b, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, in.Drop(b))
		}
	}()
	if err := in.rows(ctx, file, &b); err != nil {
		return b, err
	}
	b.Warning = strings.TrimSpace(strings.Join(file.Warnings(), " ") + " " + b.Warning)
	if b.Mapping, err = mapping(file); err != nil {
		return b, err
	}
	if err := in.dropEarlier(); err != nil {
		return b, err
	}
	b.State, b.Changed = store.ImportReady, in.Site.Now()
	b.Ends = b.Changed.Add(importFor)
	return b, in.Site.DB.Tx(ctx, func(tx *store.Tx) error { return must(tx.ImportRead(b)) })
}

// must is an error if a statement that has to find its row did not.
func must(done bool, err error) error {
	if err == nil && !done {
		err = errors.New("the import is gone")
	}
	return err
}

// Drop forgets an import that does not run.
func (in Intake) Drop(b store.ImportBatch) error {
	ctx := context.Background()
	if err := in.Site.DB.EmptyImport(ctx, b.ID, in.Owner); err != nil {
		return err
	}
	return in.Site.DB.Tx(ctx, func(tx *store.Tx) error {
		_, err := tx.DropImport(b.ID, in.Owner)
		return err
	})
}

// dropEarlier forgets what the owner uploaded before and never started.
func (in Intake) dropEarlier() error {
	if in.Owner == "" {
		return nil // of another command, which may be at work
	}
	earlier, err := in.Site.DB.ImportsOf(in.Owner)
	if err != nil {
		return err
	}
	for _, b := range earlier {
		if b.State != store.ImportReady {
			continue
		}
		if err := in.Drop(b); err != nil {
			return err
		}
	}
	return nil
}

// rows reads the file in slices: nobody waits for a file that comes slowly, and
// none is whole in memory.
func (in Intake) rows(ctx context.Context, file *importer.File, b *store.ImportBatch) error {
	var slice []staged
	kinds := hashKinds{}
	position := 0
	for row, err := range file.Rows() {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		position++
		kinds.check(in.Site.Hasher, &row)
		slice = append(slice, stage(row, position))
		if len(slice) == stageSlice {
			if err := in.keep(ctx, b, slice); err != nil {
				return err
			}
			slice = slice[:0]
			in.tell(position)
		}
	}
	b.Warning = kinds.warning(ctx, in.Site.Hasher)
	return in.keep(ctx, b, slice)
}

func (in Intake) tell(rows int) {
	if in.Progress != nil {
		in.Progress(rows)
	}
}

// mapping is what became of the columns, as it is stored.
func mapping(file *importer.File) (string, error) {
	columns := file.Columns()
	for i, c := range columns {
		columns[i].Given = audit.CleanText(c.Given, 64)
	}
	text, err := json.Marshal(columns)
	return string(text), err
}

// ImportColumns returns what became of the columns of a file that was read.
func ImportColumns(b store.ImportBatch) (columns []importer.Column, err error) {
	err = json.Unmarshal([]byte(b.Mapping), &columns)
	return columns, err
}
