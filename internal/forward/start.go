package forward

import (
	"net/url"

	"latchkey/internal/web"
	"latchkey/internal/web/session"
	"latchkey/views"
)

// start sends a browser on its way: it keeps a state on the application's host, by which it is known
// when it comes back, and goes to our own host. Nothing is written here.
func start(v *web.Visitor) error {
	to := askedTo(v.R.URL.RawQuery)
	t, _ := tripOf(v)
	if t.circles(v.Now) && v.Query("again") == "" {
		return showCircles(v, to)
	}
	if v.Query("again") != "" {
		t.rounds = 0
	}
	state := t.begin(to)
	t.send(v)
	q := url.Values{"app": {v.App.Slug}, "host": {v.App.Host}, "state": {state}}
	return v.Redirect(v.Link(session.EnterPath) + "?" + q.Encode())
}

// startAt is the start page for a path, as a link; again says that somebody pressed it.
func startAt(to string, again bool) string {
	if again {
		return startPath + "?again=1&to=" + url.QueryEscape(to)
	}
	return startPath + "?to=" + url.QueryEscape(to)
}

// showCircles ends a circle: the application's host sends the browser here although it has just
// been signed in there.
func showCircles(v *web.Visitor, to string) error {
	name, err := appName(v)
	if err != nil {
		return err
	}
	return onTheWay(v, 409, views.OnTheWay{
		Title: "Signing in to " + name + " does not last",
		Texts: []string{
			"You were signed in several times just now, and each time " + v.App.Host + " asked again.",
			"Allow cookies for " + v.App.Host + ", or remove those you have for it, then try again. If that does not help, tell the person who runs it: its proxy does not pass cookies on.",
		},
		Button: views.Link{Href: startAt(to, true), Words: "Try again"},
	})
}

// onTheWay answers with a page on an application's host that says what to do.
func onTheWay(v *web.Visitor, status int, page views.OnTheWay) error {
	page.Frame, page.Reference = v.Frame(nil), v.RequestID
	page.Links = append(page.Links, views.Link{Href: v.Link("/"), Words: "Go to " + page.Frame.Instance})
	return v.RenderStatus(status, page)
}

// appName is what the application on this host is called.
func appName(v *web.Visitor) (string, error) {
	g, err := v.DB.Gate(v.App.Slug, v.App.Host)
	return g.Name, err
}
