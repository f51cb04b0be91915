package web

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/internal/auth"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web/arrival"
	"latchkey/internal/web/cookies"
	"latchkey/views"
)

// Visitor is one request and who is behind it. It belongs to the goroutine of
// the request.
type Visitor struct {
	*Site
	c echo.Context

	// Log is for lines about this request.
	Log requestLog
	// Now is the time of this request; everything in it uses this one.
	Now time.Time
	// RequestID stands on error pages, in the log and in audit rows.
	RequestID string
	// User is who is signed in or has a pending sign-in, after the route's access
	// was checked.
	User user.User
	// Session is the visitor's session, if there is one.
	Session store.Session
	// Pending is the visitor's pending sign-in, if there is one.
	Pending store.Pending

	route    string
	way      arrival.Arrival
	sent     []byte // the body of a form, once it is there
	looked   bool   // for a session
	signedIn bool
	lapsed   store.Session // the visitor's own, which is over because of the time only
	kept     *views.Kept   // what the form of this page was filled with
	cookies  *cookies.Cookies
	noted    bool        // that one of our cookies came twice was written down
	marked   string      // the hash of the token that this browser gets with the answer
	mark     string      // that token, until the commit
	action   auth.Bucket // what this request is counted as, for somebody who is signed in
	acted    bool        // and that was counted
	place    func()      // gives the place of a file that is sent back
}

const visitorKey = "visitor"

// visitor returns the Visitor that enter made for this request.
func (s *Site) visitor(c echo.Context) *Visitor {
	if v, ok := c.Get(visitorKey).(*Visitor); ok {
		return v
	}
	v := &Visitor{Site: s, c: c, Now: s.Now(), RequestID: s.newRequestID(), way: s.gate.Of(c.Request()), cookies: s.jars.Of(c.Request(), c.Response())}
	v.Log = requestLog{v}
	c.Set(visitorKey, v)
	return v
}

// newRequestID returns a short name that a person can read out: random letters of
// this run of the server and a number. It names and keeps no secret, so it need not
// ask the system for random bytes each time.
func (s *Site) newRequestID() string {
	const first = 36 * 36 * 36 * 36 // so that all have five digits, for 58 million requests
	return s.run + strconv.FormatUint(first+s.requests.Add(1), 36)
}

// Context ends when the client goes away.
func (v *Visitor) Context() context.Context { return v.c.Request().Context() }

// Param returns a part of the path, such as "id".
func (v *Visitor) Param(name string) string { return v.c.Param(name) }

// Query returns a value of the query string of a GET; "" if it is missing. What
// a form sends is read by Form only.
func (v *Visitor) Query(name string) string { return v.c.QueryParam(name) }

// IP is the client's address as text: see arrival.Arrival.
func (v *Visitor) IP() string { return v.way.IP() }

// Reach tells how this very request reached the server. What strangers send never
// shows in it: it is about the request of the person who reads it.
func (v *Visitor) Reach() views.Reach { return v.way.Reach() }

// Meant reports whether somebody asked for this page from a page of ours, or by typing
// its address: only then is something taken away by being shown.
func (v *Visitor) Meant() bool { return v.way.Meant() }

// MarkBrowser gives a browser that has none a cookie by which two copies of a form are
// known to come from one browser.
func (v *Visitor) MarkBrowser() { v.cookies.MarkBrowser() }

// SendTheme keeps the theme of a user in the browser, for pages that are seen while
// nobody is signed in.
func (v *Visitor) SendTheme(t user.Theme) { v.cookies.SendTheme(t) }

// PreventBackCache keeps the page of this answer from coming back with the Back button.
// Call it after Frame.
func (v *Visitor) PreventBackCache() { v.cookies.PreventBackCache(v.RequestID) }

// Onward answers a page that does something when it is shown, for somebody whom another
// site may have sent: with a link to the same page, and nothing else happens.
func (v *Visitor) Onward() error {
	return v.Render(views.Onward{Frame: v.Frame(nil), Path: v.c.Request().URL.RequestURI()})
}

// UserAgent is what the browser calls itself, bounded.
func (v *Visitor) UserAgent() string { return cutUserAgent(v.c.Request().UserAgent()) }

func (v *Visitor) posts() bool { return v.c.Request().Method == http.MethodPost }

