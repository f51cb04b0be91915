package web

import (
	"net"
	"net/http"

	"github.com/labstack/echo/v4"

	"latchkey/internal/problem"
	"latchkey/internal/web/conns"
	"latchkey/internal/web/look"
	"latchkey/internal/web/route"
	"latchkey/static"
)

// LimitConnections returns a listener that hands out connections within the bounds.
func LimitConnections(s *Site, l net.Listener) net.Listener { return conns.Limit(l, s.source.Gate) }

// mountFiles mounts what is the same for everybody: files and the two questions
// of the operator.
func (s *Site) mountFiles() {
	for _, path := range []string{"/static/:name", "/theme.css", "/favicon.ico", "/healthz", "/readyz"} {
		s.routes.Alone[path] = true
	}
	s.Get("/static/:name", route.Anyone, showFile)
	s.Get("/theme.css", route.Anyone, func(v *Visitor) error { // under a name that stays
		theme, ok := v.newestLook().Theme()
		if !ok {
			return problem.New(problem.NotFound, "")
		}
		return v.file(theme)
	})
	s.Get("/favicon.ico", route.Anyone, func(v *Visitor) error { return v.file(static.Icon()) })
	s.Get("/healthz", route.Anyone, func(v *Visitor) error { return v.Text("ok\n") })
	s.Get("/readyz", route.Anyone, showReady)
}

// MountAppFiles mounts the same files for pages of ours on the hosts of applications.
func (s *Site) MountAppFiles(path string) {
	s.routes.Alone[path] = true
	s.Get(path, route.ApplicationHost, showFile)
}

func showFile(v *Visitor) error {
	name := v.Param("name")
	a, ok := look.OfProgram(name)
	if !ok {
		a, ok = v.newestLook().Find(name)
	}
	if !ok {
		return problem.New(problem.NotFound, "")
	}
	v.c.Response().Header()["Cache-Control"] = []string{"public, max-age=31536000, immutable"}
	return v.file(a)
}

// file answers with a static file, compressed where there is such a form and the client takes it. Nothing
// else is ever compressed: how long an answer is would say what a secret in it has in common with what a
// stranger put there (BREACH).
func (v *Visitor) file(a static.Asset) error {
	body, encoding := a.For(v.c.Request().Header["Accept-Encoding"])
	h := v.c.Response().Header()
	if a.Compressed() {
		h.Set("Vary", "Accept-Encoding")
	}
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	return v.Blob(http.StatusOK, a.ContentType, body)
}

// newestLook is what pages look like since the last change, which another process may have made. While
// the database cannot be asked it is the one before.
func (v *Visitor) newestLook() *look.Look {
	if err := v.Refresh(); err != nil {
		v.Log.Warn("looking for a new look", "id", v.RequestID, "error", err)
	}
	return v.look.Load()
}

// showReady says whether the server can do its work.
func showReady(v *Visitor) error {
	v.tellSeen()
	trouble, cause := v.health.Ask(v.Context(), v.Now)
	if cause != nil {
		v.Log.Error("not ready", "id", v.RequestID, "error", cause)
	}
	if trouble != "" {
		return v.textStatus(http.StatusServiceUnavailable, trouble+"\n")
	}
	return v.Text("ok\n")
}

// Text answers with plain text.
func (v *Visitor) Text(text string) error { return v.textStatus(http.StatusOK, text) }

func (v *Visitor) textStatus(status int, text string) error {
	return v.Blob(status, echo.MIMETextPlainCharsetUTF8, []byte(text))
}
