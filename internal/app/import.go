package app

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/importer"
	"latchkey/internal/problem"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

type importCommand struct {
	File    string `arg:"" help:"File to read."`
	From    string `enum:"tutorial,csv,json," default:"" env:"LATCHKEY_IMPORT_FROM" placeholder:"FORMAT" help:"tutorial, csv or json; guessed from the content if not given."`
	DryRun  bool   `env:"LATCHKEY_IMPORT_DRY_RUN" help:"Say what would happen and change nothing."`
	SkipBad bool   `env:"LATCHKEY_IMPORT_SKIP_BAD" help:"Import the good rows although there are bad ones."`
}

// Help shows how it is used.
func (importCommand) Help() string {
	return examples("import twofactor_app.db --dry-run", "import users.csv --from csv --skip-bad")
}

// errNothing undoes an import that is not to happen.
var errNothing = errors.New("nothing was imported")

// imported is an import under way, with what it will report.
type imported struct {
	command    importCommand
	base       audit.Entry
	rows       []reported
	added, bad int
}

// reported is a row of the report.
type reported struct {
	number  int
	name    string
	bad     bool
	reasons []string
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
	rows, err := c.read()
	if err != nil {
		return err
	}
	i := &imported{command: c, base: auditBase(time.Now())}
	err = p.db.Tx(r.ctx, func(tx *store.Tx) error { return i.run(p, tx, rows) })
	if err != nil && !errors.Is(err, errNothing) {
		return err
	}
	if err := i.report(r, err == nil); err != nil {
		return err
	}
	return i.summary(r)
}

// read reads the whole file before anything is written: while the transaction
// lasts nobody else writes, and a file may come slowly.
func (c importCommand) read() (rows []importer.Row, err error) {
	format := importer.Format(c.From)
	if format == "" {
		format = importer.Guess(c.File)
	}
	for row, err := range importer.Read(c.File, format) {
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (i *imported) run(p *program, tx *store.Tx, rows []importer.Row) error {
	for _, row := range rows {
		if err := i.row(p, tx, row); err != nil {
			return err
		}
	}
	if i.command.DryRun || i.refused() {
		return errNothing
	}
	e := i.base
	e.Event = audit.UsersImported
	e.Details = []audit.Detail{
		{Name: "file", After: filepath.Base(i.command.File)},
		{Name: "added", After: fmt.Sprint(i.added)}, {Name: "refused", After: fmt.Sprint(i.bad)},
	}
	return tx.Audit(e)
}

// refused reports whether bad rows keep the good ones out.
func (i *imported) refused() bool { return i.bad > 0 && !i.command.SkipBad }

// row adds one user, unless the row is bad or clashes with a user who is there.
func (i *imported) row(p *program, tx *store.Tx, row importer.Row) error {
	if !row.Bad() {
		err := i.add(p, tx, row)
		if problem.Is(err, problem.Invalid) {
			row.Refuse(strings.TrimSuffix(problem.As(err).Message, ".") + ".")
		} else if err != nil {
			return fmt.Errorf("row %d: %w", row.Number, err)
		}
	}
	if row.Role == user.RoleAdmin {
		row.Notes = append(row.Notes, "Becomes an administrator.")
	}
	line := reported{number: row.Number, name: audit.CleanText(row.Given, 64), bad: row.Bad(), reasons: row.Notes}
	if line.bad {
		i.bad++
		line.reasons = row.Problems
	} else {
		i.added++
	}
	i.rows = append(i.rows, line)
	return nil
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
	e.Event, e.SubjectID, e.SubjectName = audit.UserCreated, n.ID, n.Username
	e.Details = []audit.Detail{{Name: "role", After: string(n.Role)}, {Name: "by", After: "import"}}
	return tx.Audit(e)
}

// report prints what became of every row; only now is known whether the good
// ones are in.
func (i *imported) report(r *run, done bool) error {
	good := "good, not added"
	switch {
	case done:
		good = "added"
	case !i.refused():
		good = "would be added"
	}
	w := r.table()
	fmt.Fprintln(w, "ROW\tUSERNAME\tRESULT\tREASON")
	for _, row := range i.rows {
		result := good
		if row.bad {
			result = "refused"
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", row.number, row.name, result, audit.CleanText(strings.Join(row.reasons, " "), maxLine))
	}
	return w.Flush()
}

// summary ends the report. A dry run that found bad rows has done its work; an
// import that did not happen has failed.
func (i *imported) summary(r *run) error {
	text := fmt.Sprintf("%d added, %d refused.", i.added, i.bad)
	switch {
	case i.command.DryRun && i.refused():
		text = fmt.Sprintf("Dry run, nothing was changed. %d of %d rows are bad, so nothing would be imported; with --skip-bad %d would be.",
			i.bad, len(i.rows), i.added)
	case i.command.DryRun:
		text = fmt.Sprintf("Dry run, nothing was changed. %d would be added, %d refused.", i.added, i.bad)
	case i.refused():
		return fmt.Errorf("%d of %d rows are bad and nothing was imported; mend them, or import the others with --skip-bad", i.bad, len(i.rows))
	}
	_, err := fmt.Fprintln(r.stdout, text)
	return err
}
