package admin

import (
	"strconv"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/store"
)

// ownerMayGoOn reports whether the owner of a batch could start it now: what somebody
// began who was then dismissed must not go on making administrators. A command, which
// has no owner, may.
func ownerMayGoOn(tx *store.Tx, b store.ImportBatch) (bool, error) {
	if b.Owner == "" {
		return true, nil
	}
	return mayGoOn(tx, b.Owner)
}

// starter is an entry about whoever started the import.
func starter(b store.ImportBatch, now time.Time) audit.Entry {
	return audit.Entry{
		At: now, Result: audit.ResultOK, ActorID: b.Owner, ActorName: b.ActorName, IP: b.IP, UserAgent: b.UserAgent, RequestID: b.RequestID,
	}
}

// Why an import ends, as the rows that are left and the audit log have it.
const (
	ranThrough    = ""
	stoppedByHand = "before the end"
	stoppedByRule = "because whoever started it is no administrator any more"
)

// endImport ends a running import and writes down what came of it.
func endImport(tx *store.Tx, b store.ImportBatch, why string, now time.Time) error {
	state, left := store.ImportDone, ""
	if why != ranThrough {
		state, left = store.ImportStopped, "The import was stopped "+why+"."
	}
	ended, err := tx.EndImport(b.ID, state, left, now, now.Add(importFor))
	if err != nil || !ended {
		return err
	}
	e := starter(b, now)
	e.Event = audit.UsersImported
	e.Details = []audit.Detail{
		{Name: "file", After: b.FileName},
		{Name: "added", After: strconv.Itoa(b.Added)}, {Name: "refused", After: strconv.Itoa(b.Good + b.Bad - b.Added)},
	}
	if why != ranThrough {
		e.Details = append(e.Details, audit.Detail{Name: "stopped", After: why})
	}
	if why == stoppedByRule {
		e.Result = audit.ResultBlocked
	}
	return tx.Audit(e)
}
