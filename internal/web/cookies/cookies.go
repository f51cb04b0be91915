// Package cookies is the cookies that a browser holds of ours: their names and shapes, and
// what of them came with one request. Each holds one random token and nothing else; what a
// Token is worth, the database knows.
package cookies

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/sessions"

	"latchkey/internal/user"
)

// Names of our cookies. Over https they carry the prefix __Host-, with which a
// browser accepts them only from this very host (RFC 6265bis, section 4.1.3.2).
const (
	Session = "latchkey"
	Pending = "latchkey-pending"
	Browser = "latchkey-browser"
	Form    = "latchkey-form"
	// These two are on the hosts of applications: that somebody has one open, and what a browser
	// that is on its way to one keeps until it comes back.
	Application      = "latchkey-app"
	ApplicationStart = "latchkey-app-start"
	// themeCookie holds no secret: it makes the sign-in page look as its reader wants.
	themeCookie = "latchkey-theme"
)

// Lifetimes of the cookies; the rows behind them have their own, shorter ends.
const (
	PendingFor = 10 * time.Minute
	BrowserFor = 90 * 24 * time.Hour
	formFor    = 24 * time.Hour
	themeFor   = 365 * 24 * time.Hour
)

// Store is the sessions.Store of this site. Its cookies hold one random
// Token and nothing else; the database row found by the token's hash is the truth,
// so nothing is encoded, signed or trusted here. It keeps no state.
type Store struct {
	secure  bool
	options sessions.Options
}

var _ sessions.Store = Store{}

// NewStore returns the store of a site at https, or not.
func NewStore(secure bool) Store {
	return Store{secure: secure, options: sessions.Options{Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode}}
}

// errDoubled is the answer to two cookies of one name.
var errDoubled = errors.New("two cookies of one name")

// Get returns the session of this name, whose ID is what the browser sent in its cookie,
// or ""; it is new if the browser sent none. Two cookies of one name are no cookie and
// give errDoubled: a neighbouring subdomain could have planted one of them (SE-05).
func (s Store) Get(r *http.Request, name string) (*sessions.Session, error) {
	return s.New(r, name)
}

// New is Get.
func (s Store) New(r *http.Request, name string) (*sessions.Session, error) {
	session := sessions.NewSession(s, name)
	options := s.options
	session.Options = &options
	value, found := read(r, name)
	session.ID, session.IsNew = value, found == 0
	if found > 1 {
		return session, errDoubled
	}
	return session, nil
}

// read returns the value of the only cookie of a name, and how many there are. Searching for the name is
// cheaper than parsing the header, and most of our cookies are absent.
func read(r *http.Request, name string) (value string, found int) {
	if !slices.ContainsFunc(r.Header["Cookie"], func(sent string) bool { return strings.Contains(sent, name) }) {
		return "", 0
	}
	all := r.CookiesNamed(name)
	if len(all) == 1 {
		value = all[0].Value
	}
	return value, len(all)
}

// TokenLength is the length of what secret.Token returns: 256 bits in base64url.
const TokenLength = 43

// split takes the value of a cookie apart: TOKEN, or TOKEN.VALIDATOR in a browser that
// is remembered. Every other shape holds nothing.
func split(value string) (token, validator string) {
	switch {
	case len(value) == TokenLength:
		return value, ""
	case len(value) == 2*TokenLength+1 && value[TokenLength] == '.':
		return value[:TokenLength], value[TokenLength+1:]
	}
	return "", ""
}

// Save sends the session's ID to the browser, or removes the cookie if MaxAge is
// negative.
func (s Store) Save(_ *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	http.SetCookie(w, sessions.NewCookie(session.Name(), session.ID, session.Options))
	return nil
}

// Name is what a cookie is called in browsers.
func (s Store) Name(name string) string { return s.cookieName(name) }

func (s Store) cookieName(name string) string {
	if s.secure {
		return "__Host-" + name
	}
	return name
}

// Cookies are those of one request, and of its answer. They belong to the goroutine of
// the request.
type Cookies struct {
	store Store
	r     *http.Request
	w     http.ResponseWriter

	// Doubled says that one of those that were read came twice, which counts as none.
	Doubled bool
}

// Of returns the cookies of a request.
func (s Store) Of(r *http.Request, w http.ResponseWriter) Cookies {
	return Cookies{store: s, r: r, w: w}
}

// Join puts together what split takes apart.
func Join(token, validator string) string {
	if validator == "" {
		return token
	}
	return token + "." + validator
}

// sent returns one of our cookies as the browser sent it, and whether it came twice.
func (c *Cookies) sent(name string) (session *sessions.Session, doubled bool) {
	session, err := c.store.Get(c.r, c.store.cookieName(name))
	return session, err != nil
}

// value returns what one of our cookies holds, or "", and keeps in mind whether it
// came twice.
func (c *Cookies) value(name string) string {
	value, found := read(c.r, c.store.cookieName(name))
	c.Doubled = c.Doubled || found > 1
	return value
}

// Token returns the token in one of our cookies, or "".
func (c *Cookies) Token(name string) string {
	token, validator := split(c.value(name))
	if validator != "" && name != Browser {
		return ""
	}
	return token
}

// Value returns what one of our cookies holds that is no token alone; "" for none, or if it came
// twice.
func (c *Cookies) Value(name string) string { return c.value(name) }

// BrowserTokens returns the token of a known browser, or "", and its validator if it
// says that it is remembered.
func (c *Cookies) BrowserTokens() (token, validator string) { return split(c.value(Browser)) }

// Set sends a token. It is called after the commit that made the token
// valid, never before: on a full disk only the commit fails.
func (c *Cookies) Set(name, token string, lifetime time.Duration) {
	session, _ := c.sent(name)
	session.ID, session.Options.MaxAge = token, int(lifetime/time.Second)
	session.Save(c.r, c.w) // never fails
}

// Drop removes a cookie from the browser, if it sent one.
func (c *Cookies) Drop(name string) {
	if session, _ := c.sent(name); !session.IsNew {
		c.Set(name, "", -time.Second)
	}
}

// SendTheme keeps the theme of a user in the browser, for pages that are seen while
// nobody is signed in.
func (c *Cookies) SendTheme(t user.Theme) {
	if t == user.ThemeSystem {
		c.Drop(themeCookie)
	} else if c.Theme() != t {
		c.Set(themeCookie, string(t), themeFor)
	}
}

// Theme is the theme that the browser has kept; anything else in the cookie is none.
func (c *Cookies) Theme() user.Theme {
	session, _ := c.sent(themeCookie)
	t, err := user.CheckTheme(session.ID)
	if err != nil {
		return user.ThemeSystem
	}
	return t
}

// shownCookie is in a browser from a page that is shown only now to the next page.
const shownCookie = "latchkey-shown"

// shownFor is longer than anybody looks at such a page.
const shownFor = 24 * time.Hour

// PreventBackCache keeps the page of this answer from coming back with the Back button.
// Chromium keeps even a page that is not to be stored and shows it again without
// asking, unless a cookie of ours changed since. So the browser gets one here, and the
// next page takes it away again: that is the change. It grants nothing. Call it after
// Frame, which takes the cookie of such a page before away.
func (c *Cookies) PreventBackCache(id string) { c.Set(shownCookie, id, shownFor) }

// LeaveShown takes the cookie of the page before away, if that was shown only once and
// somebody leaves it. Call it for a page that somebody asked for themselves.
func (c *Cookies) LeaveShown() {
	if _, found := read(c.r, c.store.cookieName(shownCookie)); found > 0 {
		c.Drop(shownCookie)
	}
}
