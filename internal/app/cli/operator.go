package cli

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"time"

	"latchkey/internal/audit"
)

// AuditBase is the audit entry of what a command does.
func AuditBase(now time.Time) audit.Entry {
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
