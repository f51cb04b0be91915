package instance

import (
	"strconv"

	"latchkey/internal/audit"
	"latchkey/internal/ending"
	"latchkey/internal/mail"
	"latchkey/internal/store"
)

// endsOf are the kinds that a cause ends.
func endsOf(c ending.Cause) []ending.Kind {
	for _, e := range ending.Table() {
		if e.Cause == c {
			return e.Ends
		}
	}
	return nil
}

// Revoked is what Revoke ended that is worth telling.
type Revoked struct {
	// Sessions is how many sessions were alive, Remembered how many browsers skipped the
	// code, and Work how many bulk changes and imports ran.
	Sessions, Remembered, Work int64
}

// Details are what the audit row of the cause says of it.
func (r Revoked) Details() []audit.Detail {
	if r.Work == 0 {
		return nil
	}
	return []audit.Detail{{Name: "acts stopped", After: strconv.FormatInt(r.Work, 10)}}
}

// Revoke ends what the cause ends for the subject of e, at its time and in its
// transaction; the session with the public id keep goes on. Links that only take
// something back outlive everything (decision 26). A request for a lost phone that ends
// is written down with the details of e.
//
// It is the only place that ends such things for an event: what ends when stands in
// ending.Table and nowhere else. Raising the credential version, by which what is not
// listed here becomes worthless as well, is part of the change itself.
func (i *Instance) Revoke(tx *store.Tx, c ending.Cause, e audit.Entry, keep string) (r Revoked, err error) {
	for _, k := range endsOf(c) {
		if err := i.end(tx, k, c, e, keep, &r); err != nil {
			return r, err
		}
	}
	return r, nil
}

// end ends one kind and counts what is worth telling.
func (i *Instance) end(tx *store.Tx, k ending.Kind, c ending.Cause, e audit.Entry, keep string, r *Revoked) (err error) {
	id, n := e.SubjectID, int64(0)
	switch k {
	case ending.KindSessions:
		if err = tx.DropLapsed(id, e.At); err == nil {
			r.Sessions, err = tx.EndSessions(id, keep)
		}
	case ending.KindPending:
		err = tx.DropPending(id)
	case ending.KindBrowsers:
		err = tx.DropBrowsers(id)
	case ending.KindRemembered:
		r.Remembered, err = tx.ForgetAllRemembered(id, e.At)
	case ending.KindLinks:
		drop := tx.DropLinksTo
		if c == ending.CauseLinkMade {
			drop = tx.ReplaceLinksTo
		}
		err = inOrder(
			func() error { return drop(id, store.PurposeInvite, store.PurposePassword, store.PurposeReset) },
			func() error { return tx.DropMails(id, string(mail.Invitation), string(mail.ResetPassword)) })
	case ending.KindAddress:
		err = EndAddress(tx, id)
	case ending.KindRequest, ending.KindApproved:
		err = endRequest(tx, k, e)
	case ending.KindEnrolment:
		err = tx.DropPendingAuthenticator(id)
	case ending.KindChanges:
		n, err = stopChanges(tx, c, e)
	case ending.KindImports:
		n, err = stopImports(tx, c, e)
	case ending.KindApprovals:
		err = tx.ForgetApprovalsOf(id)
	}
	r.Work += n
	return err
}

// stopChanges stops what runs on many users, and writes down how far it came.
func stopChanges(tx *store.Tx, c ending.Cause, e audit.Entry) (int64, error) {
	stopped, err := tx.StopBulkJobsOf(e.SubjectID, e.At)
	if err != nil {
		return 0, err
	}
	for _, b := range stopped {
		b.State = store.BulkRefused
		if err := tx.Audit(BulkJobEnded(BulkJobStarter(b, e.At), b, stoppedBecause(c))); err != nil {
			return 0, err
		}
	}
	return int64(len(stopped)), nil
}

// stopImports is the same for imports.
func stopImports(tx *store.Tx, c ending.Cause, e audit.Entry) (int64, error) {
	stopped, err := tx.StopImportsOf(e.SubjectID, "The import was stopped because "+stoppedBecause(c)+".", e.At)
	if err != nil {
		return 0, err
	}
	for _, b := range stopped {
		if err := tx.Audit(ImportEnded(b, e.At, "because "+stoppedBecause(c), true)); err != nil {
			return 0, err
		}
	}
	return int64(len(stopped)), nil
}

// stoppedBecause says why a bulk change or an import was stopped: in the audit log, and in
// the report of an import.
func stoppedBecause(c ending.Cause) string {
	const starter = "the person who started it "
	switch c {
	case ending.CauseNotMe:
		return "the owner of the account says that somebody else started it"
	case ending.CausePasswordByLink:
		return starter + "has since chosen a new password through a link"
	case ending.CauseDisabled:
		return starter + "was disabled"
	case ending.CauseDeleted, ending.CauseOwnDeletion:
		return starter + "was deleted"
	case ending.CauseRoleChanged:
		return starter + "is no longer an administrator"
	}
	return starter + "has to set up two-step verification again"
}

func inOrder(all ...func() error) error {
	for _, one := range all {
		if err := one(); err != nil {
			return err
		}
	}
	return nil
}

// endRequest withdraws the request for a lost phone that is open, or the one that was
// approved, with its link.
func endRequest(tx *store.Tx, k ending.Kind, e audit.Entry) error {
	q, waiting, err := tx.LivingRequest(e.SubjectID)
	if err != nil || !waiting || (q.Status == store.RequestApproved) != (k == ending.KindApproved) {
		return err
	}
	return EndRequest(tx, q.ID, e)
}

// EndRequest withdraws a request for a lost phone of the subject of e that is open or
// approved, and with it the link of one that was approved. It is written down with the
// details of e.
func EndRequest(tx *store.Tx, id string, e audit.Entry) error {
	if done, err := tx.CancelRequest(id, e.At); err != nil || !done {
		return err
	}
	if err := tx.DropLinksTo(e.SubjectID, store.PurposePhone); err != nil {
		return err
	}
	e.Event, e.Result = audit.RequestCancelled, audit.ResultOK
	return tx.Audit(e)
}

// EndAddress forgets the address of a user that waits to be confirmed, with its link and
// the mail that has one.
func EndAddress(tx *store.Tx, userID string) error {
	return inOrder(
		func() error { return tx.SetPendingEmail(userID, "") },
		func() error { return tx.DropLinksTo(userID, store.PurposeEmail) },
		func() error { return tx.DropMails(userID, string(mail.ConfirmAddress)) })
}
