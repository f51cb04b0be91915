// Package request is one HTTP request whoever it is from: its time and id, the way it came,
// its cookies, and its lines in the log.
package request

import (
	"context"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/instance"
	"latchkey/internal/logs"
	"latchkey/internal/secret"
	"latchkey/internal/user"
	"latchkey/internal/web/arrival"
	"latchkey/internal/web/cookies"
	"latchkey/views"
)

// Source is where the requests of a site come from. It is safe for concurrent use.
type Source struct {
	Instance *instance.Instance
	Gate     *arrival.Gate
	Jars     cookies.Store

	run      string // begins the request ids of this run
	requests atomic.Uint64
	quota    logs.Quota // of lines about requests
}

// NewSource returns the source of a site.
func NewSource(i *instance.Instance, gate *arrival.Gate) *Source {
	return &Source{Instance: i, Gate: gate, Jars: cookies.NewStore(i.Secure()), run: secret.ID()[:5]}
}

// Request is one request, over an instance. It belongs to the goroutine of the request.
type Request struct {
	*instance.Instance

	// R is the request as it was sent, W what it is answered with.
	R *http.Request
	W http.ResponseWriter
	// Way is how it came, Cookies those of its browser.
	Way     arrival.Arrival
	Cookies cookies.Cookies
	// Log is for lines about this request.
	Log Log
	// Now is the time of this request; everything in it uses this one.
	Now time.Time
	// RequestID stands on error pages, in the log and in audit rows.
	RequestID string
	// UserID is whose lines in the log these are, once somebody is signed in.
	UserID string

	source *Source
}

// Begin makes a request of what was sent.
func (r *Request) Begin(s *Source, sent *http.Request, w http.ResponseWriter) {
	*r = Request{
		Instance: s.Instance, R: sent, W: w, Way: s.Gate.Of(sent), Cookies: s.Jars.Of(sent, w),
		Log: Log{r}, Now: s.Instance.Now(), RequestID: s.newID(), source: s,
	}
}

// newID returns a short name that a person can read out: random letters of
// this run of the server and a number. It names and keeps no secret, so it need not
// ask the system for random bytes each time.
func (s *Source) newID() string {
	const first = 36 * 36 * 36 * 36 // so that all have five digits, for 58 million requests
	return string(strconv.AppendUint(append(make([]byte, 0, 24), s.run...), first+s.requests.Add(1), 36))
}

// Context ends when the client goes away.
func (r *Request) Context() context.Context { return r.R.Context() }

// Posts reports whether the request is a form.
func (r *Request) Posts() bool { return r.R.Method == http.MethodPost }

// IP is the client's address as text: see arrival.Arrival.
func (r *Request) IP() string { return r.Way.IP() }

// maxUserAgent is how much of a browser's name is kept, in characters.
const maxUserAgent = 300

// UserAgent is what the browser calls itself, bounded.
func (r *Request) UserAgent() string { return audit.CleanText(r.R.UserAgent(), maxUserAgent) }

// Reach tells how this very request reached the server. What strangers send never
// shows in it: it is about the request of the person who reads it.
func (r *Request) Reach() views.Reach { return r.Way.Reach() }

// Meant reports whether somebody asked for this page from a page of ours, or by typing
// its address: only then is something taken away by being shown.
func (r *Request) Meant() bool { return r.Way.Meant() }

// MarkBrowser gives a browser that has none a cookie by which two copies of a form are
// known to come from one browser.
func (r *Request) MarkBrowser() { r.Cookies.MarkBrowser() }

// SendTheme keeps the theme of a user in the browser, for pages that are seen while
// nobody is signed in.
func (r *Request) SendTheme(t user.Theme) { r.Cookies.SendTheme(t) }

// PreventBackCache keeps the page of this answer from coming back with the Back button.
// Call it after Frame.
func (r *Request) PreventBackCache() { r.Cookies.PreventBackCache(r.RequestID) }
