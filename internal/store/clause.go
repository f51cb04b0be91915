package store

import (
	"strconv"
	"strings"
)

// clause is a part of a statement: each ? in its text stands for one of its arguments,
// in their order. Pieces are put together like text and numbered at the end, so that
// the parameters appear in their order whatever stands where.
type clause struct {
	text string
	args []any
}

func sqlText(text string, args ...any) clause { return clause{text, args} }

// then is p with more behind it.
func (p clause) then(more clause) clause {
	return clause{p.text + more.text, append(p.args[:len(p.args):len(p.args)], more.args...)}
}

// add is then for text with its arguments.
func (p clause) add(text string, args ...any) clause { return p.then(clause{text, args}) }

// joined puts clauses together with a word between them.
func joined(all []clause, between string) (p clause) {
	for i, one := range all {
		if i > 0 {
			p.text += between
		}
		p = p.then(one)
	}
	return p
}

// statement is the text with numbered parameters, and their values.
func (p clause) statement() (text string, args []any) {
	parts := strings.Split(p.text, "?")
	var b strings.Builder
	for i, part := range parts {
		if i > 0 {
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(i))
		}
		b.WriteString(part)
	}
	return b.String(), p.args
}
