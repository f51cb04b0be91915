package web

import (
	"context"
	"log/slog"
	"time"

	"latchkey/internal/auth"
	"latchkey/internal/logs"
)

// requestLog is the log of one request. Whoever sends requests decides how many lines
// there are, so each network, each user and all of them have so many in a minute; the rest
// is counted (EX-01). Where the log is for debugging, nothing is left out.
type requestLog struct{ v *Visitor }

// Error writes a line about something that the operator has to look after.
func (l requestLog) Error(message string, said ...any) { l.write(slog.LevelError, message, said) }

// Warn writes a line about something that the operator should know.
func (l requestLog) Warn(message string, said ...any) { l.write(slog.LevelWarn, message, said) }

// write writes a line of any level.
func (l requestLog) write(level slog.Level, message string, said []any) {
	v, log := l.v, l.v.Site.Log
	ctx := context.WithoutCancel(v.Context())
	if !log.Enabled(ctx, level) {
		return
	}
	if !log.Enabled(ctx, slog.LevelDebug) {
		kind, cause := message, auth.Network(v.IP())
		if v.signedIn {
			kind, cause = message+", by people who are signed in", v.User.ID
		}
		v.tellLeft(false)
		write, first := v.quota.Take(kind, cause, v.Now)
		if first { // in case nothing more comes
			time.AfterFunc(logs.Minute+time.Second, func() { v.Site.tellLeft(false) })
		}
		if !write {
			return
		}
	}
	log.Log(ctx, level, message, said...)
}

// tellLeft writes how many lines were left out in the minutes that are over; all of them
// are when the server stops.
func (s *Site) tellLeft(all bool) {
	for _, left := range s.quota.Ended(s.Now(), all) {
		s.Log.Warn("lines were left out of the log: too many in one minute", "of", left.Kind, "lines", left.Lines, "since", left.Since)
	}
}
