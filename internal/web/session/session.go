// Package session is who is behind a request: the session, the pending sign-in and the
// known browser that its cookies stand for, how they begin, go on and end, and what
// somebody who is signed in has done in the last hour.
package session

import (
	"context"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web/cookies"
	"latchkey/internal/web/request"
)

// Holder is who is behind a request, or nobody. It belongs to the goroutine of the
// request.
type Holder struct {
	request.Request

	// User is who is signed in or has a pending sign-in, after the route's access
	// was checked.
	User user.User
	// Session is the holder's session, if there is one.
	Session store.Session
	// Pending is the holder's pending sign-in, if there is one.
	Pending store.Pending
	// CountAs is what this request counts as, for somebody who is signed in; "" for nothing.
	CountAs auth.Bucket

	row      *row // of the session, as it was read last; nil before
	looked   bool // for a session
	signedIn bool
	lapsed   *store.Session // the holder's own, which is over because of the time only
	noted    bool           // that one of our cookies came twice was written down
	marked   string         // the hash of the token that this browser gets with the answer
	mark     string         // that token, until the commit
	acted    bool           // the request was counted
	act      auth.Tries     // what was remembered of it
}

// IsIn reports whether a session was found by SignedIn.
func (h *Holder) IsIn() bool { return h.signedIn }

// Lapsed is the holder's own session that is over because of the time only, if SignedIn
// found one.
func (h *Holder) Lapsed() (s store.Session) {
	if h.lapsed != nil {
		s = *h.lapsed
	}
	return s
}

// Audit returns an entry about the holder: when, from where, in which request,
// and who is signed in. The caller adds what happened and to whom.
func (h *Holder) Audit(event audit.Event, result audit.Result) audit.Entry {
	return audit.Entry{
		At: h.Now, Event: event, Result: result, ActorID: h.User.ID, ActorName: h.User.Username,
		SubjectID: h.User.ID, SubjectName: h.User.Username,
		IP: h.IP(), UserAgent: h.UserAgent(), RequestID: h.RequestID,
	}
}

// SignedIn reports whether the visitor has a living session, and loads it and
// its user. It costs one SELECT, at most once in a request, and none while nothing of it has changed.
func (h *Holder) SignedIn() (bool, error) {
	if h.looked {
		return h.signedIn, nil
	}
	token := h.Cookies.Token(cookies.Session)
	if token == "" {
		h.looked = true
		h.NoteDoubled()
		return false, nil
	}
	r, err := h.read(token)
	if err != nil {
		return false, err
	}
	h.looked = true
	s, u, ok := &r.session, &r.user, r.ok
	if s.ID != "" && s.CredVersion == u.CredVersion && u.Active() && (!ok || !h.InTime(*s)) {
		h.lapsed = s
	}
	if !ok || !h.InTime(*s) || !usable(h.StepFor(*u, s.Proofs)) {
		return false, nil
	}
	h.Session, h.User, h.signedIn, h.UserID = *s, *u, true, u.ID
	h.touch()
	return true, nil
}

// InTime reports whether a session is within the times in force now; those of its
// row are from when it began, and an administrator may have shortened them since.
func (h *Holder) InTime(s store.Session) bool {
	settings := h.Settings()
	return h.Now.Before(s.Created.Add(settings.SessionMax)) && h.Now.Before(s.LastSeen.Add(settings.SessionIdle+touchEvery))
}

// usable reports whether a session whose next step is this may be used at all. A
// session that has to enrol was complete when it was issued and the policy
// changed; one that lacks a proof never was.
func usable(next auth.Step) bool { return next == auth.StepDone || next == auth.StepEnrol }

// Use takes a session that was found by something else than its own cookie, and notes that it is in
// use.
func (h *Holder) Use(s store.Session, u user.User) {
	h.Session, h.User, h.UserID = s, u, u.ID
	h.touch()
}

// row is what the database has of a session.
type row struct {
	session store.Session
	user    user.User
	ok      bool // it has not ended
}

// read returns the row of the session with this token, and takes up on the way what another process
// changed of what this one keeps in memory.
func (h *Holder) read(token string) (r *row, err error) {
	if h.row != nil {
		return h.row, nil
	}
	r = &row{}
	if r.session, r.user, r.ok, err = h.DB.SessionByHash(secret.HashToken(token), h.Now); err != nil {
		return nil, err
	}
	if r.session.ID == "" { // nothing was read, the version neither
		err = h.Refresh()
	} else {
		err = h.RefreshTo(r.session.Version)
	}
	if err != nil {
		return nil, err
	}
	h.row = r
	return r, nil
}

