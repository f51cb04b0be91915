package web

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/sessions"

	"latchkey/internal/user"
)

// Names of our cookies. Over https they carry the prefix __Host-, with which a
// browser accepts them only from this very host (RFC 6265bis, section 4.1.3.2).
const (
	sessionCookie = "latchkey"
	pendingCookie = "latchkey-pending"
	browserCookie = "latchkey-browser"
	formCookie    = "latchkey-form"
	// themeCookie holds no secret: it makes the sign-in page look as its reader wants.
	themeCookie = "latchkey-theme"
)

// Lifetimes of the cookies; the rows behind them have their own, shorter ends.
const (
	pendingFor = 10 * time.Minute
	browserFor = 90 * 24 * time.Hour
	formFor    = 24 * time.Hour
	themeFor   = 365 * 24 * time.Hour
)

// cookieStore is the sessions.Store of this site. Its cookies hold one random
// token and nothing else; the database row found by the token's hash is the truth,
// so nothing is encoded, signed or trusted here. It keeps no state.
type cookieStore struct {
	options sessions.Options
}

var _ sessions.Store = cookieStore{}

func newCookieStore(secure bool) cookieStore {
	return cookieStore{options: sessions.Options{Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode}}
}

// errDoubled is the answer to two cookies of one name.
var errDoubled = errors.New("two cookies of one name")

// Get returns the session of this name, whose ID is what the browser sent in its cookie,
// or ""; it is new if the browser sent none. Two cookies of one name are no cookie and
// give errDoubled: a neighbouring subdomain could have planted one of them (SE-05).
func (s cookieStore) Get(r *http.Request, name string) (*sessions.Session, error) {
	return s.New(r, name)
}

// New is Get.
func (s cookieStore) New(r *http.Request, name string) (*sessions.Session, error) {
	session := sessions.NewSession(s, name)
	options := s.options
	session.Options = &options
	found := r.CookiesNamed(name)
	session.IsNew = len(found) == 0
	switch len(found) {
	case 0:
	case 1:
		session.ID = found[0].Value
	default:
		return session, errDoubled
	}
	return session, nil
}

// tokenLength is the length of what secret.Token returns: 256 bits in base64url.
const tokenLength = 43

// split takes the value of a cookie apart: TOKEN, or TOKEN.VALIDATOR in a browser that
// is remembered. Every other shape holds nothing.
func split(value string) (token, validator string) {
	switch {
	case len(value) == tokenLength:
		return value, ""
	case len(value) == 2*tokenLength+1 && value[tokenLength] == '.':
		return value[:tokenLength], value[tokenLength+1:]
	}
	return "", ""
}

// Save sends the session's ID to the browser, or removes the cookie if MaxAge is
// negative.
func (s cookieStore) Save(_ *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	http.SetCookie(w, sessions.NewCookie(session.Name(), session.ID, session.Options))
	return nil
}

func (v *Visitor) cookieName(name string) string {
	if v.Secure() {
		return "__Host-" + name
	}
	return name
}

// join puts together what split takes apart.
func join(token, validator string) string {
	if validator == "" {
		return token
	}
	return token + "." + validator
}

// sentCookie returns one of our cookies as the browser sent it, and whether it came twice.
func (v *Visitor) sentCookie(name string) (session *sessions.Session, doubled bool) {
	session, err := v.cookies.Get(v.c.Request(), v.cookieName(name))
	return session, err != nil
}

// cookie returns what one of our cookies holds, or "", and keeps in mind whether it
// came twice.
func (v *Visitor) cookie(name string) string {
	session, doubled := v.sentCookie(name)
	v.doubled = v.doubled || doubled
	return session.ID
}

// token returns the token in one of our cookies, or "".
func (v *Visitor) token(name string) string {
	token, validator := split(v.cookie(name))
	if validator != "" && name != browserCookie {
		return ""
	}
	return token
}

// browserTokens returns the token of a known browser, or "", and its validator if it
// says that it is remembered.
func (v *Visitor) browserTokens() (token, validator string) { return split(v.cookie(browserCookie)) }

// setToken sends a token. It is called after the commit that made the token
// valid, never before: on a full disk only the commit fails.
func (v *Visitor) setToken(name, token string, lifetime time.Duration) {
	session, _ := v.sentCookie(name)
	session.ID, session.Options.MaxAge = token, int(lifetime/time.Second)
	session.Save(v.c.Request(), v.c.Response()) // never fails
}

// dropToken removes a cookie from the browser, if it sent one.
func (v *Visitor) dropToken(name string) {
	if session, _ := v.sentCookie(name); !session.IsNew {
		v.setToken(name, "", -time.Second)
	}
}

// SendTheme keeps the theme of a user in the browser, for pages that are seen while
// nobody is signed in.
func (v *Visitor) SendTheme(t user.Theme) {
	if t == user.ThemeSystem {
		v.dropToken(themeCookie)
	} else if v.theme() != t {
		v.setToken(themeCookie, string(t), themeFor)
	}
}

// theme is the theme that the browser has kept; anything else in the cookie is none.
func (v *Visitor) theme() user.Theme {
	session, _ := v.sentCookie(themeCookie)
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
func (v *Visitor) PreventBackCache() { v.setToken(shownCookie, v.RequestID, shownFor) }

// leaveShown takes the cookie of the page before away, if that was shown only once and
// somebody leaves it: for a page that another site asks for, nobody does.
func (v *Visitor) leaveShown() {
	if !v.Meant() {
		return
	}
	// Every page comes by here: looking for the name costs less than reading cookies.
	for _, sent := range v.c.Request().Header["Cookie"] {
		if strings.Contains(sent, shownCookie) {
			v.dropToken(shownCookie)
			return
		}
	}
}
