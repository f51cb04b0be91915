// Package proof is what somebody proves who they are with: codes of an app, recovery codes
// and passwords, and what people are told who tried too often.
package proof

import (
	"strings"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/factor"
	"latchkey/internal/problem"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/web/session"
)

// Match is a code that fits one of a user's authenticators. It is not used up
// yet: Use does that.
type Match struct {
	authenticator string
	step          int64
	drift         time.Duration // of the phone's clock
	known         time.Duration // the drift that is written down
}

// ReadCode cleans a typed code; the error is a mistake in the field "code".
func ReadCode(typed string) (string, error) {
	if typed == "" {
		return "", problem.Field("code", "Enter the 6-digit code from your authenticator app")
	}
	code, ok := factor.CleanCode(typed)
	if !ok {
		return "", problem.Field("code", "The code must be 6 numbers")
	}
	return code, nil
}

// ReadRecoveryCode cleans a typed recovery code; the error is a mistake in the field
// "recovery_code".
func ReadRecoveryCode(typed string) (string, error) {
	if typed == "" {
		return "", problem.Field("recovery_code", "Enter one of your recovery codes")
	}
	code, ok := factor.CleanRecoveryCode(typed)
	if !ok {
		return "", problem.Field("recovery_code", "A recovery code has 16 letters and numbers, like 7K3Q-M9XW-2FHT-0B5C")
	}
	return code, nil
}

// WrongCode is the mistake of a code that fits nothing.
func WrongCode(h *session.Holder) error {
	return problem.Field("code", "That code is not right. Check the app shows "+factor.Issuer(h.Settings().InstanceName)+
		", and that your phone's clock is set automatically.")
}

// ErrUsedCode is the mistake of a code that was used before, or is older than one
// that was.
var ErrUsedCode = problem.Field("code", "That code has been used. Wait for the next one.")

// MatchCode looks for the authenticator of the user that shows this code now. ok
// is false if none does. The try must have been counted, and committed, before.
func MatchCode(h *session.Holder, userID, code string) (m Match, ok bool, err error) {
	all, err := h.DB.Authenticators(userID)
	if err != nil {
		return Match{}, false, err
	}
	for _, a := range all {
		key, err := h.OpenTOTP(a.Sealed, a.UserID, a.ID)
		if err != nil {
			if err := auditUnreadable(h, a); err != nil {
				return Match{}, false, err
			}
			continue
		}
		if step, fits := factor.MatchingStep(key, code, h.Now); fits && !ok {
			m, ok = Match{a.ID, step, time.Duration(step-factor.Step(h.Now)) * factor.Period, a.Drift}, true
		}
	}
	return m, ok, nil
}

// auditUnreadable writes down that a sealed secret did not open: the row was
// moved, or made under another key. It never counts as a factor.
func auditUnreadable(h *session.Holder, a store.Authenticator) error {
	h.Log.Error("an authenticator's secret does not open", "id", h.RequestID, "authenticator", a.ID)
	e := h.Audit(audit.LoginCode, audit.ResultFailed)
	e.Details = []audit.Detail{{Name: "authenticator", After: a.ID}, {Name: "reason", After: audit.ReasonSealed}}
	return h.Tx(func(tx *store.Tx) error { return tx.Audit(e) })
}

// Use uses the code up, for every place where codes are typed: of all who come
// with it, one gets nil and the others ErrUsedCode (OT-01).
func (m Match) Use(h *session.Holder, tx *store.Tx) error {
	done, err := tx.UseStep(m.authenticator, m.step, h.Now)
	if err != nil {
		return err
	}
	if !done {
		return ErrUsedCode
	}
	if m.drift == m.known {
		return nil
	}
	return tx.SetDrift(m.authenticator, m.drift)
}

// WrongClock is a phone whose clock explains why a code was refused.
type WrongClock struct {
	authenticator string
	label         string
	drift         time.Duration
}

// FindWrongClock looks whether a code that was refused is one that a phone of the
// user shows at another time. The code stays refused.
func FindWrongClock(h *session.Holder, userID, code string) (w WrongClock, found bool, err error) {
	all, err := h.DB.Authenticators(userID)
	if err != nil {
		return w, false, err
	}
	for _, a := range all {
		key, err := h.OpenTOTP(a.Sealed, a.UserID, a.ID)
		if err != nil {
			continue // MatchCode has written that down
		}
		if drift, fits := factor.DriftOf(key, code, h.Now); fits && !found {
			w, found = WrongClock{a.ID, a.Label, drift}, true
		}
	}
	return w, found, nil
}

// Note keeps the drift with the authenticator, for its owner and the administrators.
func (w WrongClock) Note(tx *store.Tx) error { return tx.SetDrift(w.authenticator, w.drift) }

// Words say what is wrong, for the audit log.
func (w WrongClock) Words() string {
	return "the clock of " + w.label + " is " + factor.DriftWords(w.drift)
}

// TryRecoveryCode reports whether a recovery code of the user would work. It is not
// used up. The try must have been counted, and committed, before.
func TryRecoveryCode(h *session.Holder, userID, code string) (works bool, err error) {
	for _, mac := range h.MACs(secret.PurposeRecovery, userID, code) {
		if works, err = h.DB.HasRecoveryCode(userID, mac); works || err != nil {
			return works, err
		}
	}
	return false, nil
}

// NewRecoveryCodes replaces a user's recovery codes and keeps the new ones where
// the session sees them until they are saved.
func NewRecoveryCodes(h *session.Holder, tx *store.Tx, userID, sessionID string) error {
	codes := factor.NewRecoveryCodes()
	macs := make([]string, len(codes))
	for i, code := range codes {
		macs[i] = h.MAC(secret.PurposeRecovery, userID, code)
	}
	if err := tx.SetRecoveryCodes(userID, macs, h.Now); err != nil {
		return err
	}
	sealed := h.Seal(secret.PurposeNewCodes, []byte(joinLines(codes)), sessionID)
	return tx.SetNewCodes(sessionID, sealed, h.Now, h.Now.Add(newCodesFor))
}

// UseRecoveryCode uses a recovery code up; done is true for exactly one caller.
// Codes made under an older key still count.
func UseRecoveryCode(h *session.Holder, tx *store.Tx, userID, code string) (done bool, err error) {
	for _, mac := range h.MACs(secret.PurposeRecovery, userID, code) {
		if done, err = tx.UseRecoveryCode(userID, mac, h.Now); done || err != nil {
			return done, err
		}
	}
	return false, nil
}

// newCodesFor is how long new recovery codes may be looked at.
const newCodesFor = 10 * time.Minute

func joinLines(lines []string) string { return strings.Join(lines, "\n") }

// NewCodes is a set of new recovery codes that the person has not yet saved.
type NewCodes struct {
	Codes []string
	Made  time.Time
}

// NewCodesOf returns the recovery codes that this session may still see; ok is false
// if there are none.
func NewCodesOf(h *session.Holder) (s NewCodes, ok bool, err error) {
	stored, ok, err := h.DB.NewCodesOf(h.Session.ID, h.Now)
	if err != nil || !ok {
		return s, false, err
	}
	text, err := h.Open(secret.PurposeNewCodes, stored.Sealed, h.Session.ID)
	if err != nil {
		return s, false, err
	}
	return NewCodes{Codes: strings.Split(string(text), "\n"), Made: stored.Made}, true, nil
}
