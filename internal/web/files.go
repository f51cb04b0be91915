package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"latchkey/internal/problem"
	"latchkey/static"
)

// mountFiles mounts what is the same for everybody: files and the two questions
// of whoever watches the server.
func (s *Site) mountFiles() {
	files := map[string]static.Asset{}
	for _, a := range static.Assets() {
		files[a.Name] = a
	}
	s.Get("/static/:name", Anyone, func(v *Visitor) error {
		a, ok := files[v.Param("name")]
		if !ok {
			return problem.New(problem.NotFound, "")
		}
		v.c.Response().Header()["Cache-Control"] = []string{"public, max-age=31536000, immutable"}
		return v.Blob(http.StatusOK, a.ContentType, a.Body)
	})
	s.Get("/favicon.ico", Anyone, func(v *Visitor) error {
		icon := static.Icon()
		return v.Blob(http.StatusOK, icon.ContentType, icon.Body)
	})
	s.Get("/healthz", Anyone, func(v *Visitor) error { return v.text(http.StatusOK, "ok\n") })
	s.Get("/readyz", Anyone, showReady)
}

// showReady says whether the server can do its work: the database can be
// written, and nobody asked it to stop.
func showReady(v *Visitor) error {
	if v.stopping.Load() {
		return v.text(http.StatusServiceUnavailable, "stopping\n")
	}
	if err := v.DB.Healthy(v.Context()); err != nil {
		v.Log.Error("not ready", "id", v.RequestID, "error", err)
		return v.text(http.StatusServiceUnavailable, "the database cannot be written\n")
	}
	return v.text(http.StatusOK, "ok\n")
}

// Text answers with plain text.
func (v *Visitor) Text(text string) error { return v.text(http.StatusOK, text) }

func (v *Visitor) text(status int, text string) error {
	return v.Blob(status, echo.MIMETextPlainCharsetUTF8, []byte(text))
}
