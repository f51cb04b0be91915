package importer

import "io"

// lineReader passes a JSON file on and remembers where its lines begin, for as long
// as nobody has asked for a later line.
//
// Its Read fails where the lines are too many to be remembered: between two values a
// file may hold nothing else. And it fails at a value that is too long: the decoder
// keeps a value, and the space before it, whole in memory before anybody can look at it.
type lineReader struct {
	file   io.Reader
	offset int64   // of what is read next
	line   int     // lines passed
	breaks []int64 // line breaks not passed yet
	long   longValues
}

func (l *lineReader) Read(p []byte) (int, error) {
	n, err := l.file.Read(p)
	tooLong := false
	for i, b := range p[:n] {
		if b == '\n' {
			l.breaks = append(l.breaks, l.offset+int64(i))
		}
		tooLong = l.long.next(b) || tooLong
	}
	l.offset += int64(n)
	switch {
	case len(l.breaks) > maxBreaks:
		return n, badFile("After line %d there are more than %s lines without a new value.", l.line+1, thousands(maxBreaks))
	case tooLong:
		return n, badFile("The file has a value that is longer than %s characters.", thousands(maxRecord))
	}
	return n, err
}

// maxBreaks bounds the line breaks that are remembered, eight bytes each.
const maxBreaks = 100_000

// maxSpace bounds a number, and the space between two values, in bytes: more than the line
// breaks that are allowed.
const maxSpace = 128 << 10

// longValues measures the values of a JSON text while it passes.
type longValues struct {
	length          int // since the last sign between two values
	quoted, escaped bool
}

// next takes a byte, and reports whether the value that it belongs to is too long.
func (v *longValues) next(b byte) bool {
	v.length++
	switch {
	case v.escaped:
		v.escaped = false
	case v.quoted:
		v.escaped, v.quoted = b == '\\', b != '"'
	case b == '"':
		v.quoted = true
	case b == ',' || b == ':' || b == '[' || b == ']' || b == '{' || b == '}':
		v.length = 0
	}
	return v.quoted && v.length > maxRecord || v.length > maxSpace
}

// lineAt returns the line, from 1, of an offset not before the last one asked for.
func (l *lineReader) lineAt(offset int64) int {
	for len(l.breaks) > 0 && l.breaks[0] < offset {
		l.breaks = l.breaks[1:]
		l.line++
	}
	return l.line + 1
}
