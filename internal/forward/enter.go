package forward

import (
	"net/http"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/internal/web/cookies"
	"latchkey/views"
)

// enter brings somebody into an application: the code is used up, and what the browser has kept
// here must be what it was made for. Otherwise somebody could sign others in as themselves, by a
// link (FD-04).
func enter(v *web.Visitor) error {
	token, path, ok := splitState(v.Query("code"))
	if !ok {
		return showBroken(v)
	}
	if !v.Way.Navigates() {
		return v.Onward() // nothing that is loaded ahead of time uses a code up
	}
	t, begun := tripOf(v)
	h, found, err := v.DB.Handover(secret.HashToken(token), v.Now)
	if err != nil {
		return err
	}
	open, isOpen, err := openHere(v)
	if err != nil {
		return err
	}
	if !found {
		return showUsed(v, readPath(path), isOpen)
	}
	here := h.Slug == v.App.Slug && h.Host == v.App.Host
	a := arrival{hash: h.CodeHash, old: v.Cookies.Token(cookies.Application), path: readPath(path), begun: begun}
	a.to, a.mine = t.take(h.StateHash, path)
	a.mine = a.mine && here
	a.isOpen, a.isSame = isOpen, here && isOpen && open.Session.ID == h.SessionID
	if err := v.Record(func(tx *store.Tx) error { return a.use(v, tx) }); err != nil {
		return err
	}
	return a.answer(v, t)
}

// arrival is the end of one way.
type arrival struct {
	hash   string // of the code
	old    string // the token that the browser has, if any
	path   string // the one that travelled with the code
	to     string // where the way leads
	mine   bool   // this browser began it here
	begun  bool   // it began some way
	isOpen bool   // the application is open in it already
	isSame bool   // for the session of the code

	// What became of it, in a transaction.
	found  bool
	denied bool
	token  string // what the browser gets; "" if the session is over
	opened store.Opened
}

// answer leads on into the application, or to a page that says what to do.
func (a *arrival) answer(v *web.Visitor, t trip) error {
	switch {
	case !a.found:
		return showUsed(v, a.path, a.isOpen)
	case !a.mine && a.isSame:
		return v.Redirect(a.path) // another tab was faster, or somebody went back
	case !a.mine && a.begun:
		t.arrived(v.Now)
		t.send(v)
		return showOtherWay(v, a.path)
	case !a.mine:
		return showCookies(v, a.path)
	case a.denied:
		return deny(v, a.opened.Gate, a.opened.User.Name, a.opened.User.Username, a.to)
	case a.token == "":
		return showOver(v, a.to)
	}
	setApp(v, a.token)
	t.arrived(v.Now)
	t.send(v)
	return v.Redirect(a.to)
}

// use takes the code away, and opens the application if the session behind it may.
func (a *arrival) use(v *web.Visitor, tx *store.Tx) error {
	a.found, a.denied, a.token, a.opened = false, false, "", store.Opened{} // a transaction may run twice
	h, found, err := tx.UseHandover(a.hash, v.Now)
	if a.found = found; err != nil || !found || !a.mine {
		return err
	}
	token := secret.Token()
	tokenHash := secret.HashToken(token)
	if err := tx.AddOpened(h.UserID, tokenHash, secret.ID(), h.SessionID, h.Slug, h.Host, v.Now); err != nil {
		return err
	}
	o, alive, err := tx.OpenedByHash(tokenHash, h.Slug, h.Host, v.Now)
	if err != nil {
		return err
	}
	a.opened = o
	if alive = alive && v.InTime(o.Session) && v.StepFor(o.User, o.Session.Proofs) == auth.StepDone; !alive || !o.MayOpen() || !o.HostIsOurs {
		a.denied = alive
		_, err := tx.EndOpenedByHash(tokenHash)
		return err
	}
	if a.old != "" {
		if _, err := tx.EndOpenedByHash(secret.HashToken(a.old)); err != nil {
			return err
		}
	}
	a.token = token
	e := v.Audit(audit.ApplicationOpened, audit.ResultOK)
	e.ActorID, e.ActorName, e.SubjectID, e.SubjectName = o.User.ID, o.User.Username, o.User.ID, o.User.Username
	e.Details = []audit.Detail{{Name: audit.ApplicationDetail, After: h.Slug}}
	return tx.Audit(e)
}

// openHere is who has the application open in this browser.
func openHere(v *web.Visitor) (o store.Opened, ok bool, err error) {
	token := v.Cookies.Token(cookies.Application)
	if token == "" {
		return o, false, nil
	}
	o, ok, err = v.DB.OpenedByHash(secret.HashToken(token), v.App.Slug, v.App.Host, v.Now)
	return o, ok && v.InTime(o.Session), err
}

// showBroken is for an address that was cut, or typed.
func showBroken(v *web.Visitor) error {
	return onTheWay(v, http.StatusNotFound, views.OnTheWay{
		Title: "This address is not whole", Texts: []string{"It only works on the way from signing in. Open " + v.App.Host + " to go there."},
		Button: views.Link{Href: startAt("/", true), Words: "Open " + v.App.Host},
	})
}

// showUsed is for a code that was used or took too long: after Back, or from a bookmark.
func showUsed(v *web.Visitor, to string, isOpen bool) error {
	page := views.OnTheWay{
		Title: "This link no longer works", Texts: []string{"It works once, and for one minute after you signed in."},
		Button: views.Link{Href: startAt(to, true), Words: "Continue to " + v.App.Host},
	}
	if isOpen {
		page.Texts = append(page.Texts, "You are already signed in here.")
		page.Button.Href = to
	}
	return onTheWay(v, http.StatusGone, page)
}

// showCookies is for a browser that brought nothing of what it was given a moment ago.
func showCookies(v *web.Visitor, to string) error {
	return onTheWay(v, http.StatusBadRequest, views.OnTheWay{
		Title: "Signing in did not finish",
		Texts: []string{
			"Your browser did not send the cookie that " + v.App.Host + " gave it. Either it blocks cookies: allow them for " + v.App.Host + ". Or you opened a link that was made for another browser.",
		},
		Button: views.Link{Href: startAt(to, true), Words: "Try again"},
	})
}

// showOtherWay is for a browser that is on its way, but not on this one: two tabs began at the same
// moment, or somebody else made the link. It goes on by itself, as whoever is signed in here.
func showOtherWay(v *web.Visitor, to string) error {
	return onTheWay(v, http.StatusBadRequest, views.OnTheWay{
		Title: "Signing in did not finish", Texts: []string{"It was begun in another tab or another browser. You should be taken on automatically. If not, use the button."},
		Button: views.Link{Href: startAt(to, false), Words: "Continue to " + v.App.Host}, Refresh: true,
	})
}

// showOver is for a session that ended on the way.
func showOver(v *web.Visitor, to string) error {
	return onTheWay(v, http.StatusGone, views.OnTheWay{
		Title: "You have signed out meanwhile", Texts: []string{"Sign in again to go on to " + v.App.Host + "."},
		Button: views.Link{Href: startAt(to, true), Words: "Sign in"},
	})
}
