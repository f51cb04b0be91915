package importer

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

const (
	// maxRecord bounds one row of a CSV file, in bytes.
	maxRecord = 64 << 10
	// maxAgain bounds what is read a second time because of quotes that were never
	// closed: a file of such rows would else be read for each of them.
	maxAgain = 16 << 20
)

// csvLines reads a CSV file row by row. What is wrong with the quotes of a row costs
// this row only, which is then its first line: the next row begins in the next line,
// however far the quote would have reached.
type csvLines struct {
	text   *bufio.Reader
	comma  byte
	number int // of the row that was read last, as a spreadsheet counts them
	again  int // bytes read a second time
	// waiting are lines that were read, and are to be read again as rows.
	waiting [][]byte
}

// errQuote and errLong are what can be wrong with a row by itself.
var (
	errQuote = errors.New("a quote is missing or out of place")
	errLong  = errors.New("too long")
)

// line returns the next line without its end: \n, \r\n, or \r as old programs of
// the Mac write it. Of a line that is too long it returns the beginning and errLong.
func (l *csvLines) line() (line []byte, err error) {
	if len(l.waiting) > 0 {
		line, l.waiting = l.waiting[0], l.waiting[1:]
		return line, tooLong(line)
	}
	line = []byte{}
	for {
		b, err := l.text.ReadByte()
		switch {
		case errors.Is(err, io.EOF) && len(line) > 0:
			return line, tooLong(line)
		case err != nil:
			return nil, err
		case b == '\r':
			if next, _ := l.text.Peek(1); len(next) == 1 && next[0] == '\n' {
				_, _ = l.text.Discard(1) // it is there
			}
			return line, tooLong(line)
		case b == '\n':
			return line, tooLong(line)
		case len(line) <= maxRecord: // what is more is not kept
			line = append(line, b)
		}
	}
}

func tooLong(line []byte) error {
	if len(line) > maxRecord {
		return errLong
	}
	return nil
}

// row returns the values of the next row. errQuote and errLong are faults of this row
// alone.
func (l *csvLines) row() (values []string, err error) {
	line, err := l.line()
	if err != nil && !errors.Is(err, errLong) {
		return nil, err
	}
	l.number++
	if err != nil {
		return nil, err
	}
	lines, record := [][]byte{line}, bytes.Clone(line)
	// A value is open while the number of quotes is odd: inside it they come in pairs.
	for open := quotes(line); open%2 == 1; open += quotes(line) {
		line, err = l.line()
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, errLong) {
			return nil, err
		}
		if line != nil {
			lines = append(lines, line)
		}
		if err != nil || len(record)+len(line) > maxRecord {
			return nil, l.back(lines)
		}
		record = append(append(record, '\n'), line...)
	}
	values, ok := split(record, l.comma)
	if !ok {
		return nil, l.back(lines)
	}
	return values, nil
}

func quotes(line []byte) int { return bytes.Count(line, []byte{'"'}) }

// back puts all lines but the first back, to be read as rows.
func (l *csvLines) back(lines [][]byte) error {
	for _, line := range lines[1:] {
		l.again += len(line) + 1
	}
	if l.again > maxAgain {
		return badFile("Row %d and many before it have a quote that is missing or out of place.", l.number)
	}
	l.waiting = append(lines[1:len(lines):len(lines)], l.waiting...)
	return errQuote
}

// split cuts a row into its values (RFC 4180); spaces around a quoted value do not
// matter. ok is false if a quote is missing or stands where none may.
func split(row []byte, comma byte) (values []string, ok bool) {
	for {
		start := row
		if comma != '\t' {
			start = bytes.TrimLeft(row, " \t")
		} else {
			start = bytes.TrimLeft(row, " ")
		}
		var value []byte
		if len(start) > 0 && start[0] == '"' {
			rest, closed := start[1:], false
			if value, rest, closed = quoted(rest); !closed {
				return nil, false
			}
			row = bytes.TrimLeft(rest, " ")
			if len(row) > 0 && row[0] != comma {
				return nil, false
			}
		} else {
			end := bytes.IndexByte(row, comma)
			if end < 0 {
				end = len(row)
			}
			if value = row[:end]; bytes.IndexByte(value, '"') >= 0 {
				return nil, false
			}
			row = row[end:]
		}
		values = append(values, string(value))
		if len(row) == 0 {
			return values, true
		}
		row = row[1:]
	}
}

// quoted reads a value behind its opening quote.
func quoted(text []byte) (value, rest []byte, closed bool) {
	for {
		end := bytes.IndexByte(text, '"')
		if end < 0 {
			return nil, nil, false
		}
		value = append(value, text[:end]...)
		text = text[end+1:]
		if len(text) == 0 || text[0] != '"' {
			return value, text, true
		}
		value = append(value, '"')
		text = text[1:]
	}
}
