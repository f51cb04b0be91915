package importer

import (
	"strings"
	"unicode"
)

// FormulaSafe returns a text that no spreadsheet takes for a formula (CSV injection,
// LO-06): an apostrophe goes before it if its first character, after spaces and
// quotes, could begin one. The same holds after a comma, semicolon, tab or line
// break inside of it, because some spreadsheets begin a cell there however it is
// quoted. Every other text stays as it is. FromFormulaSafe takes it back.
func FormulaSafe(text string) string {
	var safe strings.Builder
	written := 0
	eachPart(text, func(begin int) {
		safe.WriteString(text[written:begin] + "'")
		written = begin
	})
	if safe.Len() == 0 {
		return text
	}
	return safe.String() + text[written:]
}

// FromFormulaSafe returns the text that FormulaSafe made safe. Our own exports are
// read back by it without a loss: where a part of a text could begin a formula, it
// always has one apostrophe more than before.
func FromFormulaSafe(text string) string {
	var plain strings.Builder
	written := 0
	eachPart(text, func(begin int) {
		if text[begin] == '\'' {
			plain.WriteString(text[written:begin])
			written = begin + 1
		}
	})
	return plain.String() + text[written:]
}

// eachPart calls do with the beginning of each part of a text that could be taken for
// a formula.
func eachPart(text string, do func(begin int)) {
	begin, beginning := 0, true
	for i, r := range text {
		if beginning && beginsFormula(r) {
			do(begin)
			beginning = false
		}
		switch {
		case strings.ContainsRune(",;\t\r\n", r):
			begin, beginning = i+1, true
		case !passedOver(r):
			beginning = false
		}
	}
}

// beginsFormula reports whether a cell that begins with r may be a formula: the
// four signs, in both widths, and control characters, which programs drop before
// they look.
func beginsFormula(r rune) bool {
	return strings.ContainsRune("=+-@＝＋－＠", r) || unicode.IsControl(r)
}

// passedOver reports whether programs may drop r at the beginning of a cell: spaces,
// quotes of all kinds, and characters that are not seen.
func passedOver(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune("\"'`´„‚＂＇", r) || unicode.In(r, unicode.Pi, unicode.Pf, unicode.Cf)
}
