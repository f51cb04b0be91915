package web

import (
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/netutil"
)

// maxConnections is how many clients may be connected at once; more wait in the
// kernel's queue. It is far above what a browser's pages need and far below what
// slow clients could exhaust.
const maxConnections = 4000

// NewServer returns a server for the site with a bound on everything a slow or
// large client could use up; Go's and Echo's own defaults are none (AV-01).
func NewServer(s *Site) *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    16 << 10,
		Protocols:         protocols,
		ErrorLog:          slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug),
	}
}

// LimitConnections returns a listener that has at most maxConnections open.
func LimitConnections(l net.Listener) net.Listener { return netutil.LimitListener(l, maxConnections) }
