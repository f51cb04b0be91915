package internal_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	asvsSource = "testdata/asvs.txt"
	asvsPage   = "../docs/asvs.md"
)

// asvsIntro begins the page; the numbers of each kind are filled in.
const asvsIntro = `# OWASP ASVS 5.0, levels 1 and 2

What the [Application Security Verification Standard](https://github.com/OWASP/ASVS/tree/v5.0.0_release/5.0)
asks for, in our words, and the tests that show that it holds. The numbers are those of the standard, where the exact
requirement can be read. The names of most tests begin with an id that [requirements.md](requirements.md) explains;
` + "`grep -rn NAME --include=*_test.go .`" + ` finds a test. Where an item asks that something be written down, the page is named.
[attacks.md](attacks.md) has what was tried against the built program from outside.

Of %d items, %d hold, %d are met in another way (and it says why), %d are not met yet, and %d do not apply.
An item holds unless its note begins with “Otherwise” or “Not yet”.

This page is written by ` + "`make asvs`" + ` from internal/testdata/asvs.txt. A test fails when it is stale, when an item of
these levels is missing, and when a test or a section that it names does not exist.
`

// asvsLevels is the shape of the standard: the level of each item of each section, in
// order. By it a missing item is noticed.
var asvsLevels = map[string]string{
	"1.1": "22", "1.2": "1111122223", "1.3": "112222222223", "1.4": "222", "1.5": "123",
	"2.1": "122", "2.2": "112", "2.3": "12223", "2.4": "23",
	"3.1": "3", "3.2": "113", "3.3": "12223", "3.4": "11222233", "3.5": "11122333", "3.6": "3", "3.7": "22333",
	"4.1": "12233", "4.2": "23333", "4.3": "22", "4.4": "1222",
	"5.1": "2", "5.2": "112333", "5.3": "113", "5.4": "222",
	"6.1": "122", "6.2": "111111112222", "6.3": "11223333", "6.4": "112233", "6.5": "22222333", "6.6": "2223", "6.7": "33", "6.8": "2222",
	"7.1": "222", "7.2": "1111", "7.3": "22", "7.4": "11222", "7.5": "223", "7.6": "22",
	"8.1": "1233", "8.2": "1123", "8.3": "133", "8.4": "23",
	"9.1": "111", "9.2": "1222",
	"10.1": "22", "10.2": "223", "10.3": "22223", "10.4": "1111122222233333", "10.5": "22222", "10.6": "22", "10.7": "222",
	"11.1": "2233", "11.2": "22233", "11.3": "11233", "11.4": "1222", "11.5": "23", "11.6": "23", "11.7": "33",
	"12.1": "12233", "12.2": "11", "12.3": "22223",
	"13.1": "2333", "13.2": "222223", "13.3": "2233", "13.4": "1222233",
	"14.1": "22", "14.2": "12223333", "14.3": "122",
	"15.1": "12233", "15.2": "12233", "15.3": "1222222", "15.4": "3333",
	"16.1": "2", "16.2": "22222", "16.3": "2222", "16.4": "222", "16.5": "2223",
	"17.1": "23", "17.2": "22223333", "17.3": "22",
}

// asvsKinds are what a remark can begin with.
var asvsKinds = []string{"not yet", "otherwise", "no"}

// asvsItem is one line of the source.
type asvsItem struct {
	numbers  []string
	text     string
	kind     string // one of asvsKinds, or "" where it holds
	remark   string
	evidence []string
}

// asvsChapter is a heading of the source and what stands under it.
type asvsChapter struct {
	title string
	items []asvsItem
}

