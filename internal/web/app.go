package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"latchkey/internal/access"
	"latchkey/internal/web/cookies"
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
	if strings.HasPrefix(access.Origin(host, v.URL), "https:") {
		store = v.secureApps
	}
	return store.Of(v.c.Request(), v.c.Response())
}

// Ask mounts a question that a proxy asks about each request to an application. Nothing that pages
// need is done before it, since every request to every application waits for it.
func (s *Site) Ask(path string, h Handler) {
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		s.access[method+" "+path] = Proxy
		s.echo.Add(method, path, s.asked(path, h))
	}
}

func (s *Site) asked(path string, h Handler) echo.HandlerFunc {
	return func(c echo.Context) error {
		v := s.visitor(c)
		v.route = path
		if err := s.DB.Lost(); err != nil {
			return err
		}
		if err := v.allow(Proxy); err != nil {
			return err
		}
		return h(v)
	}
}
