package userimport

import (
	"time"

	"latchkey/internal/account"
	"latchkey/internal/instance"
	"latchkey/internal/store"
)

// Why an import ends, as the rows that are left and the audit log have it.
const (
	ranThrough    = ""
	stoppedByHand = "before the end"
	stoppedByRule = "because " + instance.NoAdministrator
)

// Stop ends a running import between two slices, because somebody asked for it. Who was
// added stays: they may have signed in.
func Stop(i *instance.Instance, tx *store.Tx, b store.ImportJob, now time.Time) error {
	return end(i, tx, b, stoppedByHand, now)
}

// end ends a running import and writes down what came of it. One that ran through
// goes on with the invitations that can be mailed.
func end(i *instance.Instance, tx *store.Tx, b store.ImportJob, why string, now time.Time) error {
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
	_, err = tx.AddInvitations(store.BulkJob{
		ID: b.ID, Action: account.Invite, ActorID: b.Owner, ActorName: b.ActorName, IP: b.IP, UserAgent: b.UserAgent, RequestID: b.RequestID,
		Began: now,
	}, b.ID)
	return err
}
