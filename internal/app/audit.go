package app

import (
	"fmt"
	"os/user"
	"time"

	"latchkey/internal/audit"
)

type auditCommand struct {
	Verify auditVerifyCommand `cmd:"" help:"Check that nobody changed the audit log."`
}

type auditVerifyCommand struct {
	Head string `env:"LATCHKEY_AUDIT_HEAD" placeholder:"SEQ:MAC" help:"A head from the server's log; finds rows that were cut off the end since."`
}

// Run checks the chain and prints its head; it fails with the first bad row.
func (c auditVerifyCommand) Run(r *run) error {
	p, err := r.openQuietly()
	if err != nil {
		return err
	}
	defer p.close()
	seq, mac, err := p.db.VerifyAudit(r.ctx, p.site.Ring, c.Head)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(r.stdout, "%d rows, unbroken. Head: %d:%s\n", seq, seq, mac)
	return err
}

// auditBase is the audit entry of what a command does: its actor is the operating
// system's user, as far as that is known.
func (r *run) auditBase(now time.Time) audit.Entry {
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	return audit.Entry{At: now, Result: audit.ResultOK, ActorName: "cli:" + name}
}
