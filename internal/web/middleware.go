package web

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/internal/access"
	"latchkey/internal/web/forms"
	"latchkey/internal/web/request"
)

// contentPolicy lets a page load our own files and nothing else; nothing inline
// runs (WE-01). The QR code is inline SVG with presentation attributes, which the
// policy does not touch.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'; " +
	"require-trusted-types-for 'script'; trusted-types 'none'"

// fixedHeaders are on every answer, as they are here, with Strict-Transport-Security at https.
var fixedHeaders = map[string]string{
	"Content-Security-Policy": contentPolicy,
	"X-Content-Type-Options":  "nosniff",
	// Not no-referrer: a form of such a page is sent with "Origin: null" by some
	// browsers, and the origin check would refuse it.
	"Referrer-Policy":              "same-origin",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Permissions-Policy":           "publickey-credentials-get=(self), publickey-credentials-create=(self)",
}

// noStore is the one header that files are sent with another of. It is also all that an answer to a proxy needs: what
// keeps a page safe in a browser is for answers that browsers get.
var noStore = []string{"no-store"}

// enter is the one middleware: each further one costs about a twentieth of a
// page. It names the request, sets the headers of every answer, refuses what is for
// another host and what no page of ours sends, and turns a panic into an error page.
func (s *Site) enter(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		if !forAnyHost(c.Request().URL.Path) {
			s.NoteRequest() // a probe every few seconds is nobody who works on the pages
		}
		v := s.visitor(c)
		c.Response().Header()["Cache-Control"] = noStore
		s.headers.Set(c.Request(), c.Response().Header())
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler {
					panic(p)
				}
				err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			}
			if err != nil {
				v.closeUnread()
				v.fail(err)
				err = nil
			}
			v.logRequest(c.Response().Status)
		}()
		v.endFraming()
		if err := v.checkHost(); err != nil {
			return err
		}
		if err := v.admit(); err != nil {
			return err
		}
		v.Way.WarnOfProxy(v.Log, v.RequestID)
		return next(c)
	}
}

// checkHost refuses what was sent to a host that is not ours. What is the same for
// everybody is served under any name: those who watch the server ask it by its address,
// and the page that says where the site is has a style sheet.
func (v *Visitor) checkHost() error {
	path := v.c.Request().URL.Path
	switch {
	case forAnyHost(path), v.Way.Trusted() && isAsked(path):
		return nil
	case strings.HasPrefix(path, access.OwnPaths), v.Way.IsElsewhere():
		if err := v.findApp(); err != nil {
			return err
		}
	}
	if v.App.Slug == "" {
		return v.Way.CheckHost(v.Log, v.RequestID)
	}
	if !strings.HasPrefix(path, access.OwnPaths) {
		return v.Way.OtherHost(v.Log, v.RequestID)
	}
	return nil
}

func forAnyHost(path string) bool {
	switch path {
	case "/healthz", "/readyz", "/theme.css", "/favicon.ico":
		return true
	}
	return strings.HasPrefix(path, "/static/")
}

// admit refuses a request whose method, origin or content type no page of ours
// could have sent.
func (v *Visitor) admit() error {
	r := v.c.Request()
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		return nil
	case http.MethodPost:
	default:
		v.c.Response().Header().Set("Allow", "GET, HEAD, POST")
		return echo.NewHTTPError(http.StatusMethodNotAllowed)
	}
	if err := v.Way.CheckOrigin(); err != nil {
		return err
	}
	if !forms.IsForm(r) && !v.takesUpload() {
		return echo.NewHTTPError(http.StatusUnsupportedMediaType)
	}
	return nil
}

// logRequest writes one line for each action and each refusal; looking at a page is a
// line for debugging only. The query string stays out, since it may hold what a
// person typed, and a route with a token is named by its pattern. What is not found is
// named as far as it cannot be a secret.
func (v *Visitor) logRequest(status int) {
	level := slog.LevelInfo
	if !v.Posts() && status < http.StatusBadRequest {
		level = slog.LevelDebug
	}
	if !v.Site.Log.Enabled(v.Context(), level) {
		return
	}
	route := v.route
	if route == "" {
		route = "(none)"
	}
	said := []any{"id", v.RequestID, "method", v.R.Method, "route", route, "status", status,
		"ip", v.IP(), "took", v.Site.Now().Sub(v.Now).Round(time.Microsecond).String()}
	if status == http.StatusMisdirectedRequest {
		said = append(said, "host", v.Way.Host())
	}
	if status == http.StatusNotFound {
		said = append(said, "path", request.LogPath(v.R.URL.Path, v.routes.IsLink))
	}
	v.Log.Write(level, "request", said)
}
