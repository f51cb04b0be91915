package session

import (
	"strconv"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/mail"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web/cookies"
)

// BrowserHash is the hash of the token of a known browser, or "".
func (h *Holder) BrowserHash() string {
	if token := h.Cookies.Token(cookies.Browser); token != "" {
		return secret.HashToken(token)
	}
	return ""
}

// thisBrowser is by what notices know the browser again: the hash of its token. One that
// has none gets one after the commit, which is worth nothing but this until somebody signs
// in with it.
func (h *Holder) thisBrowser() string {
	if hash := h.BrowserHash(); hash != "" && h.marked == "" {
		return hash
	}
	if h.marked == "" {
		token := secret.Token()
		h.marked, h.mark = secret.HashToken(token), token
	}
	return h.marked
}

// RememberDays is for how many days a browser can skip the code as somebody with
// this role; 0 for never.
func (h *Holder) RememberDays(role user.Role) int {
	if !auth.CanBeRemembered(role) {
		return 0
	}
	return h.Settings().RememberDays
}

// AlwaysAsked reports whether somebody of this role is asked for a code although others
// may skip it.
func (h *Holder) AlwaysAsked(role user.Role) bool {
	return h.Settings().RememberDays > 0 && h.RememberDays(role) == 0
}

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }

// Remembered reports whether the visitor's browser stands in for the second factor
// of u, whose password was right; u must be as it is inside this transaction. If the
// browser shows an old validator, there is a copy of its cookie and nobody knows which
// is the thief's: then the answer is no, and all it was remembered for is forgotten.
func (h *Holder) Remembered(tx *store.Tx, u user.User) (bool, error) {
	token, validator := h.Cookies.BrowserTokens()
	if validator == "" {
		return false, nil
	}
	hash := secret.HashToken(token)
	latest := h.Now.Add(days(h.RememberDays(u.Role))) // now, if it is not allowed: then no end counts
	yes, stolen, err := tx.Remembers(hash, secret.HashToken(validator), u.ID, h.Now, latest)
	if err == nil && stolen {
		err = h.forgetCopied(tx, hash, u)
	}
	return yes, err
}

// forgetCopied ends what a copied browser was remembered for, of everybody who uses
// it, and tells them. by is whose password came with it.
func (h *Holder) forgetCopied(tx *store.Tx, tokenHash string, by user.User) error {
	owners, err := tx.ForgetBrowser(tokenHash, h.Now)
	if err != nil {
		return err
	}
	for _, id := range owners {
		owner, err := tx.User(id)
		if err != nil {
			return err
		}
		e := h.Audit(audit.LoginBlocked, audit.ResultBlocked)
		e.ActorID, e.ActorName, e.SubjectID, e.SubjectName = by.ID, by.Username, owner.ID, owner.Username
		e.Details = []audit.Detail{{Name: "reason", After: audit.ReasonCopied}}
		if err := tx.Audit(e); err != nil {
			return err
		}
		if err := h.Notify(tx, owner, mail.RememberedStolen, e, mail.Facts{}); err != nil {
			return err
		}
	}
	return nil
}

// enterBrowser notes that this browser signed in fully as u, gives it the next
// validator if it is remembered, and tells a user who has signed in before of a
// browser that was not known for them (AU-13).
func (h *Holder) enterBrowser(tx *store.Tx, u user.User) (t Tokens, err error) {
	// Asked outside the transaction on purpose: an enrolment has just forgotten every
	// browser of the user in it, and the one it is done in is not new for that.
	_, known, err := h.DB.KnowsBrowser(h.BrowserHash(), u.ID, h.Now)
	if err != nil {
		return t, err
	}
	if t.browser, err = h.knowBrowser(tx, u.ID); err != nil {
		return t, err
	}
	if t.validator, err = h.nextValidator(tx, t.browser); err != nil || known || u.LastSignIn.IsZero() {
		return t, err
	}
	e := h.Audit(audit.LoginPassword, audit.ResultOK)
	e.ActorID = u.ID
	return t, h.NotifyDoneBy(tx, u, h.AddressOf(u), mail.NewBrowser, e, mail.Facts{}, secret.HashToken(t.browser))
}

