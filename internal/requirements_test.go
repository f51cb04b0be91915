package internal_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// requirements is where every id is explained, from the root of the repository.
const requirements = "docs/requirements.md"

var (
	listedID = regexp.MustCompile(`(?m)^- \*\*([A-Z]{2}-\d{2})\*\* \S.*\.$`)
	citedID  = regexp.MustCompile(`\b[A-Z]{2}-\d{2}\b`)
	testID   = regexp.MustCompile(`(?m)^func (?:Test|Fuzz|Benchmark)([A-Z]{2})(\d{2})_?`)
	// elsewhere is how a document is cited that is not in the repository: by the name
	// of one without its ending, which could be anybody's, or by a path out of here.
	elsewhere = regexp.MustCompile(`\bSPEC\b|\bUX(?:\.md|,? \d)|\b(?:SECURITY|ARCHITECTURE)(?:[^.\w]|\.[^m])|\bspikes?/|\.\./shared\b`)
	mdLink    = regexp.MustCompile(`\]\(([^()\s]+)\)`)
)

// sources returns the text of every file that people write, by its path from the root
// of the repository.
func sources(t *testing.T) map[string]string {
	t.Helper()
	const root = ".."
	all := map[string]string{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		name := entry.Name()
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			if slices.Contains([]string{".git", "bin", "data", "node_modules"}, name) {
				return fs.SkipDir
			}
			return nil
		case strings.HasSuffix(name, "_templ.go"), name == "requirements_test.go":
			return nil
		case name != "Makefile" && name != "run" &&
			!slices.Contains([]string{".go", ".templ", ".sql", ".md", ".css", ".js", ".txtar"}, filepath.Ext(name)):
			return nil
		}
		text, err := os.ReadFile(path)
		path, _ = filepath.Rel(root, path)
		all[filepath.ToSlash(path)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// idsOfTests returns the ids that the names of tests in a Go file carry.
func idsOfTests(text string) (ids []string) {
	for _, m := range testID.FindAllStringSubmatch(text, -1) {
		ids = append(ids, m[1]+"-"+m[2])
	}
	return ids
}

// TestRequirements_EveryIDIsExplainedAndTested: an id in a comment or in the name of a
// test stands in docs/requirements.md, once, and what stands there has a test.
func TestRequirements_EveryIDIsExplainedAndTested(t *testing.T) {
	t.Parallel()
	all := sources(t)
	listed, tested := map[string]bool{}, map[string]bool{}
	for _, m := range listedID.FindAllStringSubmatch(all[requirements], -1) {
		if listed[m[1]] {
			t.Errorf("%s lists %s twice", requirements, m[1])
		}
		listed[m[1]] = true
	}
	if len(listed) == 0 {
		t.Fatalf("%s lists nothing", requirements)
	}
	for path, text := range all {
		cited := citedID.FindAllString(text, -1)
		if strings.HasSuffix(path, "_test.go") {
			ids := idsOfTests(text)
			cited = append(cited, ids...)
			for _, id := range ids {
				tested[id] = true
			}
		}
		for _, id := range cited {
			if !listed[id] {
				t.Errorf("%s cites %s, which %s does not list", path, id, requirements)
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(listed)) {
		if !tested[id] {
			t.Errorf("%s lists %s, which no test carries in its name", requirements, id)
		}
	}
}

// TestRequirements_NothingFromElsewhereIsCited: whoever reads the code has the
// repository, and nothing else. So what is cited by a name or a link is in it.
func TestRequirements_NothingFromElsewhereIsCited(t *testing.T) {
	t.Parallel()
	for path, text := range sources(t) {
		for _, found := range elsewhere.FindAllString(text, -1) {
			t.Errorf("%s cites %q, which is not in the repository", path, found)
		}
		if filepath.Ext(path) != ".md" {
			continue
		}
		for _, m := range mdLink.FindAllStringSubmatch(text, -1) {
			to, _, _ := strings.Cut(m[1], "#")
			if to == "" || strings.Contains(to, ":") {
				continue
			}
			if _, err := os.Stat(filepath.Join("..", filepath.FromSlash(filepath.Dir(path)), to)); err != nil {
				t.Errorf("%s leads to %s, which is not there", path, m[1])
			}
		}
	}
}
