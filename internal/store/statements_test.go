package store

import (
	"errors"
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"latchkey/internal/atonce"
	"latchkey/internal/store/postgrestest"
)

// TestMain ends the PostgreSQL of the tests.
func TestMain(m *testing.M) {
	atonce.Only()
	if onPostgres {
		if _, err := postgresServer(); err != nil {
			fmt.Fprintln(os.Stderr, "The tests of the store have not run on PostgreSQL:", err)
			os.Exit(map[bool]int{false: 1}[errors.Is(err, postgrestest.ErrMissing)])
		}
	}
	code := m.Run()
	if s := running.Load(); s != nil {
		s.close()
	}
	os.Exit(code)
}

// TestPostgresPreparesEveryStatement: whatever SQL stands in this package, PostgreSQL can
// prepare it in its words. What other tests run is shown to it as well, when their
// databases are closed; this one finds the rest, and fails for a piece of SQL that was in
// no statement at all. It begins with statements that are written out, goes on with what
// every method runs when it is called, and ends with what filters put together.
func TestPostgresPreparesEveryStatement(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	s := postgresOrSkip(t)
	seen := map[string]bool{}
	see := func(text string) (err error) {
		if err = s.prepare(text); err == nil {
			seen[text] = true
		}
		return err
	}
	sources := parseSources(t)
	refused := map[string]error{} // by place; a part of a statement need not be one
	for place, text := range sources.constants() {
		if err := see(text); err != nil {
			refused[place] = err
		}
	}
	for _, text := range slices.Concat(everyMethod(t), everyFilter()) {
		if err := see(text); err != nil {
			t.Errorf("PostgreSQL cannot prepare this: %v\n%s", err, postgres.text(text))
		}
	}
	if len(seen) < 500 {
		t.Errorf("only %d statements found: this test looked past them", len(seen))
	}
	for place, piece := range sources.unseen(seen) {
		t.Errorf("%s: this SQL is in no statement that PostgreSQL has prepared: %s\n%v", place, piece, refused[place])
	}
}

// sourceFiles are the files of this package without its tests.
type sourceFiles struct {
	set   *token.FileSet
	files []*ast.File
	info  types.Info
}

func parseSources(t *testing.T) *sourceFiles {
	t.Helper()
	s := &sourceFiles{set: token.NewFileSet(), info: types.Info{Types: map[ast.Expr]types.TypeAndValue{}}}
	for _, name := range sources(t) {
		f, err := parser.ParseFile(s.set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		s.files = append(s.files, f)
	}
	// Nothing is imported, so there are errors; the constants of this package are worked
	// out all the same.
	check := types.Config{Importer: nothing{}, Error: func(error) {}}
	check.Check("store", s.set, s.files, &s.info)
	return s
}

type nothing struct{}

func (nothing) Import(string) (*types.Package, error) { return nil, errors.New("not needed") }

// place is where something stands.
func (s *sourceFiles) place(n ast.Node) string { return s.set.Position(n.Pos()).String() }

var statementBegin = regexp.MustCompile(`^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\s`)

// constants yields the texts that begin like a statement and are known without running
// anything, each with its place.
func (s *sourceFiles) constants() func(yield func(place, text string) bool) {
	return func(yield func(string, string) bool) {
		for _, f := range s.files {
			ast.Inspect(f, func(n ast.Node) bool {
				e, ok := n.(ast.Expr)
				if !ok {
					return true
				}
				v := s.info.Types[e].Value
				if v == nil || v.Kind() != constant.String {
					return true
				}
				if text := constant.StringVal(v); statementBegin.MatchString(text) {
					yield(s.place(e), text)
				}
				return false // its parts are no statements
			})
		}
	}
}

// texts yields every string, each with its place.
func (s *sourceFiles) texts() func(yield func(place, text string) bool) {
	return func(yield func(string, string) bool) {
		for _, f := range s.files {
			ast.Inspect(f, func(n ast.Node) bool {
				if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
					text, _ := strconv.Unquote(literal.Value)
					yield(s.place(n), text)
				}
				return true
			})
		}
	}
}

var (
	sqlWords = regexp.MustCompile(`\b(SELECT|INSERT|UPDATE|DELETE|WHERE|FROM|AND|OR|SET|VALUES|JOIN|ORDER BY|LIMIT|RETURNING|UNION|CASE|IS NULL)\b`)
	gaps     = regexp.MustCompile(`%(?:\[\d\])?[ds]|\$%d|\{\w+\}|\?|\$\d+|⟨[^⟩]*⟩`)
	spaces   = regexp.MustCompile(`\s+`)
)

// pieces are what a text has between the places that something is put into.
func pieces(text string) (all []string) {
	for _, piece := range gaps.Split(text, -1) {
		if piece = strings.TrimSpace(spaces.ReplaceAllString(piece, " ")); piece != "" {
			all = append(all, piece)
		}
	}
	return all
}

// ofOne are files with SQL that only one engine has to know: the words of the dialect, which
// are in the statements that use them, how PostgreSQL describes its tables,
// and what moves all rows from one to the other.
var ofOne = []string{"dialect.go", "postgresdefinitions.go", "copyin.go", "copyout.go", "replication.go"}

// unseen yields the pieces of SQL that are in none of these statements.
func (s *sourceFiles) unseen(seen map[string]bool) func(yield func(place, piece string) bool) {
	var all strings.Builder
	for text := range seen {
		all.WriteString(strings.Join(pieces(text), " ? ") + "\n")
	}
	return func(yield func(string, string) bool) {
		for _, f := range s.files {
			if slices.Contains(ofOne, s.set.Position(f.Pos()).Filename) {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				literal, ok := n.(*ast.BasicLit)
				if !ok || literal.Kind != token.STRING || !sqlWords.MatchString(literal.Value) {
					return true
				}
				text, _ := strconv.Unquote(literal.Value)
				for _, piece := range pieces(text) {
					if !strings.Contains(all.String(), piece) {
						yield(s.place(n), piece)
					}
				}
				return true
			})
		}
	}
}
