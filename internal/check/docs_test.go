package check

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestCheck_EveryFindingIsDocumented: the table in docs/operating.md has the ids that there are, and no other.
func TestCheck_EveryFindingIsDocumented(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("*.go")
	must(t, err)
	used, id := map[string]bool{}, regexp.MustCompile(`(?:ID: |found\(|expiring\()"([a-z.]+)"`)
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		must(t, err)
		for _, m := range id.FindAllStringSubmatch(string(text), -1) {
			used[m[1]] = true
		}
	}
	text, err := os.ReadFile("../../docs/operating.md")
	must(t, err)
	_, section, _ := strings.Cut(string(text), "\n## Check\n")
	section, _, _ = strings.Cut(section, "\n## ")
	listed := map[string]bool{}
	for line := range strings.Lines(section) {
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		cell, _, _ := strings.Cut(line[1:], "|")
		for _, m := range regexp.MustCompile("`([a-z.]+)`").FindAllStringSubmatch(cell, -1) {
			listed[m[1]] = true
		}
	}
	if a, b := slices.Sorted(maps.Keys(used)), slices.Sorted(maps.Keys(listed)); !slices.Equal(a, b) || len(a) < 20 {
		t.Errorf("findings: %v\ndocumented: %v", a, b)
	}
}
