package app

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/importer"
	"latchkey/internal/problem"
	"latchkey/internal/secret"
	"latchkey/internal/store"
)

type importCommand struct {
	File    string `arg:"" help:"File to read."`
	From    string `enum:"tutorial,csv,json,guess" default:"guess" env:"LATCHKEY_IMPORT_FROM" placeholder:"FORMAT" help:"Format: tutorial, csv or json; guessed from the content if not given."`
	DryRun  bool   `env:"LATCHKEY_IMPORT_DRY_RUN" help:"Say what would happen and change nothing."`
	SkipBad bool   `env:"LATCHKEY_IMPORT_SKIP_BAD" help:"Import the good rows although there are bad ones."`
}

// errNothing undoes an import that is not to happen.
var errNothing = errors.New("nothing was imported")

// imported is the running count of an import, with the report as it grows.
type imported struct {
	command    importCommand
	r          *run
	table      *tabwriter.Writer
	added, bad int
	base       audit.Entry
}

// Run imports all rows or none: one transaction, undone if a row is bad and
// nobody said to skip those. A dry run is the same import, undone in any case, so
// that it cannot promise what would then fail.
func (c importCommand) Run(r *run) error {
	p, err := r.openQuietly()
	if err != nil {
		return err
	}
	defer p.close()
	i := &imported{command: c, r: r, table: tabwriter.NewWriter(r.stdout, 2, 4, 2, ' ', 0), base: r.auditBase(time.Now())}
	fmt.Fprintln(i.table, "ROW\tUSERNAME\tRESULT\tREASON")
	err = p.db.Tx(r.ctx, func(tx *store.Tx) error { return i.run(p, tx) })
	i.table.Flush()
	if err != nil && !errors.Is(err, errNothing) {
		return err
	}
	return i.summary()
}

func (i *imported) run(p *program, tx *store.Tx) error {
	format := importer.Format(i.command.From)
	if format == "guess" {
		format = importer.Guess(i.command.File)
	}
	for row, err := range importer.Read(i.command.File, format) {
		if err != nil {
			return err
		}
		if err := i.row(p, tx, row); err != nil {
			return err
		}
	}
	if i.command.DryRun || i.bad > 0 && !i.command.SkipBad {
		return errNothing
	}
	e := i.base
	e.Event, e.Result = audit.UsersImported, audit.ResultOK
	e.Details = []audit.Detail{
		{Name: "file", After: filepath.Base(i.command.File)},
		{Name: "added", After: fmt.Sprint(i.added)}, {Name: "refused", After: fmt.Sprint(i.bad)},
	}
	return tx.Audit(e)
}

// row adds one user, unless the row is bad or clashes with a user who is there.
func (i *imported) row(p *program, tx *store.Tx, row importer.Row) error {
	if !row.Bad() {
		err := i.add(p, tx, row)
		if problem.Is(err, problem.Invalid) {
			row.Refuse(problem.As(err).Message + ".")
		} else if err != nil {
			return fmt.Errorf("row %d: %w", row.Number, err)
		}
	}
	result, reasons := "added", row.Notes
	if i.command.DryRun {
		result = "would be added"
	}
	if row.Bad() {
		i.bad++
		result, reasons = "refused", row.Problems
	} else {
		i.added++
	}
	_, err := fmt.Fprintf(i.table, "%d\t%s\t%s\t%s\n", row.Number, audit.CleanText(row.Given, 64), result, strings.Join(reasons, " "))
	return err
}

func (i *imported) add(p *program, tx *store.Tx, row importer.Row) error {
	now := i.base.At
	n := store.NewUser{
		ID: secret.ID(), Username: row.Username, Name: row.Name, Email: row.Email, EmailKey: row.EmailCanonical,
		EmailConfirmed: row.Email != "", Role: row.Role, Disabled: row.Disabled, Hash: row.PasswordHash,
		CreatedAt: now, ChangedAt: now,
	}
	if err := tx.AddUser(n); err != nil {
		return err
	}
	if row.TOTPSecret != nil {
		id := secret.ID()
		err := tx.AddAuthenticator(store.Authenticator{
			ID: id, UserID: n.ID, Label: "Imported", Sealed: p.site.SealTOTP(row.TOTPSecret, n.ID, id), Created: now,
		})
		if err != nil {
			return err
		}
	}
	e := i.base
	e.Event, e.Result, e.SubjectID, e.SubjectName = audit.UserCreated, audit.ResultOK, n.ID, n.Username
	e.Details = []audit.Detail{{Name: "role", After: string(n.Role)}, {Name: "by", After: "import"}}
	return tx.Audit(e)
}

func (i *imported) summary() error {
	switch {
	case i.command.DryRun:
		_, err := fmt.Fprintf(i.r.stdout, "Dry run: %d would be added, %d refused. Nothing was changed.\n", i.added, i.bad)
		return err
	case i.bad > 0 && !i.command.SkipBad:
		return fmt.Errorf("%d of %d rows are bad and nothing was imported; mend them, or import the others with --skip-bad", i.bad, i.added+i.bad)
	}
	_, err := fmt.Fprintf(i.r.stdout, "%d added, %d refused.\n", i.added, i.bad)
	return err
}
