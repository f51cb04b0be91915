package instance

import (
	"slices"
	"strconv"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// BulkJobStarter is an entry about the person who started an action on several users.
func BulkJobStarter(b store.BulkJob, now time.Time) audit.Entry {
	return audit.Entry{
		At: now, Result: audit.ResultOK, ActorID: b.ActorID, ActorName: b.ActorName, IP: b.IP, UserAgent: b.UserAgent, RequestID: b.RequestID,
	}
}

// BulkJobEnded is the audit row of an action on several users that has ended; why is only of
// one that was refused.
func BulkJobEnded(by audit.Entry, b store.BulkJob, why string) audit.Entry {
	by.Event, by.SubjectID, by.SubjectName = audit.UsersChanged, "", ""
	by.Details = []audit.Detail{
		{Name: "action", After: b.Action}, {Name: "changed", After: strconv.Itoa(b.Changed)},
		{Name: "left out", After: strconv.Itoa(b.LeftOut)}, {Name: "batch", After: b.ID},
	}
	if b.Group != "" {
		by.Details = slices.Insert(by.Details, 1, audit.BulkGroup(b.Action, b.Group))
	}
	for _, d := range []audit.Detail{
		{Name: "filter", After: filterWords(b)}, {Name: "undoes", After: b.Undoes}, {Name: "reason", After: b.Reason},
	} {
		if d.After != "" {
			by.Details = append(by.Details, d)
		}
	}
	switch b.State {
	case store.BulkCancelled:
		by.Details = append(by.Details, audit.Detail{Name: "stopped", After: "cancelled"})
	case store.BulkRefused:
		by.Result = audit.ResultBlocked
		by.Details = append(by.Details, audit.Detail{Name: "stopped", After: why})
	}
	return by
}

// filterWords are the filter of an action on several users as the address of the list says
// it; a filter that cannot be read stands there as it is stored.
func filterWords(b store.BulkJob) string {
	f, err := store.ReadFilter(b.Filter)
	if err != nil {
		return b.Filter
	}
	return f.Query()
}

// ImportStarter is an entry about the person who started an import.
func ImportStarter(b store.ImportJob, now time.Time) audit.Entry {
	return audit.Entry{
		At: now, Result: audit.ResultOK, ActorID: b.Owner, ActorName: b.ActorName, IP: b.IP, UserAgent: b.UserAgent, RequestID: b.RequestID,
	}
}

// ImportEnded is the audit row of an import that has ended; why is "" for one that ran
// through, and blocked says that it was not allowed to go on.
func ImportEnded(b store.ImportJob, now time.Time, why string, blocked bool) audit.Entry {
	e := ImportStarter(b, now)
	e.Event = audit.UsersImported
	e.Details = []audit.Detail{
		{Name: "file", After: b.FileName},
		{Name: "added", After: strconv.Itoa(b.Added)}, {Name: "refused", After: strconv.Itoa(b.Good + b.Bad - b.Added)},
	}
	if why != "" {
		e.Details = append(e.Details, audit.Detail{Name: "stopped", After: why})
	}
	if blocked {
		e.Result = audit.ResultBlocked
	}
	return e
}

// NoAdministrator is why work does not go on whose starter may not do it any more.
const NoAdministrator = "the person who started it is no longer an administrator"

// MayGoOn reports whether the person who started work that goes on by itself could start it
// now. A command, which has no id, could.
func MayGoOn(tx *store.Tx, starterID string) (bool, error) {
	if starterID == "" {
		return true, nil
	}
	u, found, err := tx.LoginByID(starterID)
	return found && u.User.Role == user.RoleAdmin && u.User.Active(), err
}
