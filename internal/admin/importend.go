package admin

import (
	"time"

	"latchkey/internal/store"
	"latchkey/internal/web"
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

// Why an import ends, as the rows that are left and the audit log have it.
const (
	ranThrough    = ""
	stoppedByHand = "before the end"
	stoppedByRule = "because " + noAdministrator
)

// noAdministrator is why work does not go on whose starter may not do it any more.
const noAdministrator = "whoever started it is no administrator any more"

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
	return tx.Audit(web.ImportEnded(b, now, why, why == stoppedByRule))
}
