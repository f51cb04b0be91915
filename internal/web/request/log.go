package request

import (
	"context"
	"log/slog"
	"regexp"
	"strings"
	"time"

	"latchkey/internal/auth"
	"latchkey/internal/logs"
)

// Log is the log of one request. Whoever sends requests decides how many lines
// there are, so each network, each user and all of them have so many in a minute; the rest
// is counted (EX-01). Where the log is for debugging, nothing is left out.
type Log struct{ r *Request }

// Error writes a line about something that the operator has to look after.
func (l Log) Error(message string, said ...any) { l.Write(slog.LevelError, message, said) }

// Warn writes a line about something that the operator should know.
func (l Log) Warn(message string, said ...any) { l.Write(slog.LevelWarn, message, said) }

// Write writes a line of any level.
func (l Log) Write(level slog.Level, message string, said []any) {
	r, log := l.r, l.r.Instance.Log
	ctx := context.WithoutCancel(r.Context())
	if !log.Enabled(ctx, level) {
		return
	}
	if !log.Enabled(ctx, slog.LevelDebug) {
		kind, cause := message, auth.Network(r.IP())
		if r.UserID != "" {
			kind, cause = message+", by people who are signed in", r.UserID
		}
		r.source.TellLeft(false)
		write, first := r.source.quota.Take(kind, cause, r.Now)
		if first { // in case nothing more comes
			time.AfterFunc(logs.Minute+time.Second, func() { r.source.TellLeft(false) })
		}
		if !write {
			return
		}
	}
	log.Log(ctx, level, message, said...)
}

// TellLeft writes how many lines were left out in the minutes that are over; all of them
// are when the server stops.
func (s *Source) TellLeft(all bool) {
	for _, left := range s.quota.Ended(s.Instance.Now(), all) {
		s.Instance.Log.Warn("lines were left out of the log: too many in one minute", "of", left.Kind, "lines", left.Lines, "since", left.Since)
	}
}

const (
	// maxLogPath is how much of a path the log keeps, in characters.
	maxLogPath = 160
	// elided stands in the log for the part of a path that is not written down.
	elided = "…"
)

// plainSegment is a part of a path that somebody thought of: words of letters, of one
// case or with a capital, perhaps with a short number behind. A token, or half of one, has
// digits and capitals in the middle of things, or goes on for too long.
var plainSegment = regexp.MustCompile(`^[._~-]*(([a-zA-Z]?[a-z]{0,15}[0-9]{0,3}|[0-9]{1,4})([._~-]+|$))*$`)

// LogPath returns what the log may have of a path that leads nowhere. A link that was
// cut or mistyped has most of a secret in it (LO-04), so the path ends before the first
// part that does not look like plain words, and behind the first word that comes before
// the token in a link of ours; isLink knows these.
func LogPath(path string, isLink func(word string) bool) string {
	var kept strings.Builder
	for i, segment := range strings.Split(strings.TrimPrefix(path, "/"), "/") {
		kept.WriteByte('/')
		if !plainSegment.MatchString(segment) || i > 0 && kept.Len()+len(segment) > maxLogPath || len(segment) > maxLogPath {
			return kept.String() + elided
		}
		kept.WriteString(segment)
		if isLink(strings.ToLower(segment)) && len(path) > kept.Len() {
			return kept.String() + "/" + elided
		}
	}
	return kept.String()
}
