package users

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"latchkey/internal/app/cli"
	"latchkey/internal/audit"
	"latchkey/internal/config"
	"latchkey/internal/importer"
	"latchkey/internal/program"
	"latchkey/internal/store"
	"latchkey/internal/userimport"
)

// Import is the command import.
type Import struct {
	config.Links
	File    string `arg:"" help:"File to import."`
	From    string `enum:"tutorial,csv,json," default:"" env:"LATCHKEY_IMPORT_FROM" placeholder:"FORMAT" help:"tutorial, csv or json. Default: guessed from the content."`
	DryRun  bool   `env:"LATCHKEY_IMPORT_DRY_RUN" help:"Show what would happen, without changing anything."`
	SkipBad bool   `env:"LATCHKEY_IMPORT_SKIP_BAD" help:"Import the good rows even if others are bad."`
	Invite  bool   `env:"LATCHKEY_IMPORT_INVITE" help:"Invite people without a password hash: by mail if that is set up, otherwise with printed links."`

	MakeGroups bool `env:"LATCHKEY_IMPORT_MAKE_GROUPS" help:"Make groups that the file names and that do not exist; without it, their rows are refused."`
}

// Help shows how it is used.
func (Import) Help() string {
	return cli.Examples("import twofactor_app.db --dry-run", "import users.csv --from csv --skip-bad", "import people.csv --invite")
}

// importRun is the command on its way.
type importRun struct {
	Import
	r     *cli.Run
	p     *program.Program
	batch store.ImportJob
}

// Run imports all rows or none: one transaction, after the whole file was read and
// every row checked. A signal before its end leaves nothing behind.
func (c Import) Run(r *cli.Run) (err error) {
	file, err := importer.Open(c.File, importer.Format(c.From))
	if err != nil {
		return fmt.Errorf("reading %s: %w", c.File, err)
	}
	defer file.Close()
	open := func() (*program.Program, error) { return r.OpenFor(c.Links) }
	if c.DryRun {
		open = func() (*program.Program, error) { return r.OpenReading(true) }
	}
	p, err := open()
	if err != nil {
		return err
	}
	defer p.Close()
	ctx, stop := signal.NotifyContext(r.Ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	i := importRun{Import: c, r: r, p: p}
	intake := userimport.Intake{Instance: p.Instance, FileName: audit.CleanText(filepath.Base(c.File), 100), Invite: c.Invite, MakeGroups: c.MakeGroups, MaxRows: userimport.MaxFileRows}
	if i.batch, err = i.read(ctx, intake, file); err != nil {
		return interrupted(ctx, fmt.Errorf("reading %s: %w", c.File, err))
	}
	defer func() { err = errors.Join(err, intake.Drop(i.batch)) }()
	if err := i.add(ctx); err != nil {
		return interrupted(ctx, err)
	}
	if err := i.report(); err != nil {
		return err
	}
	if err := i.summary(); err != nil || i.batch.Added == 0 || i.batch.Invited == 0 {
		return err
	}
	return i.invitations()
}

// read stages the rows of the file.
func (i importRun) read(ctx context.Context, intake userimport.Intake, file *importer.File) (store.ImportJob, error) {
	show, end := cli.Progress[int](i.r, "rows read")
	defer end()
	intake.Progress = show
	return intake.Read(ctx, file)
}

// interrupted says what a signal did, if there was one.
func interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errors.New("interrupted; nothing was imported")
	}
	return err
}

// refused reports whether bad rows keep the good ones out.
func (i importRun) refused() bool { return i.batch.Bad > 0 && !i.SkipBad }

// add adds the good rows, unless that is not to happen.
func (i *importRun) add(ctx context.Context) (err error) {
	if i.DryRun || i.refused() {
		return nil
	}
	show, end := cli.Progress[int](i.r, "rows added")
	defer end()
	work := userimport.Import{Instance: i.p.Instance, Job: i.batch, Progress: show}
	i.batch, err = work.Together(ctx, cli.AuditBase(time.Now()), i.SkipBad)
	return err
}

// reportSlice is how many rows of the report are lined up with each other: all of a
// long one would have to be kept until its end.
const reportSlice = 2000

// report prints what the columns were taken for and what became of every row.
func (i importRun) report() error {
	if err := i.columns(); err != nil {
		return err
	}
	w := i.r.Table()
	fmt.Fprintln(w, "ROW\tUSERNAME\tRESULT\tREASON")
	page := store.ImportPage{JobID: i.batch.ID, Limit: reportSlice}
	for {
		rows, err := i.p.DB.ImportRows(i.r.Ctx, page)
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
		fmt.Fprintln(i.r.Stdout, i.batch.Warning)
	}
	for _, c := range columns {
		if c.Field != c.Given || c.Field == "" {
			name := c.String()
			fmt.Fprintf(i.r.Stdout, "%s is %s.\n", strings.ToUpper(name[:1])+name[1:], becomes(c))
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
	_, err := fmt.Fprintln(i.r.Stdout, text)
	return err
}
