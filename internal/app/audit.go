package app

import (
	"fmt"
	"time"

	"latchkey/internal/app/cli"
	"latchkey/internal/store"
)

type auditCommand struct {
	Verify auditVerifyCommand `cmd:"" help:"Check that nobody changed the audit log."`
}

type auditVerifyCommand struct {
	Head string `env:"LATCHKEY_AUDIT_HEAD" placeholder:"SEQ:MAC" help:"Head noted in the server's log, to detect rows removed from the end since."`
}

// Help shows how it is used.
func (auditVerifyCommand) Help() string {
	return cli.Examples("audit verify", "audit verify --head 1042:k3v9…")
}

// Run checks the chain and prints its head; it fails with the first bad row.
func (c auditVerifyCommand) Run(r *cli.Run) error {
	if err := store.CheckHead(c.Head); err != nil {
		return cli.UsageError(fmt.Errorf("--head: %w", err))
	}
	p, err := r.OpenReading(false)
	if err != nil {
		return err
	}
	defer p.Close()
	seq, mac, err := p.DB.VerifyAudit(r.Ctx, p.Instance.Ring, c.Head)
	if err != nil {
		return err
	}
	if err := p.HeadHeld(); err != nil {
		return err
	}
	removed, err := p.DB.AuditRemoved()
	if err != nil {
		return err
	}
	gone := ""
	if removed.LastSeq > 0 {
		gone = fmt.Sprintf(" Rows 1 to %d, from %s to %s, were removed by retention, most recently on %s.", removed.LastSeq,
			removed.FirstAt.Format(time.DateOnly), removed.LastAt.Format(time.DateOnly), removed.At.Format(time.DateOnly))
	}
	rows := "1 row"
	if n := seq - removed.LastSeq; n != 1 {
		rows = fmt.Sprintf("%d rows", n)
	}
	_, err = fmt.Fprintf(r.Stdout, "%s, unbroken.%s Head: %d:%s\n", rows, gone, seq, mac)
	return err
}
