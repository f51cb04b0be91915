package atonce

import (
	"slices"
	"testing"
)

// TestTests_FindsTheCrowds: the tests for the race detector are found, by whatever way they
// come to do several things at once, and the others are not among them.
func TestTests_FindsTheCrowds(t *testing.T) {
	t.Parallel()
	for folder, c := range map[string]struct{ among, not []string }{
		"../attack": {[]string{"TestOT01_CodeWorksOnceInACrowd", "TestEX02_FewFilesAreSentAtOnce"}, []string{"TestAC01_AccessMatrix", "TestWE10_StrangeFormsAreRefused"}},
		"../store":  {[]string{"TestOT01_StepIsUsedOnce"}, []string{"TestPostgresPreparesEveryStatement"}},
	} {
		found, err := Tests(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range c.among {
			if !slices.Contains(found, name) {
				t.Errorf("%s does several things at once and is not among %q", name, found)
			}
		}
		for _, name := range c.not {
			if slices.Contains(found, name) {
				t.Errorf("%s does one thing after the other and is among %q", name, found)
			}
		}
		t.Logf("%s: %d tests do several things at once", folder, len(found))
	}
}
