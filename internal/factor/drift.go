package factor

import (
	"crypto/subtle"
	"fmt"
	"strings"
	"time"
)

// driftSteps is how many steps before and after the current one DriftOf looks at: ten
// minutes, more than clocks drift by themselves and less than a wrong time zone.
const driftSteps = int(10 * time.Minute / Period)

// DriftOf looks for the reason why MatchingStep did not know a code: whether a phone
// shows it whose clock is up to ten minutes off. Drift is how far that clock is ahead,
// in whole steps, negative if it is slow; of several steps with this code the nearest
// counts. Steps that MatchingStep accepts are left out, so a drift of less than two
// steps is never found.
//
// It only explains. A found code is as wrong as any other: it must be counted as a
// try, consume nothing and sign nobody in, or a guesser would have 41 codes to hit
// instead of 3. To the same end a page tells of it only at enrolment, where the key is
// the visitor's own; at sign-in it would tell a guesser which codes come close.
//
// All steps are computed and compared in constant time, whatever is found. A code
// that was merely mistyped is taken for a drift once in about 26,000 times (38 steps
// of 41 at a millionth each), so one find is a hint and two that agree are a fact.
// Pass the code through CleanCode first. Keys too short for MatchingStep never match.
func DriftOf(key []byte, code string, now time.Time) (drift time.Duration, found bool) {
	if len(key) < minSecretSize {
		return 0, false
	}
	current := Step(now)
	hits, offset := 0, 0
	look := func(skew int) {
		same := subtle.ConstantTimeCompare([]byte(Code(key, current+int64(skew))), []byte(code))
		hits |= same
		offset = subtle.ConstantTimeSelect(same, skew, offset)
	}
	for distance := driftSteps; distance > Skew; distance-- { // the nearest comes last and stays
		look(-distance)
		look(distance)
	}
	return time.Duration(offset) * Period, hits == 1
}

// DriftWords puts a drift into words for a sentence such as "Your phone's clock is 2
// minutes 30 seconds fast": fast if it is positive, slow if it is negative, "right" if
// there is none. Less than a second is left out.
func DriftWords(drift time.Duration) string {
	seconds := int64(drift.Abs() / time.Second)
	if seconds == 0 {
		return "right"
	}
	var words []string
	for _, part := range []struct {
		n    int64
		unit string
	}{{seconds / 60, "minute"}, {seconds % 60, "second"}} {
		switch {
		case part.n == 1:
			words = append(words, "1 "+part.unit)
		case part.n > 1:
			words = append(words, fmt.Sprintf("%d %ss", part.n, part.unit))
		}
	}
	if drift < 0 {
		return strings.Join(append(words, "slow"), " ")
	}
	return strings.Join(append(words, "fast"), " ")
}
