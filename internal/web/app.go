package web

import (
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"

	"github.com/labstack/echo/v4"

	"latchkey/internal/access"
	"latchkey/internal/web/cookies"
	"latchkey/internal/web/route"
	"latchkey/views"
)

// App is the application on whose host a request came.
type App struct {
	Slug string
	// Host is as hosts are stored, Origin is where it is.
	Host, Origin string
}

// Paths of the questions that proxies ask; the slug of an application follows.
const (
	ForwardAuthPath = "/forward-auth/"
	AuthRequestPath = "/auth-request/"
)

// isAsked reports whether a path is one of those questions. It has to be one part that follows, so
// that nothing else of ours is served under any name.
func isAsked(path string) bool {
	for _, before := range []string{ForwardAuthPath, AuthRequestPath} {
		if slug, ok := strings.CutPrefix(path, before); ok {
			return slug != "" && !strings.Contains(slug, "/")
		}
	}
	return false
}

// findApp finds out whether the request came on the host of an application. The host is the one
// of the request itself: a header that a proxy may only pass on chooses nothing (FD-01).
func (v *Visitor) findApp() error {
	host := access.RequestHost(v.c.Request().Host)
	if host == "" || v.c.Request().Host == v.URL.Host || access.IsOwn(host, v.URL) {
		return nil
	}
	slug, ok, err := v.DB.HostOf(host)
	if err != nil || !ok {
		return err
	}
	v.App = App{Slug: slug, Host: host, Origin: access.Origin(host, v.URL)}
	base, err := url.Parse(v.App.Origin)
	if err != nil {
		return err
	}
	v.Way.For(base)
	v.Cookies = v.AppCookies(host)
	return nil
}

// OnApp makes the answer a page on the host of an application, to which a proxy passes it on.
func (v *Visitor) OnApp(slug, host string) {
	v.App = App{Slug: slug, Host: host, Origin: access.Origin(host, v.URL)}
}

// AppFrame is the frame of a page that a proxy passes on, on whichever host.
func (v *Visitor) AppFrame() views.Frame { return *v.onApps.Load() }

// AppCookies are the cookies of this request as those of an application's host.
func (v *Visitor) AppCookies(host string) cookies.Cookies {
	store := v.plainApps
	if access.IsSecure(host, v.URL) {
		store = v.secureApps
	}
	return store.Of(v.R, v.W)
}

// Ask mounts a question that a proxy asks about each request to an application, under a path that the slug of the
// application follows. Nothing that pages need is done before it, since every request to every application waits
// for it: to take up what another process changed is for pass and h, which read that with what they read. pass answers it and reports true if the request may pass; else h does, from the beginning.
func (s *Site) Ask(path string, pass func(v *Visitor, slug string) bool, h Handler) {
	before := path
	path += ":app"
	s.questions = append(s.questions, question{before, path, pass})
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		s.routes.Add(method, path, route.Proxy)
		s.echo.Add(method, path, s.asked(path, h))
	}
}

// question is what proxies ask below a path.
type question struct {
	path, route string
	pass        func(v *Visitor, slug string) bool
}

// letPass answers a question about a request that may pass, as nearly all may, without a router, a context or the
// headers of a page. Whatever is unusual, and every other answer, is left to the way that all requests go.
func (s *Site) letPass(w http.ResponseWriter, r *http.Request) (passed bool) {
	slug, q := s.questionOf(r)
	if q == nil || s.DB.Lost() != nil {
		return false
	}
	v := &Visitor{Site: s, route: q.route}
	v.Begin(s.source, r, w)
	if !v.Way.Trusted() {
		return false
	}
	s.NoteRequest()
	defer func() {
		if p := recover(); p != nil {
			passed = false
			v.Log.Error("panic before a request was let pass; it is asked about again", "id", v.RequestID, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
		if !passed {
			clear(w.Header())
		}
	}()
	v.Way.WarnOfProxy(v.Log, v.RequestID)
	w.Header()["Cache-Control"] = noStore
	if passed = q.pass(v, slug); passed {
		v.logRequest(http.StatusOK)
	}
	return passed
}

// questionOf is what a request asks, if it is as plain as proxies send it.
func (s *Site) questionOf(r *http.Request) (slug string, q *question) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead || r.ContentLength != 0 || len(r.TransferEncoding) > 0 || !r.ProtoAtLeast(1, 1) || r.URL.RawPath != "" {
		return "", nil
	}
	for i := range s.questions {
		q := &s.questions[i]
		if slug, ok := strings.CutPrefix(r.URL.Path, q.path); ok && slug != "" && strings.IndexByte(slug, '/') < 0 {
			return slug, q
		}
	}
	return "", nil
}

func (s *Site) asked(path string, h Handler) echo.HandlerFunc {
	return func(c echo.Context) error {
		v := s.visitor(c)
		v.route = path
		if err := s.DB.Lost(); err != nil {
			return err
		}
		if err := v.allow(route.Proxy); err != nil {
			return err
		}
		return h(v)
	}
}
