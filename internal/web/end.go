package web

import (
	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/store"
)

// EndAll ends everything that was issued to the subject of e or waits for him:
// sessions, pending sign-ins, known and remembered browsers, links but those that only
// take something back, an address that is not confirmed yet and a request for a lost
// phone, which is written down with the details of e. It returns how many sessions
// there were.
func (s *Site) EndAll(tx *store.Tx, e audit.Entry) (sessions int64, err error) {
	if sessions, err = tx.EndSessions(e.SubjectID, ""); err != nil {
		return 0, err
	}
	for _, end := range []func(string) error{tx.DropPending, tx.DropLinks, tx.DropBrowsers} {
		if err := end(e.SubjectID); err != nil {
			return 0, err
		}
	}
	if err := tx.SetPendingEmail(e.SubjectID, ""); err != nil {
		return 0, err
	}
	q, waiting, err := tx.LivingRequest(e.SubjectID)
	if err != nil || !waiting {
		return sessions, err
	}
	if done, err := tx.CancelRequest(q.ID, e.At); err != nil || !done {
		return sessions, err
	}
	e.Event, e.Result = audit.RequestCancelled, audit.ResultOK
	return sessions, tx.Audit(e)
}

// TwoStepIn is the setting of two-step verification as it stands inside a transaction:
// taken from memory, it could be the one from before a change that commits at this
// moment.
func TwoStepIn(tx *store.Tx) (auth.TwoStep, error) {
	stored, err := tx.Settings()
	if err != nil {
		return "", err
	}
	settings, err := auth.ParseSettings(stored)
	return settings.TwoStep, err
}