// Current takes up what another process changed of what this one keeps in memory. Where there can be
// another, a browser with a session has its row read for that, so that one statement does for both.
func (h *Holder) Current() error {
	if token := h.Cookies.Token(cookies.Session); token != "" && h.DB.Shared() {
		_, err := h.read(token)
		return err
	}
	return h.Refresh()
}

// Again makes the row be read again: time has passed since.
func (h *Holder) Again() { h.row = nil }

// touchEvery is how often the use of a session is written down.
const touchEvery = time.Minute

// touch notes that the session is in use. Where that cannot be written the session
// ends no later than it would have: reading goes on while the disk is full (AV-04).
func (h *Holder) touch() {
	if h.Now.Sub(h.Session.LastSeen) < touchEvery {
		return
	}
	idle := h.Now.Add(h.Settings().SessionIdle)
	if err := h.Tx(func(tx *store.Tx) error { return tx.TouchSession(h.Session.UserID, h.Session.IDHash, h.Now, idle) }); err != nil {
		h.Log.Error("noting the use of a session", "id", h.RequestID, "error", err)
	}
}

// LoadPending reports whether the visitor has a living pending sign-in, and
// loads it and its user.
func (h *Holder) LoadPending() (bool, error) {
	token := h.Cookies.Token(cookies.Pending)
	if token == "" {
		h.NoteDoubled()
		return false, nil
	}
	p, u, ok, err := h.DB.PendingByHash(secret.HashToken(token), h.Now)
	if err != nil || !ok {
		return false, err
	}
	h.Pending, h.User = p, u
	return true, nil
}

// NextStep is what the signed-in visitor has to do next.
func (h *Holder) NextStep() auth.Step {
	return h.StepFor(h.User, h.Session.Proofs)
}

// IsFresh reports whether the visitor has proved enough, recently enough, for a
// sensitive action.
func (h *Holder) IsFresh() bool {
	return auth.Fresh(h.Session.Proofs, auth.FactsOf(h.User), h.Now)
}

// Tx runs fn in a transaction that does not end because the client went away:
// what was begun is finished.
//
// For somebody who is signed in it looks again, in the transaction, whether the
// session holds: it may have been ended since the request was let in, and somebody who
// sends many requests at once, or one very slowly, would outrun the end (SE-08). And it
// counts what is done (count.go).
func (h *Holder) Tx(fn func(tx *store.Tx) error) error {
	if !h.signedIn {
		return h.Record(fn)
	}
	if err := h.mayAct(); err != nil {
		return err
	}
	err := h.Record(func(tx *store.Tx) error {
		holds, err := tx.SessionHolds(h.Session.ID, h.User.Role)
		if err != nil {
			return err
		}
		if !holds {
			return h.SignInAgain()
		}
		if err := h.countAct(tx); err != nil {
			return err
		}
		return fn(tx)
	})
	h.acted = h.acted || err == nil
	return err
}

// Record is Tx for what is written down whether or not the session still holds: that
// a try failed.
func (h *Holder) Record(fn func(tx *store.Tx) error) error {
	marked := h.marked
	err := h.DB.Tx(context.WithoutCancel(h.Context()), func(tx *store.Tx) error {
		h.marked, h.mark = marked, "" // a transaction may run twice
		return fn(tx)
	})
	if err != nil {
		h.marked, h.mark = marked, "" // nothing that was written knows this browser
		return err
	}
	if h.mark != "" {
		h.Cookies.Set(cookies.Browser, h.mark, cookies.BrowserFor)
		h.mark = ""
	}
	return nil
}

// StepFor is what a user with these proofs has to do next.
func (h *Holder) StepFor(u user.User, p auth.Proofs) auth.Step {
	return auth.Next(p, auth.FactsOf(u), h.Settings().Policy(h.Now))
}

// PendingStage is the stage of the visitor's pending sign-in; ok is false if
// there is none.
func (h *Holder) PendingStage() (stage auth.Step, ok bool, err error) {
	ok, err = h.LoadPending()
	return h.Pending.Stage, ok, err
}

// WasHere reports whether this browser has a session or a pending sign-in, or one of them
// that is over.
func (h *Holder) WasHere() (bool, error) {
	if token := h.Cookies.Token(cookies.Session); token != "" {
		if r, err := h.read(token); err != nil || r.session.ID != "" {
			return err == nil, err
		}
	}
	if token := h.Cookies.Token(cookies.Pending); token != "" {
		if p, _, _, err := h.DB.PendingByHash(secret.HashToken(token), h.Now); err != nil || p.IDHash != "" {
			return err == nil, err
		}
	}
	return false, nil
}
