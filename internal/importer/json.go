package importer

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"latchkey/internal/importer/tutorial"
)

// readJSON reads an array of objects, objects one after the other (JSON lines), or an
// object that has the array under "users". A row is an element: of a file in one line
// a number of lines would find nothing. What is wrong with one element makes a bad row.
func readJSON(file io.Reader, c *columns, next func(fields) error) error {
	lines := &lineReader{file: file}
	r := &jsonReader{Decoder: json.NewDecoder(lines), lines: lines, columns: c, next: next}
	r.UseNumber()
	for {
		token, err := r.Token()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return r.bad(err)
		case token == json.Delim('['):
			if r.number > 0 {
				return r.notUsers()
			}
			if err := r.array(); err != nil {
				return err
			}
			return r.nothingMore()
		case token == json.Delim('{'):
			if err := r.element(token); err != nil {
				return err
			}
			if r.wrapped {
				return r.nothingMore()
			}
		default:
			return r.notUsers()
		}
	}
}

// jsonReader is a decoder that knows its line, and the number of the element.
type jsonReader struct {
	*json.Decoder
	lines   *lineReader
	columns *columns
	next    func(fields) error
	number  int
	// inArray says that this is in a list; wrapped, that the list stood under "users".
	inArray, wrapped bool
}

// around reports whether this is in the object that the list stood in.
func (r *jsonReader) around() bool { return r.wrapped && !r.inArray }

func (r *jsonReader) line() int { return r.lines.lineAt(r.InputOffset()) }

func (r *jsonReader) notUsers() error {
	return badFile("Line %d has something other than a list of users.", r.line())
}

// nothingMore makes sure that the file ends behind its list.
func (r *jsonReader) nothingMore() error {
	switch _, err := r.Token(); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return r.bad(err)
	}
	return r.notUsers()
}

// array reads the elements of a list up to its closing bracket.
func (r *jsonReader) array() error {
	r.inArray = true
	defer func() { r.inArray = false }()
	for {
		token, err := r.Token()
		if err != nil || token == json.Delim(']') {
			return r.bad(err)
		}
		if err := r.element(token); err != nil {
			return err
		}
	}
}

// element reads one element whose first token is this.
func (r *jsonReader) element(token json.Token) error {
	r.number++
	_ = r.line() // those before are forgotten
	f := fields{number: r.number}
	var err error
	if token == json.Delim('{') {
		err = r.object(&f)
	} else {
		f.broken = "This is not an object with the values of a user."
		err = r.finish(token)
	}
	if err != nil || r.around() {
		return err
	}
	return r.next(f)
}

// object reads one user up to the closing brace. Keys are read one by one since
// the decoder would match them in any case and let the last of two win. An object
// around a list of users is read through instead.
func (r *jsonReader) object(f *fields) error {
	seen := map[string]string{}
	for {
		token, err := r.Token()
		if err != nil {
			return r.bad(err)
		}
		key, ok := token.(string)
		if !ok { // the closing brace
			return nil
		}
		value, err := r.Token()
		if err != nil {
			return r.bad(err)
		}
		switch {
		case value == json.Delim('[') && !r.inArray && !r.wrapped && r.number == 1 && len(seen) == 0 && strings.EqualFold(key, "users"):
			r.wrapped, r.number, r.columns.list, r.columns.known = true, 0, nil, nil
			err = r.array()
		case r.around():
			err = r.finish(value)
		default:
			err = r.member(f, seen, key, value)
		}
		if err != nil {
			return err
		}
	}
}

// member puts the value of a key under its column.
func (r *jsonReader) member(f *fields, seen map[string]string, key string, value json.Token) error {
	column, err := r.columns.key(key)
	if err != nil {
		return err
	}
	text, ok := textOf(column, value)
	if column.Field == "groups" && value == json.Delim('[') {
		text, ok, err = r.names()
	} else {
		err = r.finish(value)
	}
	if err != nil || column.Field == "" {
		return err
	}
	before, twice := seen[column.Field]
	seen[column.Field] = key
	switch {
	case twice && before == key:
		f.broken = fmt.Sprintf("It has %q twice.", key)
	case twice:
		f.broken = fmt.Sprintf("It has two values with the same meaning: %q and %q.", before, key)
	case !ok:
		f.broken = fmt.Sprintf("The value of %q is of the wrong type.", key)
	case strings.ContainsRune(text, utf8.RuneError): // the decoder puts this in the place of half a character
		f.broken = fmt.Sprintf("The value of %q has a character that was damaged.", key)
	case len(text) > tutorial.MaxValue:
		f.broken = fmt.Sprintf("A value is longer than %d characters.", tutorial.MaxValue)
	default:
		f.set(column, text)
	}
	return nil
}

// names reads a list of names up to its closing bracket, as a text with commas between; ok is
// false if anything else is in it.
func (r *jsonReader) names() (text string, ok bool, err error) {
	for ok = true; ; {
		token, err := r.Token()
		name, is := token.(string)
		switch {
		case err != nil || token == json.Delim(']'):
			return text, ok, r.bad(err)
		case !is:
			ok = false
			if err := r.finish(token); err != nil {
				return "", false, err
			}
		case len(text) <= tutorial.MaxValue: // more is refused anyway
			text += name + ","
		}
	}
}

// finish reads the rest of a value that began with this token, whatever is in it.
func (r *jsonReader) finish(token json.Token) error {
	for depth := 0; ; {
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
		if depth > maxDepth {
			return badFile("Line %d is nested too deeply.", r.line())
		}
		var err error
		if token, err = r.Token(); err != nil {
			return r.bad(err)
		}
	}
}

// textOf is the value of a column as text: a string, a number as it is written, or
// null, which is empty; true and false where they mean something.
func textOf(column Column, value json.Token) (text string, ok bool) {
	switch value := value.(type) {
	case nil:
		return "", true
	case string:
		return value, true
	case bool:
		return strconv.FormatBool(value), column.Field == "disabled"
	case json.Number:
		return value.String(), true
	}
	return "", false
}

// bad is an error of the decoder in words, if there is one.
func (r *jsonReader) bad(err error) error {
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return badFile("Line %d is not valid JSON, after %s.", r.lines.lineAt(max(syntax.Offset, r.InputOffset())), plural(r.number, "user"))
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return badFile("The JSON ends too early, on line %d, after %s.", r.line(), plural(r.number, "user"))
	}
	return err
}
