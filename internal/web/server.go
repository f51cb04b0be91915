package web

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/internal/problem"
	"latchkey/internal/web/conns"
	"latchkey/static"
)

// NewServer returns a server for the site, with its bounds on time and size.
func NewServer(s *Site) *http.Server { return conns.NewServer(s, s.Log) }

// LimitConnections returns a listener that hands out connections within the bounds.
func LimitConnections(s *Site, l net.Listener) net.Listener { return conns.Limit(l, s.source.Gate) }

// mountFiles mounts what is the same for everybody: files and the two questions
// of the operator.
func (s *Site) mountFiles() {
	files := map[string]static.Asset{}
	for _, a := range static.Assets() {
		files[a.Name] = a
	}
	for _, path := range []string{"/static/:name", "/theme.css", "/favicon.ico", "/healthz", "/readyz"} {
		s.alone[path] = true
	}
	s.Get("/static/:name", Anyone, func(v *Visitor) error {
		a, ok := files[v.Param("name")]
		if !ok {
			a, ok = v.appearance.Load().find(v.Param("name"))
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
	s.Get("/healthz", Anyone, func(v *Visitor) error { return v.textStatus(http.StatusOK, "ok\n") })
	s.Get("/readyz", Anyone, showReady)
}

// showReady says whether the server can do its work: the database can be
// written, its files and the key are where they were, and nobody asked it to stop.
func showReady(v *Visitor) error {
	if v.Stopping() {
		return v.textStatus(http.StatusServiceUnavailable, "stopping\n")
	}
	err := v.ready.ask(v)
	if v.damaged.Load() || errors.Is(err, problem.ErrDamaged) {
		return v.textStatus(http.StatusServiceUnavailable, "the database is damaged: restore it from a backup\n")
	}
	if errors.Is(err, problem.ErrLost) {
		v.Log.Error("not ready", "id", v.RequestID, "error", err)
		return v.textStatus(http.StatusServiceUnavailable, "a file of the database was deleted or replaced: see the log\n")
	}
	if errors.Is(err, errKeyFile) {
		v.Log.Error("not ready", "id", v.RequestID, "error", err)
		return v.textStatus(http.StatusServiceUnavailable, "the key file was deleted or replaced: see the log\n")
	}
	if err != nil {
		v.Log.Error("not ready", "id", v.RequestID, "error", err)
		return v.textStatus(http.StatusServiceUnavailable, "the database cannot be written\n")
	}
	return v.textStatus(http.StatusOK, "ok\n")
}

// errKeyFile is why the server is not ready although everything can be saved: with the next
// start, nothing could be opened any more.
var errKeyFile = errors.New("the key file is not the one the server started with")

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
		if r.err == nil && v.KeyFile != nil {
			if err := v.KeyFile(); err != nil {
				r.err = fmt.Errorf("%w: %w", errKeyFile, err)
			}
		}
	}
	return r.err
}

// Text answers with plain text.
func (v *Visitor) Text(text string) error { return v.textStatus(http.StatusOK, text) }

func (v *Visitor) textStatus(status int, text string) error {
	return v.Blob(status, echo.MIMETextPlainCharsetUTF8, []byte(text))
}
