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

// whole are the examples whose golden file holds the frame too: one of a page for
// strangers, one of a user's and one of an administrator's. The others hold their
// title and <main>, so that a new word in the menu changes three files.
var whole = map[string]bool{"login-dark": true, "profile": true, "users": true}

// TestGolden compares every page in every state with testdata/golden. A change of
// words or markup is then seen in review; go test ./views -update writes them anew.
func TestGolden(t *testing.T) {
	t.Parallel()
	for _, e := range examples() {
		path := filepath.Join("testdata", "golden", e.name+".html")
		got := lines(render(t, e.page))
		if !whole[e.name] {
			got = inner(t, e.name, got)
		}
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

// inner returns the title and <main> of a page, or all of what is no page.
func inner(t *testing.T, name, page string) string {
	t.Helper()
	if !strings.Contains(page, "<html") {
		return page
	}
	_, title, ok := strings.Cut(page, "<title>")
	title, _, closed := strings.Cut(title, "</title>")
	_, main, opened := strings.Cut(page, "<main ")
	main, _, ended := strings.Cut(main, "</main>")
	if !ok || !closed || !opened || !ended {
		t.Fatalf("%s has no title or no <main>", name)
	}
	return "<title>" + title + "</title>\n<main " + main + "</main>\n"
}

// TestGoldenFramesExist keeps the names in whole true.
func TestGoldenFramesExist(t *testing.T) {
	t.Parallel()
	found := 0
	for _, e := range examples() {
		if whole[e.name] {
			found++
		}
	}
	if found != len(whole) {
		t.Errorf("%d of the %d examples with a frame exist", found, len(whole))
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
