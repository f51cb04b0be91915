package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// patch is one alteration of one file: text[from:to] becomes with. It says nothing about
// switches; those are made by alter.
type patch struct {
	number   int // 1 and up; which mutant it is
	from, to int
	with     string
}

// altered is a file with every one of its patches in it, each switched off.
type altered struct {
	text []byte
	// lines tells which mutant a line of text belongs to, so that one that does not compile
	// can be left out; 0 where it belongs to none.
	lines []int
	// loose are patches that stand in no function and no variable, such as those of
	// constants: they need a build of their own.
	loose []patch
	// functions are the numbers of the altered functions, by patch.
	functions map[int]int
}

// alter gives each function that has patches a copy of its body for each of them, which
// runs while that mutant lives. Variables of a package are set again when the program
// begins.
func alter(text []byte, patches []patch, function func() int) (altered, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "", text, parser.SkipObjectResolution|parser.ParseComments)
	if err != nil {
		return altered{}, err
	}
	a := altered{functions: map[int]int{}}
	w := writer{a: &a, function: function}
	at := func(p token.Pos) int { return files.Position(p).Offset }
	w.add(text[:at(file.Name.End())], 0)
	w.add([]byte(`; import "latchkey/internal/mutation/mutant"`), 0)
	done, taken := at(file.Name.End()), map[int]bool{}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Body == nil {
			continue
		}
		open, end := at(f.Body.Lbrace)+1, at(f.Body.Rbrace)
		head, tail := call(f, func(n ast.Node) string { return string(text[at(n.Pos()):at(n.End())]) })
		own := within(patches, open, end)
		if len(own) == 0 {
			continue
		}
		w.add(text[done:open], 0)
		w.choose(own, func(p patch) []byte {
			return slices.Concat([]byte(head), replaced(text[open:end], p, open), []byte(tail))
		})
		done = open
		for _, p := range own {
			taken[p.number] = true
		}
	}
	w.add(text[done:], 0)
	for _, d := range file.Decls {
		w.variables(text, d, at, patches, taken)
	}
	for _, p := range patches {
		if !taken[p.number] {
			a.loose = append(a.loose, p)
		}
	}
	return a, nil
}

// variables adds a function that sets the variables of a declaration again.
func (w *writer) variables(text []byte, d ast.Decl, at func(token.Pos) int, patches []patch, taken map[int]bool) {
	g, ok := d.(*ast.GenDecl)
	if !ok || g.Tok != token.VAR {
		return
	}
	for _, s := range g.Specs {
		v := s.(*ast.ValueSpec)
		if len(v.Names) != 1 || len(v.Values) != 1 || v.Names[0].Name == "_" {
			continue
		}
		from, to := at(v.Values[0].Pos()), at(v.Values[0].End())
		own := within(patches, from, to)
		if len(own) == 0 {
			continue
		}
		w.add([]byte("\nfunc init() {"), 0)
		w.choose(own, func(p patch) []byte {
			return append([]byte(v.Names[0].Name+" = "), replaced(text[from:to], p, from)...)
		})
		w.add([]byte("}\n"), 0)
		for _, p := range own {
			taken[p.number] = true
		}
	}
}

// writer writes the text of an altered file and notes whose line is whose.
type writer struct {
	a        *altered
	function func() int
}

func (w *writer) add(text []byte, number int) {
	if len(w.a.lines) == 0 {
		w.a.lines = []int{0, number} // lines count from 1
	}
	for range bytes.Count(text, []byte("\n")) {
		w.a.lines = append(w.a.lines, number)
	}
	w.a.text = append(w.a.text, text...)
}

// choose writes the switch of one function.
func (w *writer) choose(own []patch, body func(patch) []byte) {
	number := w.function()
	w.add(fmt.Appendf(nil, "switch mutant.In(%d) {", number), 0)
	for _, p := range own {
		w.a.functions[p.number] = number
		w.add(fmt.Appendf(nil, "\ncase %d:\n%s", p.number, body(p)), p.number)
	}
	w.add([]byte("\n}\n"), 0)
}

// call is what stands around a copy of a function's body: a function of its own, with the
// same parameters and results, that is called with what the function was called with.
func call(f *ast.FuncDecl, source func(ast.Node) string) (head, tail string) {
	var args []string
	for _, p := range f.Type.Params.List {
		more, variadic := p.Type.(*ast.Ellipsis)
		for _, name := range p.Names {
			switch {
			case name.Name == "_" && variadic:
			case name.Name == "_":
				args = append(args, "*new("+source(p.Type)+")")
			case variadic:
				args = append(args, name.Name+"...")
			default:
				args = append(args, name.Name)
			}
		}
		if len(p.Names) == 0 && more == nil {
			args = append(args, "*new("+source(p.Type)+")")
		}
	}
	head, tail = "func"+source(f.Type.Params), "\n}("+strings.Join(args, ", ")+")"
	if f.Type.Results == nil {
		return head + " {", tail + "\nreturn"
	}
	return "return " + head + " " + source(f.Type.Results) + " {", tail
}

func within(patches []patch, from, to int) (own []patch) {
	for _, p := range patches {
		if p.from >= from && p.to <= to {
			own = append(own, p)
		}
	}
	return own
}

// replaced is text with one patch in it; text begins at start in its file.
func replaced(text []byte, p patch, start int) []byte {
	return slices.Concat(text[:p.from-start], []byte(p.with), text[p.to-start:])
}

// overlay is what the go command reads in the place of our files.
type overlay struct {
	folder string // where it and the altered files are
	files  map[string]string
}

// add puts text in the place of the file at path.
func (o *overlay) add(path string, text []byte) error {
	if o.files == nil {
		o.files = map[string]string{}
	}
	name := o.name(path)
	whole, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	o.files[whole] = name
	return os.WriteFile(name, text, 0o600)
}

func (o *overlay) name(path string) string {
	return filepath.Join(o.folder, strings.ReplaceAll(path, "/", "_"))
}

// write returns the file for the flag -overlay.
func (o *overlay) write() (name string, err error) {
	text, err := json.Marshal(map[string]any{"Replace": o.files})
	if err != nil {
		return "", err
	}
	name = filepath.Join(o.folder, "overlay.json")
	return name, os.WriteFile(name, text, 0o600)
}
