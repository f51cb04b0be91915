package store

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestData_EveryTableIsClassified: docs/data.md says of each table how sensitive it is and
// how it is protected. A new table needs to be put into a class there.
func TestData_EveryTableIsClassified(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/data.md")
	if err != nil {
		t.Fatal(err)
	}
	_, kept, _ := strings.Cut(string(page), "## What is kept\n")
	kept, _, _ = strings.Cut(kept, "\n## ")
	classified := map[string]bool{}
	for _, row := range regexp.MustCompile(`(?m)^\| (?:secret|personal|evidence|operation) \| ([^|]*) \| .* \|$`).FindAllStringSubmatch(kept, -1) {
		for _, name := range regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(row[1], -1) {
			classified[name[1]] = true
		}
	}
	for _, name := range tablesMade(dialectOfTests) {
		if !classified[name] && !strings.HasPrefix(name, "users_") { // the index of users
			t.Errorf("docs/data.md puts the table %s into no class", name)
		}
		delete(classified, name)
	}
	for name := range classified {
		t.Errorf("docs/data.md has the table %s, which does not exist", name)
	}
}
