package web

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
func (v *Visitor) StartSession(tx *store.Tx, u user.User, p auth.Proofs) (Tokens, error) {
	if err := v.mayStart(tx, u, p); err != nil {
		return Tokens{}, err
	}
	if err := v.countDone(tx, auth.ActionSignIn, u.ID); err != nil {
		return Tokens{}, err
	}
	settings, token := v.Settings(), secret.Token()
	s := store.Session{
		IDHash: secret.HashToken(token), ID: secret.ID(), UserID: u.ID, CredVersion: u.CredVersion, Proofs: p,
		Created: v.Now, LastSeen: v.Now, IdleUntil: v.Now.Add(settings.SessionIdle), Ends: v.Now.Add(settings.SessionMax),
		IP: v.IP(), UserAgent: v.UserAgent(),
	}
	if err := tx.AddSession(s); err != nil {
		return Tokens{}, err
	}
	if err := instance.CountedTry(v.Pending.Counted).Refund(tx); err != nil {
		return Tokens{}, err
	}
	if err := tx.SignedIn(u.ID, v.Now); err != nil {
		return Tokens{}, err
	}
	if err := tx.DropSignInLinks(u.ID); err != nil {
		return Tokens{}, err
	}
	if old := v.cookies.Token(cookies.Session); old != "" {
		if err := tx.MoveKeptForms(secret.HashToken(old), s.ID, u.ID); err != nil {
			return Tokens{}, err
		}
		if err := tx.DropSessionByHash(secret.HashToken(old)); err != nil {
			return Tokens{}, err
		}
	}
	t, err := v.enterBrowser(tx, u)
	t.session = token
	v.Session, v.User = s, u
	return t, err
}

// mayStart refuses a session whose proofs are not complete, or rest on a browser
// that is not remembered.
func (v *Visitor) mayStart(tx *store.Tx, u user.User, p auth.Proofs) error {
	if next := v.StepFor(u, p); next != auth.StepDone {
		return fmt.Errorf("session refused: step %s is missing", next)
	}
	remembered, err := v.Remembered(tx, u) // whatever the proofs are: looking is what finds a copied cookie
	if err == nil && p.Remembered && !remembered {
		err = errors.New("session refused: the browser is not remembered")
	}
	return err
}

// SendTokens gives a new session to the browser. Call it after the commit only.
func (v *Visitor) SendTokens(t Tokens) {
	v.cookies.Set(cookies.Session, t.session, v.Settings().SessionMax)
	if t.browser != "" {
		v.cookies.Set(cookies.Browser, cookies.Join(t.browser, t.validator), cookies.BrowserFor)
	}
	v.cookies.Drop(cookies.Pending)
	v.cookies.SendTheme(v.User.Theme)
}

// RenewSession gives the visitor's session a new token, in the transaction that
// raised its trust or changed a credential. u must be as it is inside this
// transaction.
func (v *Visitor) RenewSession(tx *store.Tx, credVersion int64, p auth.Proofs) (Tokens, error) {
	token := secret.Token()
	done, err := tx.RenewSession(v.Session.IDHash, secret.HashToken(token), credVersion, p)
	if err != nil {
		return Tokens{}, err
	}
	if !done {
		return Tokens{}, v.SignInAgain()
	}
	browser, err := v.knowBrowser(tx, v.User.ID)
	if sent, validator := v.cookies.BrowserTokens(); validator != "" && sent == browser {
		browser = "" // the newest validator may be on its way to the browser already
	}
	return Tokens{session: token, browser: browser}, err
}

// SignInAgain is the error of a session that is over: it leads to the sign-in page.
func (v *Visitor) SignInAgain() error { return &errStep{"/login?notice=expired"} }

// StartAgain is the error of a pending sign-in that is over: it leads to the sign-in
// page.
func (v *Visitor) StartAgain() error { return &errStep{"/login?notice=start-again"} }

// StartPending stores a pending sign-in of the user and returns its token for
// SendPending. It replaces the one this browser had.
func (v *Visitor) StartPending(tx *store.Tx, p store.Pending) (token string, err error) {
	if old := v.cookies.Token(cookies.Pending); old != "" {
		if _, err := tx.TakePending(secret.HashToken(old)); err != nil {
			return "", err
		}
	}
	token = secret.Token()
	p.IDHash, p.Ends = secret.HashToken(token), v.Now.Add(cookies.PendingFor)
	return token, tx.AddPending(p)
}

// SendPending gives a pending sign-in to the browser. Call it after the commit only.
func (v *Visitor) SendPending(token string) {
	v.cookies.Set(cookies.Pending, token, cookies.PendingFor)
}

// CancelPending ends the visitor's pending sign-in.
func (v *Visitor) CancelPending() error {
	if token := v.cookies.Token(cookies.Pending); token != "" {
		err := v.Tx(func(tx *store.Tx) error {
			_, err := tx.TakePending(secret.HashToken(token))
			return err
		})
		if err != nil {
			return err
		}
	}
	v.cookies.Drop(cookies.Pending)
	return nil
}

// ForgetSession removes the session's cookie after the session was ended, and
// asks the browser to drop what it kept of our pages.
func (v *Visitor) ForgetSession() {
	v.cookies.Drop(cookies.Session)
	v.c.Response().Header().Set("Clear-Site-Data", `"cache", "storage"`)
}

// TakePending ends the visitor's pending sign-in inside a transaction and returns
// its user as it is there. Of many requests with the same cookie one gets through;
// so does none if a credential changed since the sign-in began, unless its link
// outlives that.
func (v *Visitor) TakePending(tx *store.Tx) (user.User, error) {
	taken, err := tx.TakePending(v.Pending.IDHash)
	if err != nil {
		return user.User{}, err
	}
	if !taken {
		return user.User{}, &errStep{"/login?notice=start-again"}
	}
	u, err := tx.User(v.Pending.UserID)
	if err != nil {
		return u, err
	}
	if !v.Pending.Outlives && u.CredVersion != v.Pending.CredVersion || !u.Active() {
		return u, &errStep{"/login?notice=start-again"}
	}
	return u, nil
}

// DropPendingCookie removes the cookie of a pending sign-in that was ended.
func (v *Visitor) DropPendingCookie() { v.cookies.Drop(cookies.Pending) }
