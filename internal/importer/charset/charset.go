// Package charset turns the text of a stranger's file into UTF-8, or says what it is instead.
package charset

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"

	"latchkey/internal/problem"
)

// Buffer is how many bytes of a text are looked at together.
const Buffer = 32 << 10

// Decode returns a text as UTF-8 without its byte order mark. UTF-16 has to have
// one; anything else that is not UTF-8 is refused, by name as far as that can be
// told: read as if it were UTF-8, or as the one encoding that came to mind, names
// would be wrong for good. What is no text at all is refused at once, and bytes that
// are not UTF-8 when they are met.
func Decode(raw *bufio.Reader) (*bufio.Reader, error) {
	start, _ := raw.Peek(512) // an error will come again
	for _, f := range otherFiles() {
		if bytes.HasPrefix(start, []byte(f.start)) {
			return nil, badFile(f.message)
		}
	}
	var text io.Reader = &utf8Reader{from: raw, line: 1}
	switch {
	case bytes.HasPrefix(start, []byte(ByteOrderMark)):
		if _, err := raw.Discard(len(ByteOrderMark)); err != nil {
			return nil, err
		}
	case bytes.HasPrefix(start, []byte("\xff\xfe")), bytes.HasPrefix(start, []byte("\xfe\xff")):
		text = &utf16Reader{from: unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM).NewDecoder().Reader(raw), line: 1}
	case everySecondIsZero(start):
		return nil, badFile("This file looks like UTF-16 but has no byte order mark. " + saveAsUTF8)
	case bytes.HasPrefix(start, []byte("\x00\x00")): // a device may go on like this for ever
		return nil, badFile("This file is not a text: it begins with zero bytes.")
	}
	out := bufio.NewReaderSize(text, Buffer)
	if start, _ := out.Peek(len(ByteOrderMark)); string(start) == ByteOrderMark { // a converter wrote a second one
		_, _ = out.Discard(len(ByteOrderMark))
	}
	return out, nil
}

// ByteOrderMark is what some programs put before UTF-8.
const ByteOrderMark = "\ufeff"

// badFile is a fault of the whole file, for people.
func badFile(message string) error { return problem.Field("file", message) }

// saveAsUTF8 is what to do about another encoding.
const saveAsUTF8 = `In Excel, choose "CSV UTF-8" when you save the file; in other programs, choose UTF-8.`

// otherFiles are the beginnings of files that people take for lists of users.
func otherFiles() []struct{ start, message string } {
	const sheet = `This file is a spreadsheet, not a CSV file. In your spreadsheet program, save the sheet as "CSV UTF-8" and choose that file.`
	return []struct{ start, message string }{
		{"PK\x03\x04", sheet}, {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", sheet},
		{"\xff\xfe\x00\x00", "This file is UTF-32. " + saveAsUTF8}, {"\x00\x00\xfe\xff", "This file is UTF-32. " + saveAsUTF8},
		{"SQLite format 3\x00", "This file is an SQLite database. Read it as tutorial."},
		{"\x1f\x8b", "This file is compressed. Unpack it first."}, {"%PDF-", "This file is a PDF document, not a list of users."},
	}
}

// everySecondIsZero reports text of mostly ASCII characters in two bytes each.
func everySecondIsZero(start []byte) bool {
	var zeros [2]int
	for i, b := range start {
		if b == 0 {
			zeros[i%2]++
		}
	}
	most := max(zeros[0], zeros[1])
	return len(start) >= 4 && most > len(start)/4 && most > 4*min(zeros[0], zeros[1])
}

// utf8Reader passes UTF-8 on and fails at the first byte that is not.
type utf8Reader struct {
	from io.Reader
	line int
	rest []byte // the beginning of a character whose end has not come yet
	err  error
}

func (r *utf8Reader) Read(p []byte) (int, error) {
	if len(p) < utf8.UTFMax {
		return 0, io.ErrShortBuffer
	}
	if r.err != nil {
		return 0, r.err
	}
	n := copy(p, r.rest)
	got, err := r.from.Read(p[n:])
	n, r.err = n+got, err
	whole := n
	if err == nil {
		whole = wholeCharacters(p[:n])
	}
	r.rest = bytes.Clone(p[whole:n])
	good := validPrefix(p[:whole])
	r.line += bytes.Count(p[:good], []byte("\n"))
	if good < whole {
		r.err = badFile(r.notUTF8(p[:n]))
	}
	if good == 0 {
		return 0, r.err
	}
	return good, nil
}

// wholeCharacters is the length of text without a character that may go on.
func wholeCharacters(text []byte) int {
	for i := len(text) - 1; i >= max(0, len(text)-utf8.UTFMax+1); i-- {
		if utf8.RuneStart(text[i]) {
			if !utf8.FullRune(text[i:]) {
				return i
			}
			break
		}
	}
	return len(text)
}

func validPrefix(text []byte) int {
	if utf8.Valid(text) {
		return len(text)
	}
	n := 0
	for n < len(text) {
		r, size := utf8.DecodeRune(text[n:])
		if r == utf8.RuneError && size <= 1 {
			break
		}
		n += size
	}
	return n
}

func (r *utf8Reader) notUTF8(sample []byte) string {
	guess := ""
	if name := guessEncoding(sample); name != "" {
		guess = "; it may be " + name
	}
	return fmt.Sprintf("This file is not UTF-8%s. %s The first invalid character is in line %d.", guess, saveAsUTF8, r.line)
}

// utf16Reader passes decoded UTF-16 on and fails where it was torn: the decoder puts
// this character in the place of what it cannot read.
type utf16Reader struct {
	from io.Reader
	line int
	err  error
}

func (r *utf16Reader) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	n, err := r.from.Read(p)
	if i := bytes.IndexRune(p[:n], utf8.RuneError); i >= 0 {
		r.line += bytes.Count(p[:i], []byte("\n"))
		r.err = badFile(fmt.Sprintf("This file says that it is UTF-16, but line %d is not. %s", r.line, saveAsUTF8))
		return 0, r.err
	}
	r.line += bytes.Count(p[:n], []byte("\n"))
	return n, err
}
