package atonce

import (
	"slices"
	"testing"
)

// TestTests_FindsTheCrowds: the tests for the race detector are found, by whatever way they
// come to do several things at once, and the others are not among them.
func TestTests_FindsTheCrowds(t *testing.T) {
	t.Parallel()
	found, err := Tests("../attack")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"TestOT01_CodeWorksOnceInACrowd": true, "TestEX02_FewFilesAreSentAtOnce": true,
		"TestAC01_AccessMatrix": false, "TestWE10_StrangeFormsAreRefused": false,
	} {
		if slices.Contains(found, name) != want {
			t.Errorf("%s is among the tests that do several things at once: %v, want %v", name, !want, want)
		}
	}
	if len(found) < 40 {
		t.Errorf("%d tests do several things at once: %q", len(found), found)
	}
}
