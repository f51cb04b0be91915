package store

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var placeholder = regexp.MustCompile(`\$(\d+)`)

// inOrder returns an error unless $1, $2 … of a statement first appear in this
// order, none left out.
func inOrder(text string) (most int, err error) {
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		n, _ := strconv.Atoi(m[1])
		switch {
		case n == most+1:
			most = n
		case n > most, n == 0:
			return most, fmt.Errorf("$%d appears after $%d", n, most)
		}
	}
	return most, nil
}

// TestSQL_DriverBindsByAppearance proves the reason of the next test: the numbers
// are names to the driver, and the first argument goes to the one that comes first.
func TestSQL_DriverBindsByAppearance(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	db := open(t)
	var got string
	if err := db.q.queryRow(`SELECT $2 || $1 || $2`, "a", "b").Scan(&got); err != nil || got != "aba" {
		t.Errorf("got %q, %v; if this is bab now, the order of the numbers no longer matters", got, err)
	}
}

// TestSQL_ParametersAreNumberedAsTheyAppear reads every string of this package.
// Parameters out of order would be bound to each other's values without any error.
func TestSQL_ParametersAreNumberedAsTheyAppear(t *testing.T) {
	t.Parallel()
	files := token.NewFileSet()
	found := 0
	check := func(at ast.Node, text string) {
		most, err := inOrder(text)
		if err != nil {
			t.Errorf("%s: %v", files.Position(at.Pos()), err)
		}
		if most > 0 {
			found++
		}
	}
	for _, name := range sources(t) {
		f, err := parser.ParseFile(files, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool { return inspectText(n, check) })
	}
	if found < 60 {
		t.Errorf("only %d statements with parameters found: this test looked past them", found)
	}
}

// sources are the files of this package without its tests.
func sources(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(name string) bool { return strings.HasSuffix(name, "_test.go") })
}

// inspectText calls check for each string, once for those that are added up. It
// reports whether there is more to look at below n.
func inspectText(n ast.Node, check func(ast.Node, string)) bool {
	switch n := n.(type) {
	case *ast.BasicLit:
		if n.Kind == token.STRING {
			text, _ := strconv.Unquote(n.Value)
			check(n, text)
		}
	case *ast.BinaryExpr:
		if n.Op == token.ADD {
			text := ""
			for _, part := range parts(n) {
				if literal, ok := part.(*ast.BasicLit); ok {
					one, _ := strconv.Unquote(literal.Value)
					text += one + " "
				} else {
					ast.Inspect(part, func(n ast.Node) bool { return inspectText(n, check) })
				}
			}
			check(n, text)
			return false
		}
	}
	return true
}

// parts takes a sum apart.
func parts(e ast.Expr) []ast.Expr {
	if sum, ok := e.(*ast.BinaryExpr); ok && sum.Op == token.ADD {
		return append(parts(sum.X), parts(sum.Y)...)
	}
	return []ast.Expr{e}
}

func TestSQL_InOrder(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"SELECT 1": true, "$1 $2 $1 $3": true, "$1 $10": false, "$2 $1": false, "$1 $3 $2": false, "$0": false,
	} {
		if _, err := inOrder(text); (err == nil) != want {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestSQL_FiltersNumberTheirParameters looks at the statements that are put
// together while the program runs.
func TestSQL_FiltersNumberTheirParameters(t *testing.T) {
	t.Parallel()
	for _, f := range sampleAuditFilters() {
		text, args := auditSelection{first: 1, last: 9, lists: f.lists(), from: f.From, to: f.To}.page(f.After > 0, f.Limit)
		if most, err := inOrder(text); err != nil || most != len(args) {
			t.Errorf("%s: %d arguments for %d parameters, %v", text, len(args), most, err)
		}
	}
	for _, f := range sampleUserFilters() {
		for _, c := range statements(f) {
			text, args := c.statement()
			if most, err := inOrder(text); err != nil || most != len(args) {
				t.Errorf("%s: %d arguments for %d parameters, %v", text, len(args), most, err)
			}
		}
	}
}

// statements are those of the user list for one filter.
func statements(f UserFilter) (all []clause) {
	for _, c := range []*cursor{nil, {rank: 1, key: "a", num: 1}} {
		all = append(all, f.ordered(f.order(), c, 5, ""), f.counting(f.light(), 5), f.lockedAmong(), f.byNumber(1, 2, 3))
		s, o := someOf(f), f.order()
		all = append(all, s.count(5), s.counted(o, c, 5), s.sorted(o, c, 5, ""), inOneText(s.ordered(o, c, 5), orderKept(o.by("s."))),
			inOneText(f.listing(o, f.classNumbers()).behind(c, 5), orderKept(o.by("s."))), inOneText(lookingAt([]int64{1, 2}, s.rest), ""), withNumbers([]int64{1, 2}))
	}
	for _, p := range f.conditions() {
		for _, c := range []clause{p.nums, p.others} {
			if !c.none() {
				all = append(all, inOneText(first(c, 5), ""))
			}
		}
		if !p.members.none() {
			all = append(all, p.members)
		}
	}
	return all
}

// someOf is a selection by a filter before anything but two users was read.
func someOf(f UserFilter) *selection {
	return &selection{filter: f, bounds: usual, found: setOf([]int64{1, 2}), n: 2, rest: f.conditions(), share: 1}
}
