package internal_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// requirements is where every id is explained, from the root of the repository.
const requirements = "docs/requirements.md"

var (
	listedID = regexp.MustCompile(`(?m)^- \*\*([A-Z]{2}-\d{2})\*\* \S.*\.$`)
	testID   = regexp.MustCompile(`^func (?:Test|Fuzz|Benchmark)([A-Z]{2})(\d{2})_?`)
	attackID = regexp.MustCompile(`\bid: "([A-Z]{2}-\d\d)/[a-z]"`)
	// elsewhere is how a document is cited that is not in the repository: by the name
	// of one without its ending, which could be anybody's, or by a path out of here.
	elsewhere = regexp.MustCompile(`\bSPEC\b|\bUX(?:\.md|,? \d)|\b(?:SECURITY|ARCHITECTURE)(?:[^.\w]|\.[^m])|\bspikes?/|\.\./shared\b`)
	mdLink    = regexp.MustCompile(`\]\(([^()\s]+)\)`)
)

// sources returns the text of every file that people write, by its path from the root
// of the repository.
func sources(t *testing.T) map[string]string {
	t.Helper()
	all, err := readSources()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var readSources = sync.OnceValues(func() (map[string]string, error) {
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
	return all, err
})

// citedIDs returns what looks like an id in a text. It looks at the hyphens only, since a
// regular expression over all of the code takes seconds under the race detector.
func citedIDs(text string) (ids []string) {
	part := func(c byte) bool {
		return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '_'
	}
	for at := 0; ; at++ {
		next := strings.IndexByte(text[at:], '-')
		if next < 0 {
			return ids
		}
		at += next
		if at < 2 || at+3 > len(text) || at > 2 && part(text[at-3]) || at+3 < len(text) && part(text[at+3]) {
			continue
		}
		letter := func(i int) bool { return text[i] >= 'A' && text[i] <= 'Z' }
		digit := func(i int) bool { return text[i] >= '0' && text[i] <= '9' }
		if letter(at-2) && letter(at-1) && digit(at+1) && digit(at+2) {
			ids = append(ids, text[at-2:at+3])
		}
	}
}

// lines returns the lines of a text in which one of the words stands.
func lines(text string, words ...string) (found []string) {
	for line := range strings.Lines(text) {
		if slices.ContainsFunc(words, func(w string) bool { return strings.Contains(line, w) }) {
			found = append(found, line)
		}
	}
	return found
}

// idsOfTests returns the ids that the names of tests in a Go file carry, and those of the
// attacks in the table of attack/binary.
func idsOfTests(text string) (ids []string) {
	for _, line := range lines(text, "func Test", "func Fuzz", "func Benchmark") {
		if m := testID.FindStringSubmatch(line); m != nil {
			ids = append(ids, m[1]+"-"+m[2])
		}
	}
	for _, m := range attackID.FindAllStringSubmatch(text, -1) {
		ids = append(ids, m[1])
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
		cited := citedIDs(text)
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
		for _, line := range lines(text, "SPEC", "UX", "SECURITY", "ARCHITECTURE", "spike", "../shared") {
			for _, found := range elsewhere.FindAllString(line, -1) {
				t.Errorf("%s cites %q, which is not in the repository", path, found)
			}
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
