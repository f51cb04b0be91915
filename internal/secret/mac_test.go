package secret

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCR05_MACHoldsForOnePurposeOnly(t *testing.T) {
	t.Parallel()
	ring := NewRing()
	for _, made := range purposes() {
		mac := ring.MAC(made, "user", "value")
		for _, used := range purposes() {
			if got := ring.VerifyMAC(used, mac, "user", "value"); got != (made == used) {
				t.Errorf("a MAC for %s used for %s: %v", made, used, got)
			}
		}
	}
}

func TestMACHoldsForItsPartsOnly(t *testing.T) {
	t.Parallel()
	ring := NewRing()
	mac := ring.MAC(PurposeLimit, "ab", "c")
	if mac != ring.MAC(PurposeLimit, "ab", "c") || !ring.VerifyMAC(PurposeLimit, mac, "ab", "c") {
		t.Error("the same parts give another MAC")
	}
	for _, parts := range [][]string{{"a", "bc"}, {"abc"}, {"ab", "c", ""}, {"ab"}, {}, {"AB", "c"}} {
		if ring.VerifyMAC(PurposeLimit, mac, parts...) {
			t.Errorf("the MAC of ab, c holds for %q", parts)
		}
	}
	for _, wrong := range []string{"", ".", ring.newest().id, ring.newest().id + ".", mac + "A", mac[:len(mac)-1], mac + "\n", " " + mac} {
		if ring.VerifyMAC(PurposeLimit, wrong, "ab", "c") {
			t.Errorf("VerifyMAC takes %q", wrong)
		}
	}
	if NewRing().VerifyMAC(PurposeLimit, mac, "ab", "c") {
		t.Error("another ring takes the MAC")
	}
}

func TestCR04_MACsFindValuesFromBeforeARotation(t *testing.T) {
	t.Parallel()
	first := NewRing()
	second := first.Add()
	before, after := first.MAC(PurposeRecovery, "x"), second.MAC(PurposeRecovery, "x")
	if diff := cmp.Diff([]string{after, before}, second.MACs(PurposeRecovery, "x")); diff != "" {
		t.Errorf("MACs, newest first (-want +got):\n%s", diff)
	}
	if !second.VerifyMAC(PurposeRecovery, before, "x") {
		t.Error("a MAC from before the rotation no longer holds")
	}
	if first.VerifyMAC(PurposeRecovery, after, "x") || slices.Contains(first.MACs(PurposeRecovery, "x"), after) {
		t.Error("adding a key changed the ring it was added to")
	}
}

func TestCR06_CheckValueTellsRingsApart(t *testing.T) {
	t.Parallel()
	ring := NewRing()
	rotated := ring.Add()
	tests := []struct {
		name  string
		ring  *Ring
		value string
		want  bool
	}{
		{"its own", ring, ring.CheckValue(), true},
		{"a key added since", rotated, ring.CheckValue(), true},
		{"the file from before", ring, rotated.CheckValue(), false},
		{"another ring", NewRing(), ring.CheckValue(), false},
		{"no value", ring, "", false},
	}
	for _, test := range tests {
		if got := test.ring.Matches(test.value); got != test.want {
			t.Errorf("%s: Matches = %v", test.name, got)
		}
	}
}

// The text of a MAC is kept in databases: this one must never come out differently.
func TestMACStaysTheSameBetweenVersions(t *testing.T) {
	t.Parallel()
	ring := ringOf("", []key{{id: "k1", bytes: []byte("0123456789abcdef0123456789abcdef")}})
	const want = "k1.7rBtL7a7CO_RuRqcz4gsEMuw9TSPcX-YdQPIpmiS60o"
	if got := ring.MAC(PurposeAudit, "a", "b"); got != want {
		t.Errorf("MAC = %s, want %s", got, want)
	}
	const sealed = "1.k1.YCHmHg6kefgp3isHMXx-xg7IBm48kUUrLZRAYkCzISvE5qXNfDtMzVu0bLc"
	if got, err := ring.Open(PurposeTOTP, sealed, "alice"); err != nil || string(got) != "seed" {
		t.Errorf("Open = %q, %v", got, err)
	}
}

func BenchmarkMAC(b *testing.B) {
	ring := NewRing()
	for b.Loop() {
		ring.MAC(PurposeLimit, "network", "192.0.2.1")
	}
}
