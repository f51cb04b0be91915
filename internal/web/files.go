package web

import (
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/internal/problem"
	"latchkey/static"
)

// mountFiles mounts what is the same for everybody: files and the two questions
// of the operator.
func (s *Site) mountFiles() {
	files := map[string]static.Asset{}
	for _, a := range static.Assets() {
		files[a.Name] = a
	}
	s.Get("/static/:name", Anyone, func(v *Visitor) error {
		a, ok := files[v.Param("name")]
		if !ok {
			a, ok = v.look.Load().find(v.Param("name"))
		}
		if !ok {
			return problem.New(problem.NotFound, "")
		}
		v.c.Response().Header()["Cache-Control"] = []string{"public, max-age=31536000, immutable"}
		return v.Blob(http.StatusOK, a.ContentType, a.Body)
	})
	s.Get("/theme.css", Anyone, showTheme)
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
	err := v.ready.ask(v)
	if v.damaged.Load() || errors.Is(err, problem.ErrDamaged) {
		return v.text(http.StatusServiceUnavailable, "the database is damaged: restore it from a backup\n")
	}
	if err != nil {
		v.Log.Error("not ready", "id", v.RequestID, "error", err)
		return v.text(http.StatusServiceUnavailable, "the database cannot be written\n")
	}
	return v.text(http.StatusOK, "ok\n")
}

// readiness remembers the last answer for a second: asking writes to the disk, and
// anybody may ask.
type readiness struct {
	mu    sync.Mutex
	asked time.Time
	err   error
}

func (r *readiness) ask(v *Visitor) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if age := v.Now.Sub(r.asked); age < 0 || age >= time.Second {
		r.err, r.asked = v.DB.Healthy(v.Context()), v.Now
	}
	return r.err
}

// Text answers with plain text.
func (v *Visitor) Text(text string) error { return v.text(http.StatusOK, text) }

func (v *Visitor) text(status int, text string) error {
	return v.Blob(status, echo.MIMETextPlainCharsetUTF8, []byte(text))
}
