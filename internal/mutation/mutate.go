package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

// change is a small alteration of a file.
type change struct {
	from, to int
	with     string
	what     string // for people: "< becomes <="
	line     int
}

// swaps are what an operator becomes, one mutant each.
var swaps = map[token.Token][]token.Token{
	token.LSS: {token.LEQ, token.GEQ}, token.LEQ: {token.LSS, token.GTR}, token.GTR: {token.GEQ, token.LEQ}, token.GEQ: {token.GTR, token.LSS},
	token.EQL: {token.NEQ}, token.NEQ: {token.EQL}, token.LAND: {token.LOR}, token.LOR: {token.LAND},
	token.ADD: {token.SUB}, token.SUB: {token.ADD}, token.MUL: {token.QUO}, token.QUO: {token.MUL}, token.REM: {token.MUL},
	token.AND: {token.OR}, token.OR: {token.AND}, token.XOR: {token.AND}, token.SHL: {token.SHR}, token.SHR: {token.SHL}, token.AND_NOT: {token.AND},
	token.ADD_ASSIGN: {token.SUB_ASSIGN}, token.SUB_ASSIGN: {token.ADD_ASSIGN}, token.MUL_ASSIGN: {token.QUO_ASSIGN}, token.QUO_ASSIGN: {token.MUL_ASSIGN},
	token.OR_ASSIGN: {token.AND_ASSIGN}, token.XOR_ASSIGN: {token.AND_ASSIGN}, token.SHL_ASSIGN: {token.SHR_ASSIGN}, token.SHR_ASSIGN: {token.SHL_ASSIGN},
	token.INC: {token.DEC}, token.DEC: {token.INC},
}

// mutator finds the changes of one file.
type mutator struct {
	files   *token.FileSet
	text    []byte
	found   []change
	parents []ast.Node
}

// changesOf returns every change that is made of a file.
func changesOf(text []byte) ([]change, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "", text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	m := &mutator{files: files, text: text}
	ast.Inspect(file, func(n ast.Node) bool {
		if n == nil {
			m.parents = m.parents[:len(m.parents)-1]
			return true
		}
		if _, ok := n.(*ast.ImportSpec); ok {
			return false
		}
		m.look(n)
		m.parents = append(m.parents, n)
		return true
	})
	slices.SortStableFunc(m.found, func(a, b change) int { return a.from - b.from })
	return m.found, nil
}

func (m *mutator) at(p token.Pos) int { return m.files.Position(p).Offset }

func (m *mutator) source(n ast.Node) string { return string(m.text[m.at(n.Pos()):m.at(n.End())]) }

func (m *mutator) add(from token.Pos, length int, with, what string) {
	p := m.files.Position(from)
	m.found = append(m.found, change{p.Offset, p.Offset + length, with, what, p.Line})
}

func (m *mutator) operator(at token.Pos, t token.Token) {
	for _, s := range swaps[t] {
		m.add(at, len(t.String()), s.String(), t.String()+" becomes "+s.String())
	}
}

func (m *mutator) look(n ast.Node) {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		m.operator(n.OpPos, n.Op)
	case *ast.UnaryExpr:
		if n.Op == token.NOT || n.Op == token.SUB {
			m.add(n.OpPos, 1, "", n.Op.String()+" is gone")
		}
	case *ast.IncDecStmt:
		m.operator(n.TokPos, n.Tok)
		m.gone(n)
	case *ast.AssignStmt:
		m.operator(n.TokPos, n.Tok)
		if n.Tok != token.DEFINE {
			m.gone(n)
		}
	case *ast.ExprStmt, *ast.SendStmt, *ast.DeferStmt, *ast.GoStmt:
		m.gone(n.(ast.Stmt))
	case *ast.BranchStmt:
		if n.Label == nil && n.Tok != token.FALLTHROUGH {
			m.gone(n)
		}
	case *ast.BasicLit:
		m.literal(n)
	case *ast.Ident:
		if other := map[string]string{"true": "false", "false": "true", "min": "max", "max": "min"}[n.Name]; other != "" {
			m.add(n.Pos(), len(n.Name), other, n.Name+" becomes "+other)
		}
	case *ast.IfStmt:
		m.condition(n)
	case *ast.ReturnStmt:
		m.results(n)
	}
}

// gone takes a statement out, where it is one of a list.
func (m *mutator) gone(s ast.Stmt) {
	switch m.parents[len(m.parents)-1].(type) {
	case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause:
		if c, ok := m.parents[len(m.parents)-1].(*ast.CommClause); ok && c.Comm == s {
			return
		}
		m.add(s.Pos(), int(s.End()-s.Pos()), "", "this statement is gone")
	}
}

func (m *mutator) literal(n *ast.BasicLit) {
	if n.Kind != token.INT {
		return
	}
	v, err := strconv.ParseInt(n.Value, 0, 64)
	if err != nil {
		return
	}
	for _, other := range []int64{v + 1, v - 1} {
		if other >= 0 {
			m.add(n.Pos(), len(n.Value), strconv.FormatInt(other, 10), fmt.Sprintf("%s becomes %d", n.Value, other))
		}
	}
}

// condition makes an if never true, where what stands in it leaves: a guard that is gone.
// One that is no comparison is turned round as well.
func (m *mutator) condition(n *ast.IfStmt) {
	cond := m.source(n.Cond)
	length := int(n.Cond.End() - n.Cond.Pos())
	if len(n.Body.List) > 0 {
		switch n.Body.List[len(n.Body.List)-1].(type) {
		case *ast.ReturnStmt, *ast.BranchStmt:
			m.add(n.Cond.Pos(), length, "("+cond+") && false", "the condition is never true")
		}
	}
	switch n.Cond.(type) {
	case *ast.BinaryExpr, *ast.UnaryExpr:
	default:
		m.add(n.Cond.Pos(), length, "!("+cond+")", "the condition is turned round")
	}
}

// results makes a function return nothing in the place of something.
func (m *mutator) results(n *ast.ReturnStmt) {
	var f *ast.FuncType
	for _, p := range slices.Backward(m.parents) {
		switch p := p.(type) {
		case *ast.FuncDecl:
			f = p.Type
		case *ast.FuncLit:
			f = p.Type
		}
		if f != nil {
			break
		}
	}
	if f == nil || f.Results == nil {
		return
	}
	var kinds []string
	for _, r := range f.Results.List {
		for range max(1, len(r.Names)) {
			kinds = append(kinds, m.source(r.Type))
		}
	}
	if len(kinds) != len(n.Results) {
		return
	}
	for i, r := range n.Results {
		nothing, now := nothingOf(kinds[i]), m.source(r)
		if nothing != "" && nothing != now && now != "true" && now != "false" && now != "0" && now != "-1" {
			m.add(r.Pos(), int(r.End()-r.Pos()), nothing, now+" becomes "+nothing)
		}
	}
}

// nothingOf is the empty value of a type, as far as its name tells; "" if it does not.
func nothingOf(kind string) string {
	switch {
	case kind == "string":
		return `""`
	case kind == "bool":
		return "false"
	case kind == "error", strings.HasPrefix(kind, "*"), strings.HasPrefix(kind, "[]"), strings.HasPrefix(kind, "map["), strings.HasPrefix(kind, "func("):
		return "nil"
	case strings.HasPrefix(kind, "int"), strings.HasPrefix(kind, "uint"), kind == "time.Duration", kind == "float64":
		return "0"
	case kind == "time.Time":
		return "time.Time{}"
	}
	return ""
}
