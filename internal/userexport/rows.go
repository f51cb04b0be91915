package userexport

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// Users writes the users that a filter selects to w, in its order, pages aside.
// Nothing secret of them is in the file. details say in the audit row what the
// filter was.
func (x Export) Users(ctx context.Context, w io.Writer, f store.UserFilter, details []audit.Detail) error {
	rows, err := x.DB.CountAllUsers(ctx, f)
	if err != nil {
		return err
	}
	if err := x.record(ctx, audit.UsersExported, details, rows); err != nil {
		return err
	}
	file, err := x.file(w, []string{
		"username", "name", "email", "role", "status", "authenticators", "recovery_codes_left", "groups", "created", "last_sign_in", "id",
	})
	if err != nil {
		return err
	}
	err = x.eachWithGroups(ctx, f, func(u user.User, groups string) error {
		return file.row(u.Username, u.Name, u.Email, string(u.Role), string(store.StatusOf(u, f.Now)),
			u.Authenticators, u.CodesLeft, groups, exportTime(u.Created, time.RFC3339), exportTime(u.LastSignIn, time.RFC3339), u.ID)
	})
	if err != nil {
		return err
	}
	return file.end()
}

// together is of how many users the groups are read at once.
const together = 100

// eachWithGroups hands over users with the names of their groups, with commas between, as an
// import takes them.
func (x Export) eachWithGroups(ctx context.Context, f store.UserFilter, do func(u user.User, groups string) error) error {
	var waiting []user.User
	flush := func() error {
		ids := make([]string, len(waiting))
		for i, u := range waiting {
			ids[i] = u.ID
		}
		in, err := x.DB.GroupsOfAll(ctx, ids)
		if err != nil {
			return err
		}
		for _, u := range waiting {
			if err := do(u, store.GroupNames(in[u.ID])); err != nil {
				return err
			}
		}
		waiting = waiting[:0]
		return nil
	}
	err := x.DB.EachUser(ctx, f, func(u user.User) error {
		if waiting = append(waiting, u); len(waiting) < together {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	return flush()
}

// atFormat has the milliseconds, which the chain covers.
const atFormat = "2006-01-02T15:04:05.000Z07:00"

// AuditLog writes the audit entries that a filter selects to w, oldest first, up to
// the newest before its own. Every field that the chain covers is there and the MAC:
// anyone who has the key can check that a file without a filter was not changed.
func (x Export) AuditLog(ctx context.Context, w io.Writer, f store.AuditFilter, details []audit.Detail) error {
	newest, _, err := x.DB.AuditHead()
	if err != nil {
		return err
	}
	if f.Before == 0 {
		f.Before = newest + 1
	}
	rows, err := x.DB.CountAuditEntries(ctx, f)
	if err != nil {
		return err
	}
	if err := x.record(ctx, audit.AuditExported, details, rows); err != nil {
		return err
	}
	file, err := x.file(w, []string{
		"seq", "at", "event", "result", "actor_id", "actor_name", "subject_id", "subject_name", "ip", "user_agent", "request_id", "details", "mac",
	})
	if err != nil {
		return err
	}
	err = x.DB.EachAuditEntry(ctx, f, func(e audit.Entry) error {
		return file.row(e.Seq, exportTime(e.At, atFormat), string(e.Event), string(e.Result), e.ActorID, e.ActorName,
			e.SubjectID, e.SubjectName, e.IP, e.UserAgent, e.RequestID, json.RawMessage(audit.EncodeDetails(e.Details)), e.MAC)
	})
	if err != nil {
		return err
	}
	return file.end()
}

// exportTime is a time in UTC; "" if it never was.
func exportTime(t time.Time, format string) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(format)
}
