package secret

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
)

func TestOT05_SealedValueOpensOnlyWhereItWasMade(t *testing.T) {
	t.Parallel()
	ring := NewRing()
	sealed := ring.Seal(PurposeTOTP, []byte("seed"), "instance", "alice", "auth1")
	tests := []struct {
		name    string
		ring    *Ring
		purpose Purpose
		sealed  string
		aad     []string
	}{
		{"another user", ring, PurposeTOTP, sealed, []string{"instance", "bob", "auth1"}},
		{"another row", ring, PurposeTOTP, sealed, []string{"instance", "alice", "auth2"}},
		{"a boundary moved", ring, PurposeTOTP, sealed, []string{"instance", "alicea", "uth1"}},
		{"fewer parts", ring, PurposeTOTP, sealed, []string{"instance", "alice"}},
		{"an empty part more", ring, PurposeTOTP, sealed, []string{"instance", "alice", "auth1", ""}},
		{"another purpose", ring, PurposeNewCodes, sealed, []string{"instance", "alice", "auth1"}},
		{"another ring", NewRing(), PurposeTOTP, sealed, []string{"instance", "alice", "auth1"}},
		{"another version", ring, PurposeTOTP, "2" + sealed[1:], []string{"instance", "alice", "auth1"}},
		{"cut", ring, PurposeTOTP, sealed[:len(sealed)-4], []string{"instance", "alice", "auth1"}},
		{"line break", ring, PurposeTOTP, sealed + "\n", []string{"instance", "alice", "auth1"}},
		{"empty", ring, PurposeTOTP, "", []string{"instance", "alice", "auth1"}},
		{"no body", ring, PurposeTOTP, "1." + ring.newest().id + ".", []string{"instance", "alice", "auth1"}},
	}
	for _, test := range tests {
		if got, err := test.ring.Open(test.purpose, test.sealed, test.aad...); err != ErrOpen || got != nil {
			t.Errorf("%s: Open = %q, %v; want ErrOpen", test.name, got, err)
		}
	}
	if got, err := ring.Open(PurposeTOTP, sealed, "instance", "alice", "auth1"); err != nil || string(got) != "seed" {
		t.Errorf("Open where it was made = %q, %v", got, err)
	}
}

// The body authenticates its key id: with the same bytes under another id, which
// no ring can hold, a swapped id must fail by itself.
func TestOT05_KeyIDIsAuthenticated(t *testing.T) {
	t.Parallel()
	ring := NewRing()
	sealed := ring.Seal(PurposeTOTP, []byte("seed"))
	twin := ringOf("", []key{{id: "twin", bytes: ring.keys()[0].bytes}})
	if _, err := twin.Open(PurposeTOTP, strings.Replace(sealed, ring.newest().id, "twin", 1)); err != ErrOpen {
		t.Errorf("Open under a renamed key = %v, want ErrOpen", err)
	}
}

func TestSealIsDifferentEachTime(t *testing.T) {
	t.Parallel()
	ring := NewRing()
	if a, b := ring.Seal(PurposeTOTP, []byte("x")), ring.Seal(PurposeTOTP, []byte("x")); a == b {
		t.Errorf("the same sealed text twice: %s", a)
	}
}

func TestCR03_SubKeysDiffer(t *testing.T) {
	t.Parallel()
	ring := NewRing().Add()
	seen := map[string]string{}
	for i := range ring.keys() {
		seen[string(ring.keys()[i].bytes)] = "the key itself"
		for _, operation := range []string{"seal", "mac"} {
			for _, purpose := range purposes() {
				name := fmt.Sprint("key ", i, " ", operation, " ", purpose)
				sub := ring.keys()[i].derive(operation, purpose)
				if other, found := seen[string(sub)]; found || len(sub) != keySize {
					t.Errorf("%s: %d bytes, same as %q", name, len(sub), other)
				}
				seen[string(sub)] = name
			}
		}
	}
}

func TestCR04_RotationKeepsOldValues(t *testing.T) {
	t.Parallel()
	old := NewRing()
	sealed := old.Seal(PurposeTOTP, []byte("seed"), "alice")
	ring := old.Add()
	if got, err := ring.Open(PurposeTOTP, sealed, "alice"); err != nil || string(got) != "seed" {
		t.Errorf("Open after Add = %q, %v", got, err)
	}
	if _, id, _, _ := splitSealed(sealed); id != old.newest().id || ring.newest().id == old.newest().id {
		t.Errorf("key ids: sealed under %s, old ring %s, new ring %s", id, old.newest().id, ring.newest().id)
	}
	again := ring.Seal(PurposeTOTP, []byte("seed"), "alice")
	if _, id, _, _ := splitSealed(again); id != ring.newest().id {
		t.Errorf("sealed under %s after Add, want the newest, %s", id, ring.newest().id)
	}
	if _, err := old.Open(PurposeTOTP, again, "alice"); err != ErrOpen {
		t.Errorf("the old ring opens what the new key sealed: %v", err)
	}
}

func TestRingIsSafeForManyGoroutines(t *testing.T) {
	t.Parallel()
	ring := NewRing()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			sealed := ring.Add().Seal(PurposeTOTP, []byte("x"))
			_, err := ring.Open(PurposeTOTP, ring.Seal(PurposeTOTP, []byte("x")))
			if err != nil || sealed == "" || !ring.Matches(ring.CheckValue()) {
				t.Error("a goroutine got something else")
			}
		})
	}
	group.Wait()
}

func TestLO04_PrintingARingShowsNoKey(t *testing.T) {
	t.Parallel()
	ring := NewRing()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if got := fmt.Sprintf(verb, ring); got != "key ring of 1" {
			t.Errorf("%s prints %q", verb, got)
		}
	}
	var none *Ring
	if got := fmt.Sprint(none); got != "no key ring" {
		t.Errorf("a nil ring prints %q", got)
	}
}

func FuzzSealOpens(f *testing.F) {
	f.Add([]byte("seed"), "alice", "auth1", 3)
	f.Add([]byte{}, "", "", 0)
	ring := NewRing()
	f.Fuzz(func(t *testing.T, plaintext []byte, first, second string, at int) {
		sealed := ring.Seal(PurposeTOTP, plaintext, first, second)
		got, err := ring.Open(PurposeTOTP, sealed, first, second)
		if err != nil || !bytes.Equal(got, plaintext) {
			t.Fatalf("Open = %q, %v; want %q", got, err, plaintext)
		}
		for _, aad := range [][]string{{first}, {first + second}, {first, second, ""}, {first + "x", second}, {first, "x" + second}} {
			if _, err := ring.Open(PurposeTOTP, sealed, aad...); !errors.Is(err, ErrOpen) {
				t.Fatalf("opens with %q instead of %q", aad, []string{first, second})
			}
		}
		changed := []byte(sealed)
		changed[uint(at)%uint(len(changed))] ^= 1
		if _, err := ring.Open(PurposeTOTP, string(changed), first, second); !errors.Is(err, ErrOpen) {
			t.Fatalf("opens after a change: %s", changed)
		}
	})
}

// purposes returns every purpose there is.
func purposes() []Purpose {
	return []Purpose{PurposeTOTP, PurposeRecovery, PurposeAudit, PurposeName,
		PurposeLimit, PurposeMail, PurposeNewCodes, PurposeFlash, PurposeForm, PurposeCheck}
}
