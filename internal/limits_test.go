package internal_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/constant"
	"go/types"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/go/packages"

	"latchkey/internal/auth"
)

var update = flag.Bool("update", false, "write docs/limits.md anew instead of comparing with it")

// limitsPage is the page for operators that names every bound of the program.
const limitsPage = "../docs/limits.md"

// limitsIntro begins that page.
const limitsIntro = `# Limits

What one person, one network or everybody together can use of this program, and why. None of
the figures is an option. This page is written from the constants in the code by
` + "`make limits`" + `, and a test compares the two.

A network is one IPv4 address or one IPv6 /64; a wider network is one IPv4 /24 or one IPv6 /48.
`

// limitGroups are the sections of the page, in order. A constant gets a row of one by a line
// under its doc comment that names the section, the unit if the number alone says too
// little, and what is bounded:
//
//	//limit:uploads,bytes Size of a file
//
// The reason is what the doc comment says after its first sentence.
var limitGroups = []struct{ key, title string }{
	{"connections", "Connections and requests"},
	{"hashing", "Passwords and memory"},
	{"tries", "Attempts"},
	{"people", "What one person can do and keep"},
	{"uploads", "Uploads"},
	{"log", "Logs, audit and mail"},
}

// limitRow is one bound.
type limitRow struct{ what, figure, why string }

