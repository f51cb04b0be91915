// Package conns is the connections of the server: how many there may be, of one network
// and in all, which one makes room when all places are taken, how many lines the head of a
// request may have, and how long each part of a request may take.
package conns

import (
	"log/slog"
	"net/http"
	"time"
)

// readHeaderFor is how long the head of a request may take.
const readHeaderFor = 5 * time.Second

// NewServer returns a server for the site with a bound on everything a slow or
// large client could use up; Go's and Echo's own defaults are none (AV-01). Its listener
// comes from Limit.
func NewServer(site http.Handler, log *slog.Logger) *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !refusedHead(w, r) {
				site.ServeHTTP(w, r)
			}
		}),
		ConnState:         noteState,
		ConnContext:       withConn,
		ReadHeaderTimeout: readHeaderFor,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    16 << 10,
		Protocols:         protocols,
		// Else OPTIONS * would be answered 200, past everything that we ask of a request (WE-05).
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}
