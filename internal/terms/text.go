package terms

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"
)

// NotTextError says why something is not a text in UTF-8, and where.
type NotTextError struct {
	// Line and Byte are where it is noticed, both counted from 1 and in the whole text.
	Line, Byte int64
	// Encoding is what it seems to be: "UTF-16", "UTF-32", "binary", or "" for a text that is not
	// in UTF-8.
	Encoding string
}

// Error says what to do, for whoever typed a command.
func (e *NotTextError) Error() string {
	switch e.Encoding {
	case "binary":
		return fmt.Sprintf("not a text but binary data: byte %d is zero", e.Byte)
	case "":
		return fmt.Sprintf("not a text in UTF-8: line %d, byte %d of the text, is no character; "+
			"if it is an older text, convert it first: iconv -f WINDOWS-1252 -t UTF-8", e.Line, e.Byte)
	}
	return fmt.Sprintf("a text in %s, and only UTF-8 is read; convert it first: iconv -f %[1]s -t UTF-8", e.Encoding)
}

// textReader passes a text on and ends with a *NotTextError where it is none.
type textReader struct {
	r          io.Reader
	line, done int64
	begun      bool
	// held are the first bytes of a character whose others have not been read.
	held []byte
	err  error
}

// Read never ends within a character.
func (t *textReader) Read(p []byte) (int, error) {
	if len(p) <= utf8.UTFMax {
		return 0, io.ErrShortBuffer
	}
	for t.err == nil {
		n := copy(p, t.held)
		least := 1
		if !t.begun {
			least = utf8.UTFMax // its beginning says what kind of text it is
		}
		var read int
		read, t.err = io.ReadAtLeast(t.r, p[n:], least)
		if t.err == io.ErrUnexpectedEOF {
			t.err = io.EOF
		}
		piece, whole := p[:n+read], n+read
		if t.err == nil {
			whole = wholeRunes(piece)
		}
		t.held = append(t.held[:0], piece[whole:]...)
		if err := t.check(piece[:whole]); err != nil {
			t.err = err
			return 0, err
		}
		if whole > 0 {
			return whole, nil
		}
	}
	return 0, t.err
}

// wholeRunes is how many bytes of p are whole characters, as far as can be known.
func wholeRunes(p []byte) int {
	for i := 1; i < utf8.UTFMax && i <= len(p); i++ {
		if begin := len(p) - i; utf8.RuneStart(p[begin]) {
			if !utf8.FullRune(p[begin:]) {
				return begin
			}
			break
		}
	}
	return len(p)
}

// check looks at the next bytes of the text.
func (t *textReader) check(p []byte) error {
	if !t.begun {
		t.begun = true
		if e := begins(p); e != "" {
			return &NotTextError{Line: 1, Byte: 1, Encoding: e}
		}
	}
	if i := bytes.IndexByte(p, 0); i >= 0 {
		return &NotTextError{Line: t.lineAt(p[:i]), Byte: t.done + int64(i) + 1, Encoding: "binary"}
	}
	if !utf8.Valid(p) {
		i := 0
		for r, size := utf8.DecodeRune(p); r != utf8.RuneError || size > 1; r, size = utf8.DecodeRune(p[i:]) {
			i += size
		}
		return &NotTextError{Line: t.lineAt(p[:i]), Byte: t.done + int64(i) + 1}
	}
	t.line += int64(bytes.Count(p, []byte{'\n'}))
	t.done += int64(len(p))
	return nil
}

// lineAt is the line that follows the text so far and p.
func (t *textReader) lineAt(p []byte) int64 { return t.line + int64(bytes.Count(p, []byte{'\n'})) + 1 }

// begins tells texts in UTF-16 and UTF-32 by their first bytes: by their mark, or, without
// one, by zeros in every second place, as letters of the Latin script have them.
func begins(p []byte) string {
	switch {
	case bytes.HasPrefix(p, []byte{0xff, 0xfe, 0, 0}), bytes.HasPrefix(p, []byte{0, 0, 0xfe, 0xff}):
		return "UTF-32"
	case bytes.HasPrefix(p, []byte{0xff, 0xfe}), bytes.HasPrefix(p, []byte{0xfe, 0xff}):
		return "UTF-16"
	case len(p) < 4:
		return ""
	case p[0] != 0 && p[1] == 0 && p[2] != 0 && p[3] == 0:
		return "UTF-16LE"
	case p[0] == 0 && p[1] != 0 && p[2] == 0 && p[3] != 0:
		return "UTF-16BE"
	}
	return ""
}
