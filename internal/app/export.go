package app

import (
	"bufio"
	"fmt"
	"io"
	"time"

	"latchkey/internal/app/cli"
	"latchkey/internal/app/users"
	"latchkey/internal/program"
	"latchkey/internal/store"
	"latchkey/internal/userexport"
)

type exportCommand struct {
	Users exportUsersCommand `cmd:"" help:"Write all users but those in the recycle bin."`
	Audit exportAuditCommand `cmd:"" help:"Write the audit log, oldest row first."`
}

// exportFormat is the flag that both exports have.
type exportFormat struct {
	Format string `enum:"csv,jsonl" default:"csv" env:"LATCHKEY_EXPORT_FORMAT" help:"csv for spreadsheets, jsonl for programs."`
}

type exportUsersCommand struct {
	exportFormat
	users.FilterFlags
}

// Help shows how it is used.
func (exportUsersCommand) Help() string {
	return cli.Examples("export users >users.csv", "export users --format jsonl", "export users --inactive 180 >users.csv")
}

// Run writes the users in the order of their user names.
func (c exportUsersCommand) Run(r *cli.Run) error {
	return c.export(r, func(p *program.Program, x userexport.Export, w io.Writer) error {
		return x.Users(r.Ctx, w, c.Filter(p.Instance, x.Audit.At), c.Details(p.Instance))
	})
}

type exportAuditCommand struct{ exportFormat }

// Help shows how it is used.
func (exportAuditCommand) Help() string {
	return cli.Examples("export audit --format jsonl >audit.jsonl", "export audit")
}

// Run writes the whole log.
func (c exportAuditCommand) Run(r *cli.Run) error {
	return c.export(r, func(_ *program.Program, x userexport.Export, w io.Writer) error {
		return x.AuditLog(r.Ctx, w, store.AuditFilter{}, nil)
	})
}

func (c exportFormat) export(r *cli.Run, write func(*program.Program, userexport.Export, io.Writer) error) error {
	p, err := r.OpenReading(false)
	if err != nil {
		return err
	}
	defer p.Close()
	if p.DB.ReadOnly() {
		fmt.Fprintln(r.Stderr, "latchkey: the data folder cannot be written, so its audit log does not tell of this export")
	}
	w := bufio.NewWriter(r.Stdout)
	if err := write(p, userexport.Export{DB: p.DB, Format: c.Format, Audit: cli.AuditBase(time.Now())}, w); err != nil {
		return err
	}
	return w.Flush()
}