// SignedIn reports whether the visitor has a living session, and loads it and
// its user. It costs one SELECT, at most once in a request.
func (v *Visitor) SignedIn() (bool, error) {
	if v.looked {
		return v.signedIn, nil
	}
	token := v.cookies.Token(cookies.Session)
	if token == "" {
		v.looked = true
		v.noteDoubled()
		return false, nil
	}
	s, u, ok, err := v.DB.SessionByHash(secret.HashToken(token), v.Now)
	if err != nil {
		return false, err
	}
	v.looked = true
	if s.ID != "" && s.CredVersion == u.CredVersion && u.Active() && (!ok || !v.inTime(s)) {
		v.lapsed = s
	}
	if !ok || !v.inTime(s) || !usable(v.StepFor(u, s.Proofs)) {
		return false, nil
	}
	v.Session, v.User, v.signedIn = s, u, true
	v.touch()
	return true, nil
}

// inTime reports whether a session is within the times in force now; those of its
// row are from when it began, and an administrator may have shortened them since.
func (v *Visitor) inTime(s store.Session) bool {
	settings := v.Settings()
	return v.Now.Before(s.Created.Add(settings.SessionMax)) && v.Now.Before(s.LastSeen.Add(settings.SessionIdle+touchEvery))
}

// usable reports whether a session whose next step is this may be used at all. A
// session that has to enrol was complete when it was issued and the policy
// changed; one that lacks a proof never was.
func usable(next auth.Step) bool { return next == auth.StepDone || next == auth.StepEnrol }

// touchEvery is how often the use of a session is written down.
const touchEvery = time.Minute

// touch notes that the session is in use. Where that cannot be written the session
// ends no later than it would have: reading goes on while the disk is full (AV-04).
func (v *Visitor) touch() {
	if v.Now.Sub(v.Session.LastSeen) < touchEvery {
		return
	}
	idle := v.Now.Add(v.Settings().SessionIdle)
	if err := v.Tx(func(tx *store.Tx) error { return tx.TouchSession(v.Session.IDHash, v.Now, idle) }); err != nil {
		v.Log.Error("noting the use of a session", "id", v.RequestID, "error", err)
	}
}

// loadPending reports whether the visitor has a living pending sign-in, and
// loads it and its user.
func (v *Visitor) loadPending() (bool, error) {
	token := v.cookies.Token(cookies.Pending)
	if token == "" {
		v.noteDoubled()
		return false, nil
	}
	p, u, ok, err := v.DB.PendingByHash(secret.HashToken(token), v.Now)
	if err != nil || !ok {
		return false, err
	}
	v.Pending, v.User = p, u
	return true, nil
}

// NextStep is what the signed-in visitor has to do next.
func (v *Visitor) NextStep() auth.Step {
	return v.StepFor(v.User, v.Session.Proofs)
}

// IsFresh reports whether the visitor has proved enough, recently enough, for a
// sensitive action.
func (v *Visitor) IsFresh() bool {
	return auth.Fresh(v.Session.Proofs, auth.FactsOf(v.User), v.Now)
}

// Tx runs fn in a transaction that does not end because the client went away:
// what was begun is finished.
//
// For somebody who is signed in it looks again, in the transaction, whether the
// session holds: it may have been ended since the request was let in, and somebody who
// sends many requests at once, or one very slowly, would outrun the end (SE-08). And it
// counts what is done (actions.go).
func (v *Visitor) Tx(fn func(tx *store.Tx) error) error {
	if !v.signedIn {
		return v.Record(fn)
	}
	if err := v.mayAct(); err != nil {
		return err
	}
	err := v.Record(func(tx *store.Tx) error {
		holds, err := tx.SessionHolds(v.Session.ID, v.User.Role)
		if err != nil {
			return err
		}
		if !holds {
			return v.SignInAgain()
		}
		if err := v.countAct(tx); err != nil {
			return err
		}
		return fn(tx)
	})
	v.acted = v.acted || err == nil
	return err
}

// Record is Tx for what is written down whether or not the session still holds: that
// a try failed.
func (v *Visitor) Record(fn func(tx *store.Tx) error) error {
	marked := v.marked
	if err := v.DB.Tx(context.WithoutCancel(v.Context()), fn); err != nil {
		v.marked, v.mark = marked, "" // nothing that was written knows this browser
		return err
	}
	if v.mark != "" {
		v.cookies.Set(cookies.Browser, v.mark, cookies.BrowserFor)
		v.mark = ""
	}
	return nil
}

// StepFor is what a user with these proofs has to do next.
func (v *Visitor) StepFor(u user.User, p auth.Proofs) auth.Step {
	return auth.Next(p, auth.FactsOf(u), v.Settings().Policy(v.Now))
}

// PendingStage is the stage of the visitor's pending sign-in; ok is false if
// there is none.
func (v *Visitor) PendingStage() (stage auth.Step, ok bool, err error) {
	ok, err = v.loadPending()
	return v.Pending.Stage, ok, err
}
