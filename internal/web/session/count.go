package session

import (
	"fmt"
	"time"

	"latchkey/internal/auth"
	"latchkey/internal/instance"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// mayAct refuses what the visitor has done too often, without writing anything.
func (h *Holder) mayAct() error {
	if h.CountAs == "" || h.acted {
		return nil
	}
	t, err := h.DB.Tries(h.CountAs, h.User.ID)
	if err != nil {
		return err
	}
	if _, wait := auth.LimitOf(h.CountAs).Try(t, h.Now); wait > 0 {
		return h.tooOften(h.CountAs, wait)
	}
	return nil
}

// countAct counts what the visitor does, once in a request.
func (h *Holder) countAct(tx *store.Tx) error {
	if h.CountAs == "" || h.acted {
		return nil
	}
	return h.countDone(tx, h.CountAs, h.User.ID)
}

// countDone counts something that a user does in the transaction in which it is done.
func (h *Holder) countDone(tx *store.Tx, b auth.Bucket, userID string) error {
	_, wait, err := tx.Count(b, userID, auth.LimitOf(b), h.Now)
	if err == nil && wait > 0 {
		err = h.tooOften(b, wait)
	}
	return err
}

// tooOften is the refusal of something that was done too often.
func (h *Holder) tooOften(b auth.Bucket, wait time.Duration) error {
	words, times := auth.ActionWords(b)
	return &problem.Problem{
		Kind: problem.TooMany, RetryAfter: wait, SameForm: true,
		Message: fmt.Sprintf("You have %s %d times in the last hour, which is the limit. You can do it again in %s.", words, times, inWords(wait)),
	}
}

// inWords says how long to wait, in whole minutes.
func inWords(wait time.Duration) string {
	minutes := int((wait + time.Minute - 1) / time.Minute)
	if minutes == 1 {
		return "a minute"
	}
	return fmt.Sprint(minutes, " minutes")
}

// Caller is who tries something with this request.
func (h *Holder) Caller() instance.Caller {
	return instance.Caller{By: h.Audit("", ""), Browser: h.BrowserHash()}
}

// CountPassword is Instance.CountPassword for this request, which may have brought one of
// our cookies twice.
func (h *Holder) CountPassword(tx *store.Tx, name string, u user.User, found bool) (instance.Try, error) {
	c := h.Caller() // the cookie is read for every name, so that a doubled one tells nothing (AU-06)
	if h.Cookies.Doubled && !h.noted {
		if err := h.auditDoubled(tx); err != nil {
			return instance.Try{}, err
		}
	}
	return h.Instance.CountPassword(tx, c, name, u, found)
}
