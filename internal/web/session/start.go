package session

import (
	"errors"
	"fmt"

	"latchkey/internal/auth"
	"latchkey/internal/instance"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web/cookies"
)

// Tokens are what the browser gets after a commit.
type Tokens struct {
	session   string
	browser   string // "" leaves the browser's cookie as it is
	validator string // "" in a browser that is not remembered
}

// StartSession is the only way to a session: every way of signing in ends here, and a test
// lists its callers (AU-12). It asks auth.Next again and refuses anything that is
// not complete. u must be as it is inside this transaction. The pending sign-in,
// if any, must have been taken by the caller in the same transaction.
//
// The tokens reach the browser by SendTokens, after the commit.
func (h *Holder) StartSession(tx *store.Tx, u user.User, p auth.Proofs) (Tokens, error) {
	if err := h.mayStart(tx, u, p); err != nil {
		return Tokens{}, err
	}
	if _, err := h.countDone(tx, auth.ActionSignIn, u.ID); err != nil {
		return Tokens{}, err
	}
	settings, token := h.Settings(), secret.Token()
	s := store.Session{
		IDHash: secret.HashToken(token), ID: secret.ID(), UserID: u.ID, CredVersion: u.CredVersion, Proofs: p,
		Created: h.Now, LastSeen: h.Now, IdleUntil: h.Now.Add(settings.SessionIdle), Ends: h.Now.Add(settings.SessionMax),
		IP: h.IP(), UserAgent: h.UserAgent(),
	}
	if err := tx.AddSession(s); err != nil {
		return Tokens{}, err
	}
	if err := instance.CountedTry(h.Pending.Counted).Refund(tx); err != nil {
		return Tokens{}, err
	}
	if err := tx.SignedIn(u.ID, h.Now); err != nil {
		return Tokens{}, err
	}
	if err := tx.DropSignInLinks(u.ID); err != nil {
		return Tokens{}, err
	}
	if old := h.Cookies.Token(cookies.Session); old != "" {
		if err := tx.MoveKeptForms(secret.HashToken(old), s.ID, u.ID); err != nil {
			return Tokens{}, err
		}
		if err := tx.DropSessionByHash(secret.HashToken(old)); err != nil {
			return Tokens{}, err
		}
	}
	t, err := h.enterBrowser(tx, u)
	t.session = token
	h.Session, h.User = s, u
	return t, err
}

// mayStart refuses a session whose proofs are not complete, or rest on a browser
// that is not remembered.
func (h *Holder) mayStart(tx *store.Tx, u user.User, p auth.Proofs) error {
	if next := h.StepFor(u, p); next != auth.StepDone {
		return fmt.Errorf("session refused: step %s is missing", next)
	}
	remembered, err := h.Remembered(tx, u) // whatever the proofs are: looking is what finds a copied cookie
	if err == nil && p.Remembered && !remembered {
		err = errors.New("session refused: the browser is not remembered")
	}
	return err
}

// SendTokens gives a new session to the browser. Call it after the commit only.
func (h *Holder) SendTokens(t Tokens) {
	h.Cookies.Set(cookies.Session, t.session, h.Settings().SessionMax)
	if t.browser != "" {
		h.Cookies.Set(cookies.Browser, cookies.Join(t.browser, t.validator), cookies.BrowserFor)
	}
	h.Cookies.Drop(cookies.Pending)
	h.Cookies.SendTheme(h.User.Theme)
}

// RenewSession gives the visitor's session a new token, in the transaction that
// raised its trust or changed a credential. u must be as it is inside this
// transaction.
func (h *Holder) RenewSession(tx *store.Tx, credVersion int64, p auth.Proofs) (Tokens, error) {
	token := secret.Token()
	done, err := tx.RenewSession(h.Session.UserID, h.Session.IDHash, secret.HashToken(token), credVersion, p)
	if err != nil {
		return Tokens{}, err
	}
	if !done {
		return Tokens{}, h.SignInAgain()
	}
	browser, err := h.knowBrowser(tx, h.User.ID)
	if sent, validator := h.Cookies.BrowserTokens(); validator != "" && sent == browser {
		browser = "" // the newest validator may be on its way to the browser already
	}
	return Tokens{session: token, browser: browser}, err
}

// SignInAgain is the error of a session that is over: it leads to the sign-in page.
func (h *Holder) SignInAgain() error { return &Step{"/login?notice=expired"} }

// StartAgain is the error of a pending sign-in that is over: it leads to the sign-in
// page.
func (h *Holder) StartAgain() error { return &Step{"/login?notice=start-again"} }

// StartPending stores a pending sign-in of the user and returns its token for
// SendPending. It replaces the one this browser had.
func (h *Holder) StartPending(tx *store.Tx, p store.Pending) (token string, err error) {
	if old := h.Cookies.Token(cookies.Pending); old != "" {
		if _, err := tx.TakePending(secret.HashToken(old)); err != nil {
			return "", err
		}
	}
	token = secret.Token()
	p.IDHash, p.Ends = secret.HashToken(token), h.Now.Add(cookies.PendingFor)
	return token, tx.AddPending(p)
}

// SendPending gives a pending sign-in to the browser. Call it after the commit only.
func (h *Holder) SendPending(token string) {
	h.Cookies.Set(cookies.Pending, token, cookies.PendingFor)
}

// CancelPending ends the visitor's pending sign-in.
func (h *Holder) CancelPending() error {
	if token := h.Cookies.Token(cookies.Pending); token != "" {
		err := h.Tx(func(tx *store.Tx) error {
			_, err := tx.TakePending(secret.HashToken(token))
			return err
		})
		if err != nil {
			return err
		}
	}
	h.Cookies.Drop(cookies.Pending)
	return nil
}

// ForgetSession removes the session's cookie after the session was ended, and
// asks the browser to drop what it kept of our pages.
func (h *Holder) ForgetSession() {
	h.Cookies.Drop(cookies.Session)
	h.W.Header().Set("Clear-Site-Data", `"cache", "storage"`)
}

// TakePending ends the visitor's pending sign-in inside a transaction and returns
// its user as it is there. Of many requests with the same cookie one gets through;
// so does none if a credential changed since the sign-in began, unless its link
// outlives that.
func (h *Holder) TakePending(tx *store.Tx) (user.User, error) {
	taken, err := tx.TakePending(h.Pending.IDHash)
	if err != nil {
		return user.User{}, err
	}
	if !taken {
		return user.User{}, &Step{"/login?notice=start-again"}
	}
	u, err := tx.User(h.Pending.UserID)
	if err != nil {
		return u, err
	}
	if !h.Pending.Outlives && u.CredVersion != h.Pending.CredVersion || !u.Active() {
		return u, &Step{"/login?notice=start-again"}
	}
	return u, nil
}

// DropPendingCookie removes the cookie of a pending sign-in that was ended.
func (h *Holder) DropPendingCookie() { h.Cookies.Drop(cookies.Pending) }
