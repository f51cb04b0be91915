package store

import (
	"strconv"
	"strings"
)

// clause is a part of a statement: each ? in its text stands for one of its arguments,
// in their order. Pieces are put together like text and numbered at the end, so that
// the parameters appear in their order whatever stands where.
type clause struct {
	pieces []string // put together when the statement is there
	args   []any
}

func sqlText(text string, args ...any) clause { return clause{[]string{text}, args} }

// none reports whether there is nothing in it.
func (p clause) none() bool { return len(p.pieces) == 0 }

// then is p with more behind it.
func (p clause) then(more clause) clause {
	return clause{append(p.pieces[:len(p.pieces):len(p.pieces)], more.pieces...), append(p.args[:len(p.args):len(p.args)], more.args...)}
}

// add is then for text with its arguments.
func (p clause) add(text string, args ...any) clause { return p.then(sqlText(text, args...)) }

// joined puts clauses together with a word between them.
func joined(all []clause, between string) (p clause) {
	for i, one := range all {
		if i > 0 {
			p.pieces = append(p.pieces, between)
		}
		p.pieces, p.args = append(p.pieces, one.pieces...), append(p.args, one.args...)
	}
	return p
}

// statement is the text with numbered parameters, and their values.
func (p clause) statement() (text string, args []any) {
	length, n := 0, 0
	for _, piece := range p.pieces {
		length += len(piece) + strings.Count(piece, "?")*len("99")
	}
	var b strings.Builder
	b.Grow(length)
	for _, piece := range p.pieces {
		for {
			before, behind, found := strings.Cut(piece, "?")
			b.WriteString(before)
			if !found {
				break
			}
			n++
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(n))
			piece = behind
		}
	}
	return b.String(), p.args
}
