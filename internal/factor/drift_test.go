package factor

import (
	"testing"
	"time"
)

// The secret and the codes of RFC 6238, appendix B: the phone shows the code of the
// RFC's time, the server looks when its own clock says something else.
func TestOT03_DriftOfRFC6238Codes(t *testing.T) {
	t.Parallel()
	secret := []byte("12345678901234567890")
	for unix, code := range map[int64]string{
		1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		shown := time.Unix(unix, 0)
		for steps := -22; steps <= 22; steps++ {
			now := shown.Add(-time.Duration(steps) * Period)
			want := time.Duration(steps) * Period
			expected := want.Abs() > Period && want.Abs() <= 10*time.Minute
			if !expected {
				want = 0
			}
			drift, found := DriftOf(secret, code, now)
			if drift != want || found != expected {
				t.Errorf("code of %d, phone %d steps fast: %v, %v, want %v, %v", unix, steps, drift, found, want, expected)
			}
			if _, accepted := MatchingStep(secret, code, now); accepted && found {
				t.Errorf("code of %d, phone %d steps fast: accepted and explained", unix, steps)
			}
		}
	}
}

// At 59 s, the first time of RFC 6238, the steps before 1970 are looked at too.
func TestOT03_DriftAtTheBeginningOfTime(t *testing.T) {
	t.Parallel()
	secret := []byte("12345678901234567890")
	for steps, code := range []string{"755224", "287082", "359152", "969429", "338314"} {
		drift, found := DriftOf(secret, code, time.Unix(0, 0))
		if want := time.Duration(steps) * Period; found != (steps > 1) || found && drift != want {
			t.Errorf("code %d of RFC 4226 at the beginning: %v, %v", steps, drift, found)
		}
	}
}

func TestOT16_DriftOfNothingElse(t *testing.T) {
	t.Parallel()
	secret, now := []byte("12345678901234567890"), time.Unix(1_700_000_000, 0)
	code := Code(secret, Step(now)+5)
	if drift, found := DriftOf(secret, code, now); !found || drift != 150*time.Second {
		t.Fatalf("the code itself: %v, %v", drift, found)
	}
	for _, typed := range []string{"", code[:5], code + "0", " " + code, code + "\x00", "abcdef"} {
		if drift, found := DriftOf(secret, typed, now); found || drift != 0 {
			t.Errorf("%q is found at %v", typed, drift)
		}
	}
	if _, found := DriftOf([]byte("another secret of 20"), code, now); found {
		t.Error("a code of another key is found")
	}
	for _, short := range [][]byte{nil, {}, []byte("123456789")} {
		if _, found := DriftOf(short, Code(short, Step(now)+5), now); found {
			t.Errorf("a code of the %d-byte key is found", len(short))
		}
	}
}

// Two steps in reach share the code: the smaller drift is the likelier one.
func TestDriftOfSharedCodeIsTheNearest(t *testing.T) {
	t.Parallel()
	secret := []byte("collision00000105330") // its codes one step before and after this time are equal
	middle := time.Unix(1_700_000_000, 0)
	if Code(secret, Step(middle)-1) != Code(secret, Step(middle)+1) {
		t.Fatal("the test needs a secret whose codes collide")
	}
	code := Code(secret, Step(middle)+1)
	for steps, want := range map[int]time.Duration{
		5: 4 * Period, -5: -4 * Period, // the clock of the phone against a server that far away
	} {
		now := middle.Add(-time.Duration(steps) * Period)
		if drift, found := DriftOf(secret, code, now); !found || drift != want {
			t.Errorf("%d steps: %v, %v, want %v", steps, drift, found, want)
		}
	}
}

func TestDriftWords(t *testing.T) {
	t.Parallel()
	for drift, want := range map[time.Duration]string{
		0: "right", 999 * time.Millisecond: "right", time.Second: "1 second fast", time.Minute: "1 minute fast", -time.Minute: "1 minute slow",
		150 * time.Second: "2 minutes 30 seconds fast", -90 * time.Second: "1 minute 30 seconds slow", 61 * time.Second: "1 minute 1 second fast",
		10 * time.Minute: "10 minutes fast", -10 * time.Minute: "10 minutes slow", -1 << 63: "153722867 minutes 16 seconds slow",
	} {
		if got := DriftWords(drift); got != want {
			t.Errorf("%d s: %q, want %q", drift/time.Second, got, want)
		}
	}
}

// A code is explained or accepted, never both, and what is explained is true: a phone
// that is this far off does show it.
func FuzzDriftOf(f *testing.F) {
	f.Add([]byte("12345678901234567890"), int64(1_700_000_000), 5)
	f.Add([]byte("12345678901234567890"), int64(59), -1)
	f.Add([]byte("short"), int64(0), 20)
	f.Fuzz(func(t *testing.T, key []byte, unix int64, steps int) {
		if unix < 0 || unix > 1<<40 || steps < -1000 || steps > 1000 || len(key) > maxSecretSize {
			return
		}
		now := time.Unix(unix, 0)
		code := Code(key, Step(now)+int64(steps))
		drift, found := DriftOf(key, code, now)
		_, accepted := MatchingStep(key, code, now)
		switch {
		case !found && drift != 0:
			t.Errorf("nothing found, at %v", drift)
		case found && (drift%Period != 0 || drift.Abs() <= Skew*Period || drift.Abs() > 10*time.Minute):
			t.Errorf("found at %v", drift)
		case found && Code(key, Step(now)+int64(drift/Period)) != code:
			t.Errorf("a phone that is %v off does not show this", drift)
		case !found && !accepted && len(key) >= minSecretSize && steps >= -20 && steps <= 20:
			t.Errorf("the code %d steps off is not found", steps)
		}
	})
}

func BenchmarkDriftOf(b *testing.B) {
	now := time.Unix(1_700_000_000, 0)
	for b.Loop() {
		DriftOf([]byte("12345678901234567890"), "000000", now)
	}
}
