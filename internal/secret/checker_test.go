package secret

import "testing"

// TestCheckerAgreesWithVerifyMAC over keys, purposes, parts and MACs, one after
// the other, so that nothing of one check is left in the next.
func TestCheckerAgreesWithVerifyMAC(t *testing.T) {
	t.Parallel()
	old := NewRing()
	ring := old.Add()
	c := ring.Checker(PurposeAudit)
	parts := [][]string{nil, {""}, {"a"}, {"a", "b"}, {"ab"}, {"", "ab"}, {"a much longer text than the others are"}, {"b"}}
	macs := []string{"", ".", "x", "x.y", ring.newest().id + ".", ring.MAC(PurposeName, "a"), NewRing().MAC(PurposeAudit, "a")}
	for _, p := range parts {
		macs = append(macs, ring.MAC(PurposeAudit, p...), old.MAC(PurposeAudit, p...), ring.MAC(PurposeAudit, p...)+"A")
	}
	good := 0
	for _, mac := range macs {
		for _, p := range parts {
			want := ring.VerifyMAC(PurposeAudit, mac, p...)
			if got := c.Verify(mac, p...); got != want {
				t.Errorf("%q over %q: %v, want %v", mac, p, got, want)
			}
			if want {
				good++
			}
		}
	}
	if good != 2*len(parts) {
		t.Errorf("%d are right, want %d", good, 2*len(parts))
	}
}
