package internal_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// namedFile is a file that a text names, with or without "internal/".
var namedFile = regexp.MustCompile("`([a-z]+(?:/[a-z_]+)*\\.(?:go|templ))`")

// TestMap_NamesWhatIsThere: a stranger who looks for a file of the map finds it.
func TestMap_NamesWhatIsThere(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	found := namedFile.FindAllStringSubmatch(string(text), -1)
	if len(found) < 30 {
		t.Fatalf("only %d files are named: this test looked at nothing", len(found))
	}
	for _, m := range found {
		if _, err := os.Stat(filepath.Join("..", m[1])); err != nil {
			if _, err := os.Stat(m[1]); err != nil {
				t.Errorf("ARCHITECTURE.md names %s, which is not there", m[1])
			}
		}
	}
	for name := range table {
		if first, _, _ := strings.Cut(name, "/"); !strings.Contains(string(text), first) {
			t.Errorf("ARCHITECTURE.md does not name the package %s", name)
		}
	}
}
