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
	{"streams", "Event streams"},
	{"terms", "Counting words"},
	{"backups", "Backups"},
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
			if r.why == "" {
				t.Errorf("%s (%s): the comment of the constant does not say why", r.what, r.figure)
			}
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
