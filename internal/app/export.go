package app

import (
	"bufio"
	"io"
	"time"

	"latchkey/internal/admin"
	"latchkey/internal/store"
)

type exportCommand struct {
	Users exportUsersCommand `cmd:"" help:"Write all users but those in the recycle bin."`
	Audit exportAuditCommand `cmd:"" help:"Write the audit log, oldest row first."`
}

// exportFormat is the flag that both exports have.
type exportFormat struct {
	Format string `enum:"csv,jsonl" default:"csv" env:"LATCHKEY_EXPORT_FORMAT" help:"csv for spreadsheets, jsonl for programs."`
}

type exportUsersCommand struct{ exportFormat }

// Help shows how it is used.
func (exportUsersCommand) Help() string {
	return examples("export users >users.csv", "export users --format jsonl")
}

// Run writes the users in the order of their user names.
func (c exportUsersCommand) Run(r *run) error {
	return c.export(r, func(x admin.Export, w io.Writer) error {
		return x.Users(r.ctx, w, store.UserFilter{Sort: store.SortUsername, Now: x.Audit.At}, nil)
	})
}

type exportAuditCommand struct{ exportFormat }

// Help shows how it is used.
func (exportAuditCommand) Help() string {
	return examples("export audit --format jsonl >audit.jsonl", "export audit")
}

// Run writes the whole log.
func (c exportAuditCommand) Run(r *run) error {
	return c.export(r, func(x admin.Export, w io.Writer) error {
		return x.AuditLog(r.ctx, w, store.AuditFilter{}, nil)
	})
}

func (c exportFormat) export(r *run, write func(admin.Export, io.Writer) error) error {
	p, err := r.openQuietly()
	if err != nil {
		return err
	}
	defer p.close()
	w := bufio.NewWriter(r.stdout)
	if err := write(admin.Export{DB: p.db, Format: c.Format, Audit: auditBase(time.Now())}, w); err != nil {
		return err
	}
	return w.Flush()
}
