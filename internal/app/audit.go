package app

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"time"

	"latchkey/internal/audit"
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
	return examples("audit verify", "audit verify --head 1042:k3v9…")
}

// Run checks the chain and prints its head; it fails with the first bad row.
func (c auditVerifyCommand) Run(r *run) error {
	if err := store.CheckHead(c.Head); err != nil {
		return usageError{fmt.Errorf("--head: %w", err)}
	}
	p, err := r.openReading(false)
	if err != nil {
		return err
	}
	defer p.Close()
	seq, mac, err := p.DB.VerifyAudit(r.ctx, p.Instance.Ring, c.Head)
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
	_, err = fmt.Fprintf(r.stdout, "%s, unbroken.%s Head: %d:%s\n", rows, gone, seq, mac)
	return err
}

// auditBase is the audit entry of what a command does.
func auditBase(now time.Time) audit.Entry {
	return audit.Entry{At: now, Result: audit.ResultOK, ActorName: "cli:" + operator(os.Getuid())}
}

// operator names the user of the operating system. It does not ask user.Current,
// which believes $USER where the system knows no name, as in most containers:
// anybody could sign the audit log with another's name.
func operator(uid int) string {
	u, err := user.LookupId(strconv.Itoa(uid))
	if err != nil {
		return fmt.Sprintf("uid %d", uid)
	}
	return u.Username
}
