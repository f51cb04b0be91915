package importer

import (
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// readJSON reads an array of objects, or objects one after the other.
func readJSON(file io.Reader, c *columns, next func(fields) error) error {
	lines := &lineReader{file: file}
	r := jsonReader{Decoder: json.NewDecoder(lines), lines: lines, columns: c}
	array := false
	for depth := 0; ; {
		token, err := r.Token()
		switch {
		case errors.Is(err, io.EOF) && depth == 0:
			return nil
		case err != nil:
			return r.bad(err)
		case token == json.Delim('[') && depth == 0 && !array:
			array = true
			depth++
		case token == json.Delim(']'):
			depth--
		case token == json.Delim('{') && (depth == 1) == array:
			f, err := r.object()
			if err == nil {
				err = next(f)
			}
			if err != nil {
				return err
			}
		default:
			return badFile("Line %d has something else than a list of users.", r.line())
		}
	}
}

// jsonReader is a decoder that knows its line.
type jsonReader struct {
	*json.Decoder
	lines   *lineReader
	columns *columns
}

func (r jsonReader) line() int { return r.lines.lineAt(r.InputOffset()) }

// object reads one user up to the closing brace. Keys are read one by one since
// the decoder would match them in any case and let the last of two win.
func (r jsonReader) object() (fields, error) {
	f := fields{number: r.line()}
	seen := map[string]string{}
	for {
		token, err := r.Token()
		if err != nil {
			return f, r.bad(err)
		}
		key, ok := token.(string)
		if !ok { // the closing brace
			return f, nil
		}
		column, err := r.columns.key(key, r.line())
		if err != nil {
			return f, err
		}
		if column.Field == "" {
			if err := r.skip(); err != nil {
				return f, err
			}
			continue
		}
		if before, twice := seen[column.Field]; twice {
			return f, twiceIn(r.line(), before, key)
		}
		seen[column.Field] = key
		value, err := r.value(column)
		if err != nil {
			return f, err
		}
		f.set(column, value)
	}
}

// skip passes over the value of a key that is no column of ours, whatever it is.
func (r jsonReader) skip() error {
	var value json.RawMessage
	if err := r.Decode(&value); err != nil {
		return r.bad(err)
	}
	return nil
}

// value reads the value of a column as text: a string, true or false, or null,
// which is empty.
func (r jsonReader) value(column Column) (string, error) {
	token, err := r.Token()
	if err != nil {
		return "", r.bad(err)
	}
	switch value := token.(type) {
	case nil:
		return "", nil
	case string:
		// The decoder puts this in the place of what is not UTF-8.
		if !strings.ContainsRune(value, utf8.RuneError) {
			return value, nil
		}
		return "", badFile("Line %d has text for %.40q that is not valid UTF-8.", r.line(), column.Given)
	case bool:
		if column.Field == "disabled" {
			return strconv.FormatBool(value), nil
		}
	case float64: // some systems have no other truth than 1
		if column.Field == "disabled" {
			return strconv.FormatFloat(value, 'f', -1, 64), nil
		}
	}
	return "", badFile("Line %d has a value of the wrong type for %.40q.", r.line(), column.Given)
}

func (r jsonReader) bad(err error) error {
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return badFile("Line %d is not valid JSON.", r.lines.lineAt(max(syntax.Offset, r.InputOffset())))
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return badFile("The JSON ends too early, in line %d.", r.line())
	}
	return err
}

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