// TestLimits_PageIsFresh compares docs/limits.md with the constants.
func TestLimits_PageIsFresh(t *testing.T) {
	t.Parallel()
	rows := limitRows(t)
	var page strings.Builder
	page.WriteString(limitsIntro)
	for _, g := range limitGroups {
		if len(rows[g.key]) == 0 {
			t.Errorf("no constant says //limit:%s", g.key)
		}
		fmt.Fprintf(&page, "\n## %s\n\n| what | at most | why |\n|---|---|---|\n", g.title)
		for _, r := range rows[g.key] {
			fmt.Fprintf(&page, "| %s | %s | %s |\n", r.what, r.figure, r.why)
		}
	}
	if *update {
		if err := os.WriteFile(limitsPage, []byte(page.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(limitsPage)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(page.String(), string(got)); diff != "" {
		t.Errorf("docs/limits.md is stale, run make limits (-constants +page):\n%s", diff)
	}
}

// limitRows reads the program's packages and returns their bounds by group, in the order
// of the packages' paths.
func limitRows(t *testing.T) map[string][]limitRow {
	t.Helper()
	loaded, err := packages.Load(&packages.Config{
		Dir:  "..",
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesInfo | packages.NeedImports | packages.NeedExportFile,
	}, "./cmd/...", "./internal/...", "./views/...")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]limitRow{}
	for _, p := range loaded {
		for _, e := range p.Errors {
			t.Fatal(e)
		}
		for _, file := range p.Syntax {
			for _, declaration := range file.Decls {
				if d, ok := declaration.(*ast.GenDecl); ok {
					for _, spec := range d.Specs {
						addLimits(t, rows, p, d, spec)
					}
				}
			}
		}
	}
	for group := range rows {
		if !slices.ContainsFunc(limitGroups, func(g struct{ key, title string }) bool { return g.key == group }) {
			t.Errorf("//limit:%s is no group of the page", group)
		}
	}
	return rows
}

var limitMark = regexp.MustCompile(`^//limit:(\w+)(?:,(\S+))? (.+)$`)

// addLimits adds the bounds of one declaration: a constant with the mark, or a bucket.
func addLimits(t *testing.T, rows map[string][]limitRow, p *packages.Package, d *ast.GenDecl, spec ast.Spec) {
	t.Helper()
	values, ok := spec.(*ast.ValueSpec)
	if !ok || len(values.Names) != 1 {
		return
	}
	c, ok := p.TypesInfo.Defs[values.Names[0]].(*types.Const)
	if !ok {
		return
	}
	if c.Type().String() == "latchkey/internal/auth.Bucket" {
		limit := auth.LimitOf(auth.Bucket(constant.StringVal(c.Val())))
		if what := values.Comment.Text(); what != "" { // what somebody who is signed in does is a constant of its own
			what, why, more := strings.Cut(what, "; ")
			if more {
				why = sentence(why) + "."
			}
			rows["tries"] = append(rows["tries"], limitRow{sentence(what), bucketFigure(limit), why})
		}
		return
	}
	doc := values.Doc
	if doc == nil && !d.Lparen.IsValid() {
		doc = d.Doc
	}
	if doc == nil {
		return
	}
	for _, line := range doc.List {
		if mark := limitMark.FindStringSubmatch(line.Text); mark != nil {
			figure := limitFigure(c, strings.ReplaceAll(mark[2], "-", " "))
			rows[mark[1]] = append(rows[mark[1]], limitRow{mark[3], figure, limitReason(doc.Text())})
		}
	}
}

// limitReason is what a doc comment says after its first sentence, or where that is all,
// after the first half of it.
func limitReason(doc string) string {
	first, rest, more := strings.Cut(strings.Join(strings.Fields(doc), " "), ". ")
	if more {
		return strings.ReplaceAll(rest, "|", "\\|")
	}
	for _, between := range []string{", since ", "; ", ": "} {
		// What begins with a number says the figure once more.
		if _, reason, found := strings.Cut(first, between); found && !unicode.IsDigit(rune(reason[0])) {
			return strings.ReplaceAll(sentence(reason), "|", "\\|") + "."
		}
	}
	return ""
}

// sentence returns the text with a capital at its start and no stop at its end.
func sentence(text string) string {
	text = strings.TrimSuffix(strings.TrimSpace(text), ".")
	if text == "" {
		return ""
	}
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

// limitFigure writes the value of a constant with its unit.
func limitFigure(c *types.Const, unit string) string {
	if c.Type().String() == "time.Duration" {
		ns, _ := constant.Int64Val(c.Val())
		return strings.TrimSpace(spell(time.Duration(ns)) + " " + unit)
	}
	n, exact := constant.Int64Val(constant.ToInt(c.Val()))
	if !exact {
		return strings.TrimSpace(c.Val().String() + " " + unit)
	}
	if unit == "bytes" || unit == "KiB" {
		if unit == "KiB" {
			n <<= 10
		}
		return bytesFigure(n)
	}
	return strings.TrimSpace(thousands(n) + " " + unit)
}

// bytesFigure writes a number of bytes in the largest unit that divides it.
func bytesFigure(n int64) string {
	for _, u := range []struct {
		name string
		size int64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if n >= u.size && n%u.size == 0 {
			return fmt.Sprintf("%d %s", n/u.size, u.name)
		}
	}
	return thousands(n) + " bytes"
}

// thousands writes a number with commas.
func thousands(n int64) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// bucketFigure says the rule of a bucket in words.
func bucketFigure(l auth.Limit) string {
	if l.Window > 0 {
		return fmt.Sprintf("%s in %s", thousands(int64(l.Free)), spell(l.Window))
	}
	text := fmt.Sprintf("%d, then a wait of %s", l.Free, spell(l.Wait))
	if l.MaxWait > l.Wait {
		text += fmt.Sprintf(", doubling up to %s", spell(l.MaxWait))
	}
	if l.Ceiling > 0 {
		text += fmt.Sprintf("; %d in a row", l.Ceiling)
	}
	return text
}

// spell writes a duration in the largest unit that divides it.
func spell(d time.Duration) string {
	for _, u := range []struct {
		name string
		size time.Duration
	}{{"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}, {"second", time.Second}} {
		if d >= u.size && d%u.size == 0 {
			if d == u.size {
				return "1 " + u.name
			}
			return fmt.Sprintf("%d %ss", d/u.size, u.name)
		}
	}
	return d.String()
}
