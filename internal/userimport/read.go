// Package userimport takes users over from a file. Intake reads it and keeps its rows, and
// Import lets them become users. Pages, commands and the job in the background use the
// same ones.
package userimport

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/importer"
	"latchkey/internal/instance"
	"latchkey/internal/problem"
	"latchkey/internal/secret"
	"latchkey/internal/store"
)

const (
	// MaxUploadRows is how many users a file may have that is uploaded. What has more is
	// split, or imported by the command.
	//
	//limit:uploads Rows of a file that is uploaded
	MaxUploadRows = 100_000
	// MaxFileRows is how many users a file may have that the command imports. The command
	// says nothing until it is done and keeps others from writing meanwhile, which is for
	// the operator to decide.
	//
	//limit:uploads Rows of a file that the command imports
	MaxFileRows = 1_000_000
	// KeptAnyway is how much of any file is kept in the database until it is imported. A
	// small file may need more than its size allows.
	//
	//limit:uploads,bytes Room in the database for any file until it is imported
	KeptAnyway = 1 << 20
	// KeptGrowth is how many bytes more are kept for every byte of the file. A row becomes
	// one with a reason and sealed values: 5 to 15 times as much for a list of names and
	// addresses, 57 times for rows of two letters.
	//
	//limit:uploads Further bytes for every byte of the file
	KeptGrowth = 32
	// MaxReports is how many files of one administrator are kept for a day, checked or
	// imported. The oldest go first; of files that were checked and not imported only the
	// last is kept.
	//
	//limit:uploads Files of one administrator that are kept for a day
	MaxReports = 20
	// MaxReportRows is how many rows the reports of one administrator's imports may have
	// together. The oldest go first.
	//
	//limit:uploads Rows in the reports of one administrator
	MaxReportRows = 500_000
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
	Instance *instance.Instance
	// Owner is the administrator who alone may see and run it; "" for a command.
	Owner string
	// FileName is shown and written down; it must be fit for that.
	FileName string
	// Invite takes rows without a password in, as users who are to be invited.
	Invite bool
	// MakeGroups makes groups that the file names and that are not there; without it their rows
	// are refused.
	MakeGroups bool
	// MaxRows is how many rows the file may have.
	MaxRows int
	// Progress hears of every few hundred rows; nil for nobody.
	Progress func(rows int)
}

// Read reads the file to its end and returns what was found. When it fails, or ctx
// ends, it leaves nothing. A mistake in the file is a problem.Invalid with the field
// "file"; a row that cannot be added is not a mistake.
func (in Intake) Read(ctx context.Context, file *importer.File) (b store.ImportJob, err error) {
	now := in.Instance.Now()
	file.MaxRows = in.MaxRows
	b = store.ImportJob{ID: secret.ID(), Owner: in.Owner, Format: string(file.Format), FileName: in.FileName, Invite: in.Invite, Created: now, Ends: now.Add(time.Hour)}
	file.Invite = in.Invite
	if err := in.Instance.DB.Tx(ctx, func(tx *store.Tx) error { return tx.AddImport(b) }); err != nil {
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
	b.State, b.Changed = store.ImportReady, in.Instance.Now()
	b.Ends = b.Changed.Add(importFor)
	return b, in.Instance.DB.Tx(ctx, func(tx *store.Tx) error { return must(tx.ImportRead(b)) })
}

// must is an error if a statement that has to find its row did not.
func must(done bool, err error) error {
	if err == nil && !done {
		err = errors.New("the import is gone")
	}
	return err
}

// Drop forgets an import that does not run.
func (in Intake) Drop(b store.ImportJob) error {
	ctx := context.Background()
	if err := in.Instance.DB.EmptyImport(ctx, b.ID, in.Owner); err != nil {
		return err
	}
	return in.Instance.DB.Tx(ctx, func(tx *store.Tx) error {
		_, err := tx.DropImport(b.ID, in.Owner)
		return err
	})
}

// dropEarlier forgets what the owner uploaded before and never started, and the oldest
// reports where there are too many.
func (in Intake) dropEarlier() error {
	if in.Owner == "" {
		return nil // of another command, which may be at work
	}
	earlier, err := in.Instance.DB.ImportsOf(in.Owner)
	if err != nil {
		return err
	}
	rows := 0
	for n, b := range earlier {
		rows += b.Good + b.Bad
		if b.State == store.ImportRunning || b.State != store.ImportReady && n < MaxReports-1 && rows <= MaxReportRows {
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
func (in Intake) rows(ctx context.Context, file *importer.File, b *store.ImportJob) error {
	var slice []staged
	kinds := hashKinds{}
	position, kept := 0, int64(0)
	for row, err := range file.Rows(ctx) {
		if err != nil {
			return err
		}
		position++
		kinds.check(in.Instance.Hasher, &row)
		slice = append(slice, stage(row, position))
		if len(slice) == stageSlice {
			size, err := in.keep(ctx, b, slice)
			if err != nil {
				return err
			}
			if kept += size; kept > KeptAnyway+KeptGrowth*file.Bytes() {
				return problem.Field("file", fmt.Sprintf("The first %d rows need %d times as much room here as in the file. Split it into smaller files", position, kept/max(1, file.Bytes())))
			}
			slice = slice[:0]
			in.tell(position)
		}
	}
	b.Warning = kinds.warning(ctx, in.Instance.Hasher)
	_, err := in.keep(ctx, b, slice)
	return err
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

// Columns returns what became of the columns of a file that was read.
func Columns(b store.ImportJob) (columns []importer.Column, err error) {
	err = json.Unmarshal([]byte(b.Mapping), &columns)
	return columns, err
}