// knowBrowser notes that this browser signed in fully. A token it brought is kept
// only if we issued it: a planted one would share the victim's privilege.
func (h *Holder) knowBrowser(tx *store.Tx, userID string) (token string, err error) {
	token = h.Cookies.Token(cookies.Browser)
	if token != "" {
		known, err := tx.BrowserExists(secret.HashToken(token), h.Now)
		if err != nil {
			return "", err
		}
		if !known {
			token = ""
		}
	}
	if token == "" {
		token = secret.Token()
	}
	before := h.marked
	if hash := h.BrowserHash(); hash != "" {
		before = hash
	}
	h.marked, h.mark = secret.HashToken(token), "" // Tokens bring it to the browser
	if before != "" && before != h.marked {
		if err := tx.MoveNotices(userID, before, h.marked); err != nil {
			return "", err
		}
	}
	return token, tx.SaveBrowser(store.Browser{
		TokenHash: secret.HashToken(token), UserID: userID, ID: secret.ID(),
		Created: h.Now, LastUsed: h.Now, Ends: h.Now.Add(cookies.BrowserFor), IP: h.IP(), UserAgent: h.UserAgent(),
	})
}

// nextValidator replaces the validator that the browser brought with this token, and
// returns the new one; "" if it was worth nothing.
func (h *Holder) nextValidator(tx *store.Tx, token string) (string, error) {
	sent, old := h.Cookies.BrowserTokens()
	if old == "" || sent != token {
		return "", nil
	}
	next := secret.Token()
	done, err := tx.NextValidator(secret.HashToken(token), secret.HashToken(old), secret.HashToken(next), h.Now)
	if err != nil || !done {
		return "", err
	}
	return next, nil
}

// Remember lets this browser skip the code from now on, as the user whose session
// StartSession has just begun in this transaction, and returns the tokens to send in
// place of t. details are for the audit row of the sign-in. Where that is not allowed,
// or not any more since the page was shown, t stays and there is nothing to tell.
//
// Unless the browser has just shown that it is remembered already, for somebody else
// who uses it, it gets a new token: the old one was worth little so far, and may have
// been copied or planted by somebody who would then share the next validator.
func (h *Holder) Remember(tx *store.Tx, t Tokens) (after Tokens, details []audit.Detail, err error) {
	most := h.RememberDays(h.User.Role)
	if most == 0 {
		return t, nil, nil
	}
	if t.validator == "" {
		old := t.browser
		t.browser, t.validator = secret.Token(), secret.Token()
		if err := tx.MoveBrowser(secret.HashToken(old), secret.HashToken(t.browser), h.User.ID); err != nil {
			return t, nil, err
		}
		if err := tx.MoveNotices(h.User.ID, secret.HashToken(old), secret.HashToken(t.browser)); err != nil {
			return t, nil, err
		}
	}
	until := h.Now.Add(days(most))
	details = []audit.Detail{{Name: "remembered for days", After: strconv.Itoa(most)}}
	return t, details, tx.Remember(secret.HashToken(t.browser), secret.HashToken(t.validator), h.User.ID, until)
}

// NoteDoubled writes down that one of our cookies came twice, which counts as none
// (SE-05). Where that cannot be written nobody gets in by it either.
func (h *Holder) NoteDoubled() {
	if !h.Cookies.Doubled || h.noted {
		return
	}
	if err := h.Tx(h.auditDoubled); err != nil {
		h.Log.Error("noting a doubled cookie", "id", h.RequestID, "error", err)
	}
}

// auditDoubled writes one row a minute for each network after the first few: anybody
// can send such requests. It counts first, because only what is counted can share a row;
// nobody has to wait for it.
func (h *Holder) auditDoubled(tx *store.Tx) error {
	h.noted = true // once in a request
	network := auth.Network(h.IP())
	if _, _, err := tx.Count(auth.BucketCookie, network, auth.LimitOf(auth.BucketCookie), h.Now); err != nil {
		return err
	}
	count, err := tx.Coalesce(auth.BucketCookie, network, h.Now)
	if err != nil || count == 0 {
		return err
	}
	e := h.Audit(audit.LoginBlocked, audit.ResultBlocked)
	e.Details = []audit.Detail{{Name: "reason", After: audit.ReasonTwoCookies}}
	if count > 1 {
		e.Details = append(e.Details, audit.Detail{Name: "tries", After: strconv.Itoa(count)})
	}
	return tx.Audit(e)
}
