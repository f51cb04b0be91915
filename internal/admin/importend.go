package admin

import (
	"time"

	"latchkey/internal/instance"
	"latchkey/internal/store"
)

// Why an import ends, as the rows that are left and the audit log have it.
const (
	ranThrough    = ""
	stoppedByHand = "before the end"
	stoppedByRule = "because " + noAdministrator
)

// noAdministrator is why work does not go on whose starter may not do it any more.
const noAdministrator = "the person who started it is no longer an administrator"

// endImport ends a running import and writes down what came of it. One that ran through
// goes on with the invitations that can be mailed.
func endImport(i *instance.Instance, tx *store.Tx, b store.ImportBatch, why string, now time.Time) error {
	state, left := store.ImportDone, ""
	if why != ranThrough {
		state, left = store.ImportStopped, "The import was stopped "+why+"."
	}
	ended, err := tx.EndImport(b.ID, state, left, now, now.Add(importFor))
	if err != nil || !ended {
		return err
	}
	if err := tx.Audit(instance.ImportEnded(b, now, why, why == stoppedByRule)); err != nil {
		return err
	}
	if why != ranThrough || !b.Invite || !i.HasMail() {
		return nil
	}
	_, err = tx.AddInvitations(store.Batch{
		ID: b.ID, Action: kindInvite, ActorID: b.Owner, ActorName: b.ActorName, IP: b.IP, UserAgent: b.UserAgent, RequestID: b.RequestID,
		Began: now,
	}, b.ID)
	return err
}