// TestASVS_PageIsFresh compares docs/asvs.md with its source, and the source with the
// standard's shape and with the tests that there are.
func TestASVS_PageIsFresh(t *testing.T) {
	t.Parallel()
	chapters := asvsChapters(t)
	asvsComplete(t, chapters)
	asvsEvidence(t, chapters)
	page := asvsText(chapters)
	if *update {
		if err := os.WriteFile(asvsPage, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(asvsPage)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(page, string(got)); diff != "" {
		t.Errorf("docs/asvs.md is stale, run make asvs (-source +page):\n%s", diff)
	}
}

func asvsChapters(t *testing.T) (chapters []asvsChapter) {
	t.Helper()
	text, err := os.ReadFile(asvsSource)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		if title, ok := strings.CutPrefix(line, "== "); ok {
			chapters = append(chapters, asvsChapter{title: title})
			continue
		}
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		columns := strings.Split(line, "|")
		if len(columns) != 4 || len(chapters) == 0 {
			t.Fatalf("%s: not NUMBER | ITEM | REMARK | EVIDENCE under a heading: %s", asvsSource, line)
		}
		item := asvsItem{numbers: strings.Fields(columns[0]), text: strings.TrimSpace(columns[1]), remark: strings.TrimSpace(columns[2]), evidence: strings.Fields(columns[3])}
		for _, kind := range asvsKinds {
			if remark, ok := strings.CutPrefix(item.remark, kind+":"); ok {
				item.kind, item.remark = kind, strings.TrimSpace(remark)
			}
		}
		last := &chapters[len(chapters)-1]
		last.items = append(last.items, item)
	}
	return chapters
}

// asvsComplete holds the numbers against the standard's: each item of level 1 or 2 once.
func asvsComplete(t *testing.T, chapters []asvsChapter) {
	t.Helper()
	wanted := map[string]bool{}
	for section, levels := range asvsLevels {
		for i, level := range levels {
			if level != '3' {
				wanted[fmt.Sprintf("%s.%d", section, i+1)] = true
			}
		}
	}
	for _, c := range chapters {
		chapter, _, _ := strings.Cut(c.title, " ")
		for _, item := range c.items {
			for _, number := range item.numbers {
				if !wanted[number] || !strings.HasPrefix(number, chapter+".") {
					t.Errorf("%s: %s stands twice, in the wrong chapter, or is no item of level 1 or 2", asvsSource, number)
				}
				delete(wanted, number)
			}
		}
	}
	for number := range wanted {
		t.Errorf("%s: %s is missing", asvsSource, number)
	}
}

// asvsEvidence checks that what is named exists. What holds is shown by a test, unless the
// item only wants something written down.
func asvsEvidence(t *testing.T, chapters []asvsChapter) {
	t.Helper()
	all, tests := sources(t), map[string]bool{}
	for name, text := range all {
		if strings.HasSuffix(name, "_test.go") {
			for _, m := range testName.FindAllStringSubmatch(strings.Join(lines(text, "func Test", "func Fuzz"), ""), -1) {
				tests[m[1]] = true
			}
		}
	}
	for _, c := range chapters {
		for _, item := range c.items {
			shown := item.kind != "" || strings.HasSuffix(item.text, "written down")
			if item.kind != "" && item.remark == "" || shown && item.kind == "" && len(item.evidence) == 0 {
				t.Errorf("%s: %s does not say why, or where", asvsSource, item.numbers)
			}
			for _, e := range item.evidence {
				switch {
				case isTest(e) && !tests[e]:
					t.Errorf("%s: %s names %s, and there is no such test", asvsSource, item.numbers, e)
				case !isTest(e):
					asvsSection(t, e)
				}
				shown = shown || isTest(e)
			}
			if !shown {
				t.Errorf("%s: no test shows %s", asvsSource, item.numbers)
			}
		}
	}
}

var (
	testName = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	heading  = regexp.MustCompile(`(?m)^#+ (.+)$`)
	unlinked = regexp.MustCompile(`[^\pL\pN _-]`)
)

func isTest(evidence string) bool {
	return strings.HasPrefix(evidence, "Test") || strings.HasPrefix(evidence, "Fuzz")
}

// asvsSection reports a page that is not there, or has no such heading.
func asvsSection(t *testing.T, link string) {
	t.Helper()
	file, section, named := strings.Cut(link, "#")
	if _, err := os.Stat("../" + file); err != nil {
		t.Errorf("%s: %v", asvsSource, err)
		return
	}
	anchors := []string{}
	for _, m := range heading.FindAllStringSubmatch(sources(t)[file], -1) {
		anchors = append(anchors, strings.ReplaceAll(unlinked.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-"))
	}
	if named && !slices.Contains(anchors, section) {
		t.Errorf("%s: %s has no heading %s", asvsSource, file, section)
	}
}
