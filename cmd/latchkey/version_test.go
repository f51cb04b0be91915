package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestVersion_IsInTheChangelog: the version that people see is one whose changes
// they can read.
func TestVersion_IsInTheChangelog(t *testing.T) {
	t.Parallel()
	changelog, err := os.ReadFile("../../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	newest := regexp.MustCompile(`(?m)^## v(\S+) `).FindSubmatch(changelog)
	if newest == nil || string(newest[1]) != version && !strings.HasSuffix(version, "-dev") {
		t.Errorf("the program is version %s; the newest section of CHANGELOG.md is %q", version, newest)
	}
}
