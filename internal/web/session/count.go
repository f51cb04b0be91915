package session

import (
	"errors"
	"fmt"
	"time"

	"latchkey/internal/auth"
	"latchkey/internal/instance"
	"latchkey/internal/password"
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
	var err error
	h.act, err = h.countDone(tx, h.CountAs, h.User.ID)
	return err
}

// countDone counts something that a user does in the transaction in which it is done.
func (h *Holder) countDone(tx *store.Tx, b auth.Bucket, userID string) (auth.Tries, error) {
	t, wait, err := tx.Count(b, userID, auth.LimitOf(b), h.Now)
	if err == nil && wait > 0 {
		err = h.tooOften(b, wait)
	}
	return t, err
}

// Unseen says what becomes of a try whose password was not looked at because of err, which it
// returns; also are further counts of the same try. If too many passwords wait to be hashed the
// try is taken back, and so is what the request was counted as: who comes back until there is
// room must not use their tries up. After every other error it stays counted, or somebody
// would guess for nothing by hanging up in time.
func (h *Holder) Unseen(try instance.Try, err error, also ...func(*store.Tx) error) error {
	if err == nil {
		return nil
	}
	follow := []func(*store.Tx) error{try.Stands}
	if errors.Is(err, password.ErrBusy) {
		follow = append(also, try.Uncount, h.uncountAct)
	}
	failed := h.Record(func(tx *store.Tx) error {
		for _, f := range follow {
			if err := f(tx); err != nil {
				return err
			}
		}
		return nil
	})
	if failed != nil {
		h.Log.Error("a try that was not looked at stays counted", "id", h.RequestID, "error", failed)
	}
	return err
}

// uncountAct takes back what the request was counted as.
func (h *Holder) uncountAct(tx *store.Tx) error {
	if !h.signedIn || !h.acted || h.CountAs == "" {
		return nil
	}
	_, err := tx.Uncount(store.Counted{Bucket: h.CountAs, Key: h.User.ID, Limit: auth.LimitOf(h.CountAs)}, h.act, h.Now)
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
