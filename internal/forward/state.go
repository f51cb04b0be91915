package forward

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"

	"latchkey/internal/secret"
	"latchkey/internal/web"
	"latchkey/internal/web/cookies"
)

const (
	// maxStates is how many ways to an application a browser can be on at once, on one host:
	// that many tabs.
	maxStates = 5
	// startFor is how long a browser may be on its way: as long as signing in takes somebody who
	// has to set up an app first.
	startFor = time.Hour
	// maxTravel is how long a path may be that travels with the state, in bytes; a longer one waits
	// in the cookie, since the address on our own host is not endless.
	maxTravel = 300
	// maxWaiting bounds the paths that wait in the cookie together, in characters: with the other
	// headers they fit into the buffers of proxies.
	maxWaiting = 2800
	// maxRounds is how often a browser may arrive within roundsFor before it is no longer sent
	// round: somebody who does it by hand is slower.
	maxRounds = 3
	roundsFor = 20 * time.Second
	// mostRounds is as far as they are counted.
	mostRounds = 9
)

// way is one way to an application that a browser is on.
type way struct {
	token string
	to    string // the path that waits here; "" for one that travels
}

// trip is what a browser keeps on an application's host while it is on its way, in one cookie: its ways, the newest
// last, and how often it arrived just now. It looks like TOKEN.PATH!TOKEN!3:1793600000, PATH in base64url,
// which has none of these signs.
type trip struct {
	ways   []way
	rounds int
	last   time.Time // of the rounds
}

// tripOf reads the cookie of this request; some is false if there is none, or two.
func tripOf(v *web.Visitor) (t trip, some bool) {
	value := v.Cookies.Value(cookies.ApplicationStart)
	if value == "" || len(value) > 4096 {
		return t, false
	}
	return readTrip(value), true
}

func readTrip(value string) (t trip) {
	for part := range strings.SplitSeq(value, "!") {
		if rounds, last, ok := strings.Cut(part, ":"); ok {
			n, err := strconv.Atoi(rounds)
			at, errAt := strconv.ParseInt(last, 10, 64)
			if err == nil && errAt == nil && n > 0 && n <= mostRounds {
				t.rounds, t.last = n, time.Unix(at, 0)
			}
			continue
		}
		token, path, _ := strings.Cut(part, ".")
		to, err := base64.RawURLEncoding.DecodeString(path)
		if len(token) == cookies.TokenLength && err == nil {
			t.ways = append(t.ways, way{token, string(to)})
		}
	}
	return t
}

// begin adds a way to a path and returns its state, which the browser brings back.
func (t *trip) begin(to string) (state string) {
	w := way{token: secret.Token()}
	state = w.token
	switch {
	case to == "/":
	case len(to) <= maxTravel:
		state += "." + base64.RawURLEncoding.EncodeToString([]byte(to))
	default:
		w.to = to
	}
	t.ways = append(t.ways, w)
	if n := len(t.ways) - maxStates; n > 0 {
		t.ways = slices.Delete(t.ways, 0, n)
	}
	waiting := 0
	for i := range slices.Backward(t.ways) {
		if waiting += base64.RawURLEncoding.EncodedLen(len(t.ways[i].to)); waiting > maxWaiting {
			t.ways[i].to = "" // its way leads to the beginning of the application
		}
	}
	return state
}

// take removes the way that this hash of a state belongs to; path is what travelled with it.
func (t *trip) take(stateHash, path string) (to string, ok bool) {
	for i, w := range t.ways {
		if secret.HashToken(joinState(w.token, path)) != stateHash {
			continue
		}
		to = w.to
		if path != "" {
			to = readPath(path)
		}
		t.ways = slices.Delete(t.ways, i, i+1)
		return safeTo(to), true
	}
	return "/", false
}

// arrived counts a round.
func (t *trip) arrived(now time.Time) {
	if age := now.Sub(t.last); age < 0 || age > roundsFor {
		t.rounds = 0
	}
	t.rounds, t.last = min(t.rounds+1, mostRounds), now
}

// circles reports whether the browser was sent round several times just now: it arrives, and what
// it was given there does not count.
func (t *trip) circles(now time.Time) bool {
	age := now.Sub(t.last)
	return t.rounds >= maxRounds && age >= 0 && age <= roundsFor
}

// send gives the trip to the browser.
func (t *trip) send(v *web.Visitor) {
	lifetime := startFor
	if len(t.ways) == 0 {
		lifetime = 2 * roundsFor
	}
	v.Cookies.Set(cookies.ApplicationStart, t.String(), lifetime)
}

// String is the trip as the cookie has it.
func (t *trip) String() string {
	var parts []string
	for _, w := range t.ways {
		part := w.token
		if w.to != "" {
			part += "." + base64.RawURLEncoding.EncodeToString([]byte(w.to))
		}
		parts = append(parts, part)
	}
	if t.rounds > 0 {
		parts = append(parts, strconv.Itoa(t.rounds)+":"+strconv.FormatInt(t.last.Unix(), 10))
	}
	return strings.Join(parts, "!")
}

// splitState takes a state, or a code, apart: TOKEN, or TOKEN.PATH in base64url.
func splitState(s string) (token, path string, ok bool) {
	token, path, _ = strings.Cut(s, ".")
	if len(token) != cookies.TokenLength || len(path) > base64.RawURLEncoding.EncodedLen(maxTravel) {
		return "", "", false
	}
	for _, part := range []string{token, path} {
		if _, err := base64.RawURLEncoding.DecodeString(part); err != nil {
			return "", "", false
		}
	}
	return token, path, true
}

func joinState(token, path string) string {
	if path == "" {
		return token
	}
	return token + "." + path
}

// readPath is the path that travelled, if it is one.
func readPath(path string) string {
	to, err := base64.RawURLEncoding.DecodeString(path)
	if err != nil || len(to) == 0 {
		return "/"
	}
	return safeTo(string(to))
}
