package web

import (
	"regexp"
	"strings"
)

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

// logPath returns what the log may have of a path that leads nowhere. A link that was
// cut or mistyped has most of a secret in it (LO-04), so the path ends before the first
// part that does not look like plain words, and behind the first word that comes before
// the token in a link of ours; isLink knows these.
func logPath(path string, isLink func(word string) bool) string {
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

// isLink reports whether this word stands before the token in a link of ours.
func (s *Site) isLink(word string) bool { return s.links[word] }

// noteLink remembers the word before the token of a route.
func (s *Site) noteLink(route string) {
	if before, _, ok := strings.Cut(route, "/:token"); ok {
		s.links[before[strings.LastIndexByte(before, '/')+1:]] = true
	}
}
