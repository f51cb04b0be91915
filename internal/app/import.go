package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"latchkey/internal/audit"
	"latchkey/internal/config"
	"latchkey/internal/importer"
	"latchkey/internal/program"
	"latchkey/internal/store"
	"latchkey/internal/userimport"
)

type importCommand struct {
	config.Links
	File    string `arg:"" help:"File to import."`
	From    string `enum:"tutorial,csv,json," default:"" env:"LATCHKEY_IMPORT_FROM" placeholder:"FORMAT" help:"tutorial, csv or json. Default: guessed from the content."`
	DryRun  bool   `env:"LATCHKEY_IMPORT_DRY_RUN" help:"Show what would happen, without changing anything."`
	SkipBad bool   `env:"LATCHKEY_IMPORT_SKIP_BAD" help:"Import the good rows even if others are bad."`
	Invite  bool   `env:"LATCHKEY_IMPORT_INVITE" help:"Invite people without a password hash: by mail if that is set up, otherwise with printed links."`
}

// Help shows how it is used.
func (importCommand) Help() string {
	return examples("import twofactor_app.db --dry-run", "import users.csv --from csv --skip-bad", "import people.csv --invite")
}

// importRun is the command on its way.
type importRun struct {
	*run
	importCommand
	p     *program.Program
	batch store.ImportJob
}

// Run imports all rows or none: one transaction, after the whole file was read and
// every row checked. A signal before its end leaves nothing behind.
func (c importCommand) Run(r *run) (err error) {
	file, err := importer.Open(c.File, importer.Format(c.From))
	if err != nil {
		return fmt.Errorf("reading %s: %w", c.File, err)
	}
	defer file.Close()
	open := func() (*program.Program, error) { return r.openFor(c.Links) }
	if c.DryRun {
		open = func() (*program.Program, error) { return r.openReading(true) }
	}
	p, err := open()
	if err != nil {
		return err
	}
	defer p.Close()
	ctx, stop := signal.NotifyContext(r.ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	i := importRun{run: r, importCommand: c, p: p}
	intake := userimport.Intake{Instance: p.Instance, FileName: audit.CleanText(filepath.Base(c.File), 100), Invite: c.Invite, MaxRows: userimport.MaxFileRows, Progress: i.progress("read")}
	if i.batch, err = intake.Read(ctx, file); err != nil {
		return i.interrupted(ctx, fmt.Errorf("reading %s: %w", c.File, err))
	}
	defer func() { err = errors.Join(err, intake.Drop(i.batch)) }()
	if err := i.add(ctx); err != nil {
		return i.interrupted(ctx, err)
	}
	if err := i.report(); err != nil {
		return err
	}
	if err := i.summary(); err != nil || i.batch.Added == 0 || i.batch.Invited == 0 {
		return err
	}
	return i.invitations()
}

// interrupted says what a signal did, if there was one.
func (i importRun) interrupted(ctx context.Context, err error) error {
	i.endProgress()
	if ctx.Err() != nil {
		return errors.New("interrupted; nothing was imported")
	}
	return err
}

// refused reports whether bad rows keep the good ones out.
func (i importRun) refused() bool { return i.batch.Bad > 0 && !i.SkipBad }

// add adds the good rows, unless that is not to happen.
func (i *importRun) add(ctx context.Context) (err error) {
	if !i.DryRun && !i.refused() {
		work := userimport.Import{Instance: i.p.Instance, Job: i.batch, Progress: i.progress("added")}
		i.batch, err = work.Together(ctx, auditBase(time.Now()), i.SkipBad)
	}
	i.endProgress()
	return err
}

// progress returns a function that rewrites one line on a terminal, and nil where
// stderr is none.
func (i importRun) progress(verb string) func(rows int) {
	if !i.onTerminal() {
		return nil
	}
	return func(rows int) { fmt.Fprintf(i.stderr, "\r%d rows %s", rows, verb) }
}

func (i importRun) endProgress() {
	if i.onTerminal() {
		fmt.Fprint(i.stderr, "\r\x1b[K") // the line goes away; the report says it all
	}
}

func (i importRun) onTerminal() bool {
	f, ok := i.stderr.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// reportSlice is how many rows of the report are lined up with each other: all of a
// long one would have to be kept until its end.
const reportSlice = 2000

// report prints what the columns were taken for and what became of every row.
func (i importRun) report() error {
	if err := i.columns(); err != nil {
		return err
	}
	w := i.table()
	fmt.Fprintln(w, "ROW\tUSERNAME\tRESULT\tREASON")
	page := store.ImportPage{JobID: i.batch.ID, Limit: reportSlice}
	for {
		rows, err := i.p.DB.ImportRows(i.ctx, page)
		if err != nil {
			return err
		}
		for _, row := range rows {
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", row.Number, row.Given, i.words(row.Result), row.Reasons)
			page.After = row.Position
		}
		if err := w.Flush(); err != nil || len(rows) < reportSlice {
			return err
		}
	}
}

// columns says what is to be known about the whole file, and names what was passed over, and what has another name here.
func (i importRun) columns() error {
	columns, err := userimport.Columns(i.batch)
	if err != nil {
		return err
	}
	if i.batch.Warning != "" {
		fmt.Fprintln(i.stdout, i.batch.Warning)
	}
	for _, c := range columns {
		if c.Field != c.Given || c.Field == "" {
			name := c.String()
			fmt.Fprintf(i.stdout, "%s is %s.\n", strings.ToUpper(name[:1])+name[1:], becomes(c))
		}
	}
	return nil
}

func becomes(c importer.Column) string {
	switch {
	case c.Field == "first_name", c.Field == "last_name":
		return "read as part of name"
	case c.Field == "":
		return "not used"
	case c.Reversed:
		return "read as " + c.Field + " when false"
	}
	return "read as " + c.Field
}

// words are what a result means here.
func (i importRun) words(result store.ImportResult) string {
	switch {
	case result != store.RowGood:
		return string(result)
	case i.refused():
		return "good, not added"
	}
	return "would be added"
}

// summary ends the report. A dry run that found bad rows has done its work; an
// import that did not happen has failed.
func (i importRun) summary() error {
	b := i.batch
	text := fmt.Sprintf("%d added, %d refused.", b.Added, b.Good+b.Bad-b.Added)
	switch {
	case i.DryRun && i.refused():
		text = fmt.Sprintf("Dry run, nothing was changed. %d of %d rows are bad, so nothing would be imported; with --skip-bad %d would be.",
			b.Bad, b.Good+b.Bad, b.Good)
	case i.DryRun && b.Invited > 0:
		text = fmt.Sprintf("Dry run, nothing was changed. %d would be added, %d of them invited, %d refused.", b.Good, b.Invited, b.Bad)
	case i.DryRun:
		text = fmt.Sprintf("Dry run, nothing was changed. %d would be added, %d refused.", b.Good, b.Bad)
	case i.refused():
		return fmt.Errorf("%d of %d rows are bad and nothing was imported; fix them, or import the others with --skip-bad", b.Bad, b.Good+b.Bad)
	}
	_, err := fmt.Fprintln(i.stdout, text)
	return err
}
