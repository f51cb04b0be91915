package views

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden pages instead of comparing with them")

// TestGolden compares every page in every state with testdata/golden. A change of
// words or markup is then seen in review; go test ./views -update writes them anew.
func TestGolden(t *testing.T) {
	t.Parallel()
	for _, e := range examples() {
		path := filepath.Join("testdata", "golden", e.name+".html")
		got := lines(render(t, e.page))
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s differs (-golden +rendered):\n%s", e.name, diff)
		}
	}
}

// TestGoldenHasNoStrays finds golden files of pages that are gone.
func TestGoldenHasNoStrays(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, e := range examples() {
		known[e.name+".html"] = true
	}
	files, err := os.ReadDir(filepath.Join("testdata", "golden"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !known[f.Name()] {
			t.Errorf("testdata/golden/%s belongs to no example", f.Name())
		}
	}
}

func render(t *testing.T, page templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := page.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// lines puts a line break before each tag, so that a difference is a line and not a page.
func lines(html string) string { return strings.ReplaceAll(html, "<", "\n<")[1:] + "\n" }
