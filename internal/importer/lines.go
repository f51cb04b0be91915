package importer

import "io"

// lineReader passes a file on and remembers where its lines begin, for as long
// as nobody has asked for a later line.
//
// Its Read fails where the lines are too many to be remembered: between two values a
// file may hold nothing else.
type lineReader struct {
	file   io.Reader
	offset int64   // of what is read next
	line   int     // lines passed
	breaks []int64 // line breaks not passed yet
}

func (l *lineReader) Read(p []byte) (int, error) {
	n, err := l.file.Read(p)
	for i, b := range p[:n] {
		if b == '\n' {
			l.breaks = append(l.breaks, l.offset+int64(i))
		}
	}
	l.offset += int64(n)
	if len(l.breaks) > maxBreaks {
		return n, badFile("After line %d there are more than %d lines without a new value.", l.line+1, maxBreaks)
	}
	return n, err
}

// maxBreaks bounds the line breaks that are remembered, eight bytes each.
const maxBreaks = 100_000

// lineAt returns the line, from 1, of an offset not before the last one asked for.
func (l *lineReader) lineAt(offset int64) int {
	for len(l.breaks) > 0 && l.breaks[0] < offset {
		l.breaks = l.breaks[1:]
		l.line++
	}
	return l.line + 1
}
