package factor

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// RFC 6238, appendix B, SHA-1; the last six of the eight digits printed there.
func TestOT04_RFC6238Vectors(t *testing.T) {
	t.Parallel()
	secret := []byte("12345678901234567890")
	for unix, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471",
		1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		now := time.Unix(unix, 0)
		if got := Code(secret, Step(now)); got != want {
			t.Errorf("code at %d = %s, want %s", unix, got, want)
		}
		if step, ok := MatchingStep(secret, want, now); !ok || step != unix/30 {
			t.Errorf("MatchingStep at %d = %d, %v; want %d", unix, step, ok, unix/30)
		}
	}
}

// RFC 4226, appendix D.
func TestOT04_RFC4226Vectors(t *testing.T) {
	t.Parallel()
	want := []string{"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"}
	var got []string
	for step := range want {
		got = append(got, Code([]byte("12345678901234567890"), int64(step)))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
}

func TestOT04_SecretsAre160RandomBits(t *testing.T) {
	t.Parallel()
	var ever [20]byte
	seen := map[string]bool{}
	for range 1000 {
		secret := NewSecret()
		if len(secret) != 20 || seen[string(secret)] {
			t.Fatalf("a secret of %d bytes, or one seen before", len(secret))
		}
		seen[string(secret)] = true
		for i, b := range secret {
			ever[i] |= b
		}
	}
	for i, b := range ever {
		if b != 0xff {
			t.Errorf("byte %d never sets the bits %08b", i, ^b)
		}
	}
}

func TestOT03_OneStepOnEitherSide(t *testing.T) {
	t.Parallel()
	secret := []byte("12345678901234567890")
	now := time.Unix(1_700_000_000, 0)
	current := Step(now)
	for skew, want := range map[int64]bool{-3: false, -2: false, -1: true, 0: true, 1: true, 2: false, 3: false} {
		step, ok := MatchingStep(secret, Code(secret, current+skew), now)
		if ok != want {
			t.Errorf("a code %d steps off: ok = %v", skew, ok)
		}
		if ok && step != current+skew {
			t.Errorf("a code %d steps off matches step %d, want %d", skew, step-current, skew)
		}
	}
}

func TestOT03_StepsChangeEveryThirtySeconds(t *testing.T) {
	t.Parallel()
	for unix, want := range map[int64]int64{0: 0, 29: 0, 30: 1, 59: 1, 60: 2, 1_700_000_000: 56_666_666} {
		if got := Step(time.Unix(unix, 999_999_999)); got != want {
			t.Errorf("Step(%d.999 s) = %d, want %d", unix, got, want)
		}
	}
}

// Two steps in reach may share a code. Consuming the earlier one would leave the
// same digits good for the later one.
func TestOT01_SharedCodeMatchesTheLaterStep(t *testing.T) {
	t.Parallel()
	secret, now := []byte("collision00000105330"), time.Unix(1_700_000_000, 0)
	before, after := Code(secret, Step(now)-1), Code(secret, Step(now)+1)
	if before != after {
		t.Fatalf("the test needs a secret whose codes collide, has %s and %s", before, after)
	}
	if step, ok := MatchingStep(secret, after, now); !ok || step != Step(now)+1 {
		t.Errorf("MatchingStep = now%+d, %v; want the later step", step-Step(now), ok)
	}
}

func TestOT16_NothingElseMatches(t *testing.T) {
	t.Parallel()
	secret, now := NewSecret(), time.Unix(1_700_000_000, 0)
	code := Code(secret, Step(now))
	for _, typed := range []string{"", code[:5], code + "0", " " + code, code + "\x00", "abcdef"} {
		if step, ok := MatchingStep(secret, typed, now); ok || step != 0 {
			t.Errorf("%q matches step %d", typed, step)
		}
	}
	for _, short := range [][]byte{nil, {}, []byte("123456789")} {
		if _, ok := MatchingStep(short, Code(short, Step(now)), now); ok {
			t.Errorf("a code of the %d-byte secret is taken", len(short))
		}
	}
}
