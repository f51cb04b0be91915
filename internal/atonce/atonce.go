// Package atonce finds the tests that do several things at once, which are those in which
// the race detector can see something.
package atonce

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Apart is the variable of the environment by which Only is told that the tests that do several
// things at once run under the race detector beside this run.
const Apart = "TESTS_AT_ONCE_APART"

// Only makes the tests of a package run under the race detector only where they do several
// things at once, and only the others without it where Apart is set, unless somebody asks for
// some by -run (decision 88). A TestMain calls it first. The Makefile runs packages that call
// it in both ways.
func Only() {
	flag.Parse()
	which := flag.Lookup("test.run")
	if which.Value.String() != "" || !raceDetector && os.Getenv(Apart) == "" {
		return
	}
	if !raceDetector {
		which = flag.Lookup("test.skip")
	}
	tests, err := Tests(".")
	if err == nil {
		err = which.Value.Set("^(" + strings.Join(tests, "|") + ")$")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "which tests do several things at once:", err)
		os.Exit(1)
	}
}

// Tests names the tests in a folder that do several things at once: what starts a goroutine or dials
// here, so that a connection is left open beside others, and what uses such a function, in
// any number of steps. What watches another program does not count. It reads the source, so
// that no list has to be kept.
func Tests(folder string) (tests []string, err error) {
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		return nil, err
	}
	starts, uses := map[string]bool{}, map[string]map[string]bool{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				look(f, starts, uses)
			}
		}
	}
	for more := true; more; {
		more = false
		for name, used := range uses {
			if !starts[name] && slices.ContainsFunc(slices.Collect(maps.Keys(used)), func(u string) bool { return starts[u] }) {
				starts[name], more = true, true
			}
		}
	}
	for name, does := range starts {
		if does && strings.HasPrefix(name, "Test") && name != "TestMain" {
			tests = append(tests, name)
		}
	}
	slices.Sort(tests)
	return tests, nil
}

// look notes whether a function starts something beside others, and every name in it.
func look(f *ast.FuncDecl, starts map[string]bool, uses map[string]map[string]bool) {
	name := f.Name.Name
	if uses[name] == nil {
		uses[name] = map[string]bool{}
	}
	begins, program := false, false
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			begins = true
		case *ast.Ident:
			uses[name][n.Name] = true
			begins = begins || slices.Contains(beginning, n.Name)
			program = program || n.Name == "exec" // the package
		}
		return true
	})
	starts[name] = starts[name] || begins && !program
}

// beginning are the names of what goes on beside its caller: a sync.WaitGroup's Go, and
// connections that stay open.
var beginning = []string{"Go", "Dial", "DialTimeout", "DialContext"}
