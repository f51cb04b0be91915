package password

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"latchkey/internal/problem"
)

func cheapHasher(t *testing.T) *Hasher {
	t.Helper()
	h := newHasher(cheap, newPool(2, 2*cheap.bytes(), never))
	t.Cleanup(h.Close)
	return h
}

func TestHasherHashesAndVerifies(t *testing.T) {
	t.Parallel()
	h := NewHasher(MinCost(), 0)
	defer h.Close()
	encoded, err := h.Hash(t.Context(), Caller{}, "correct horse")
	if err != nil || !strings.HasPrefix(encoded, "$argon2id$v=19$m=19456,t=2,p=1$") || h.Cost() != MinCost() {
		t.Fatalf("Hash = %q, %v at cost %v", encoded, err, h.Cost())
	}
	for password, want := range map[string]int{"correct horse": 0, "Correct horse": NoMatch, "": NoMatch} {
		if match, err := h.Verify(t.Context(), Caller{}, encoded, []string{password}); match != want || err != nil {
			t.Errorf("%q: %v, %v", password, match, err)
		}
	}
}

// TestAU05_EqualWork counts memory, because a time would be a guess: each case
// must have run one hash of the current cost. Not parallel, since memory is
// counted for the whole program.
func TestAU05_EqualWork(t *testing.T) {
	h := cheapHasher(t)
	long := strings.Repeat("x", 73)
	b, err := bcrypt.GenerateFromPassword([]byte(long[:72]), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		encoded, password string
		corrupt           bool
	}{
		"unknown user":       {"", "secret", false},
		"corrupt hash":       {"$argon2id$v=19$m=65536,t=0,p=0$x$x", "secret", true},
		"bcrypt and a tail":  {string(b), long, false},
		"empty password":     {cheap.Hash(""), "", false},
		"no hash, no secret": {"", "", false},
		"wrong password":     {cheap.Hash("x"), "y", false},
	} {
		var before, after uint64
		before = allocated()
		match, err := h.Verify(t.Context(), Caller{}, c.encoded, []string{c.password})
		after = allocated()
		if match != NoMatch || errors.Is(err, ErrCorrupt) != c.corrupt || !c.corrupt && err != nil {
			t.Errorf("%s: %v, %v", name, match, err)
		}
		if after-before < uint64(cheap.MemoryKiB)*1024 {
			t.Errorf("%s: %d bytes of work, less than one hash", name, after-before)
		}
	}
	if match, err := h.Verify(t.Context(), Caller{}, string(b), []string{long[:72]}); match != 0 || err != nil {
		t.Errorf("bcrypt, its own password: %v, %v", match, err)
	}
}

// TestAU06_SpellingsCostTheSameForEverybody counts memory: what is not NFC costs two
// hashes, no matter whom it is for, and whichever of them is right.
func TestAU06_SpellingsCostTheSameForEverybody(t *testing.T) {
	h := cheapHasher(t)
	for name, c := range map[string]struct {
		encoded, typed string
		match          int
	}{
		"unknown, NFC":              {"", "b\u00e9\u00e9", NoMatch},
		"unknown":                   {"", "be\u0301", NoMatch},
		"corrupt":                   {"x", "be\u0301", NoMatch},
		"wrong":                     {cheap.Hash("other"), "be\u0301", NoMatch},
		"hash of NFC, NFC typed":    {cheap.Hash("b\u00e9"), "b\u00e9", 0},
		"hash of NFC":               {cheap.Hash("b\u00e9"), "be\u0301", 0},
		"hash of what comes":        {cheap.Hash("be\u0301"), "be\u0301", 1},
		"hash of something, no NFC": {cheap.Hash("be\u0301"), "b\u00e9", NoMatch},
	} {
		spellings, err := Spellings(c.typed)
		if err != nil {
			t.Fatal(err)
		}
		before := allocated()
		match, _ := h.Verify(t.Context(), Caller{}, c.encoded, spellings)
		work := float64(allocated()-before) / float64(uint64(cheap.MemoryKiB)*1024)
		if match != c.match || int(work+0.2) != len(spellings) {
			t.Errorf("%s: matches %d, want %d; %.2f hashes for %d spellings", name, match, c.match, work, len(spellings))
		}
	}
}

func TestHasherRefusesWhenBusy(t *testing.T) {
	t.Parallel()
	expired := make(chan time.Time)
	close(expired)
	p, _ := gated(t, func() <-chan time.Time { return expired })
	h := newHasher(cheap, p)
	encoded, err := h.Hash(context.Background(), Caller{}, "x")
	if !problem.Is(err, problem.Unavailable) || encoded != "" {
		t.Errorf("Hash = %q, %v", encoded, err)
	}
	// A refusal must not look like a wrong password, which would be counted.
	if match, err := h.Verify(context.Background(), Caller{}, "corrupt", []string{"x"}); match != NoMatch || !problem.Is(err, problem.Unavailable) {
		t.Errorf("Verify = %v, %v", match, err)
	}
}

// allocated returns all bytes ever allocated by the program.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}
