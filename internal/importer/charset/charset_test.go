package charset

import (
	"bufio"
	"io"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"

	"latchkey/internal/problem"
)

// decode returns the whole of a text.
func decode(text string) (string, error) {
	reader, err := Decode(bufio.NewReader(strings.NewReader(text)))
	if err != nil {
		return "", err
	}
	all, err := io.ReadAll(reader)
	return string(all), err
}

// TestOtherEncodingsAreNamed never takes bytes for what they may not be.
func TestOtherEncodingsAreNamed(t *testing.T) {
	t.Parallel()
	const start = "username,name\n"
	for _, c := range []struct{ name, text, want string }{
		{"zeros", strings.Repeat("\x00", 5000), "begins with zero bytes."},
		{"cp1252", encode(t, charmap.Windows1252, start+"juergen,Jürgen Groß\nrenee,Renée Müller-Lüdenscheidt\n"), "may be Windows-1252 (Latin-1)."},
		{"cp1252 with quotes", encode(t, charmap.Windows1252, start+"juergen,“Jürgen” Groß – €\n"), "may be Windows-1252 (Latin-1)."},
		{"cp1252 with German quotes", encode(t, charmap.Windows1252, start+"zoe,Zoë „Zo“ M.\n"), "may be Windows-1252 (Latin-1)."},
		{"cp1250 with quotes", encode(t, charmap.Windows1250, start+"lukasz,Łukasz „Łuki” Wałęsa\n"), "may be Windows-1250"},
		{"cp1251 with quotes", encode(t, charmap.Windows1251, start+"ivan,Иван «Ваня» Петров – №\n"), "may be Windows-1251"},
		{"one letter", encode(t, charmap.ISO8859_1, start+"zoe,Zoë\n"), "may be Windows-1252 (Latin-1)."},
		{"late", encode(t, charmap.Windows1252, start+strings.Repeat("abc,Abc\n", 20000)+"jose,José\n"), "The first invalid character is in line 20002."},
		{"cp1250", encode(t, charmap.Windows1250, start+"lukasz,Łukasz Wałęsa\n"), "may be Windows-1250"},
		{"cp1251", encode(t, charmap.Windows1251, start+"ivan,Иван Петров\n"), "may be Windows-1251"},
		{"cp1253", encode(t, charmap.Windows1253, start+"giorgos,Γιώργος Παπαδόπουλος\n"), "may be Windows-1253"},
		{"mac", encode(t, charmap.Macintosh, start+"juergen,Jürgen Groß\nrenee,Renée Müller\n"), "may be Mac Roman"},
		{"dos", encode(t, charmap.CodePage850, start+"juergen,Jürgen Müller\njose,José\n"), "may be code page 850"},
		{"sjis", encode(t, japanese.ShiftJIS, start+"taro,山田 太郎\nhanako,佐藤 花子\n"), "may be Shift JIS"},
		{"gb", encode(t, simplifiedchinese.GB18030, start+"zhang,张伟\nli,李娜\n"), "may be GB18030"},
		{"utf16 without BOM", encode(t, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), start+"ada,Ada\n"), "looks like UTF-16 but"},
		{"utf16be without BOM", encode(t, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), start+"ada,Ada\n"), "looks like UTF-16 but"},
		{"torn utf16", encode(t, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), start+"ada,Ada\n") + "x", "says that it is UTF-16, but line 3 is not"},
		{"utf32", encode(t, utf32.UTF32(utf32.LittleEndian, utf32.UseBOM), start+"ada,Ada\n"), "This file is UTF-32."},
		{"xlsx", "PK\x03\x04\x14\x00\x06\x00", "This file is a spreadsheet"},
		{"json", encode(t, charmap.Windows1252, `[{"username":"jose","name":"José"}]`), "may be Windows-1252 (Latin-1)."},
		{"noise", start + "x,\x81\x8d\x8f\x90\x9d\n", "This file is not UTF-8"},
	} {
		_, err := decode(c.text)
		if p := problem.As(err); p == nil || p.Field != "file" || !strings.Contains(p.Message, c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func encode(t *testing.T, e encoding.Encoding, text string) string {
	t.Helper()
	out, err := e.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestUTF8AcrossReads has characters of all lengths on every place of a buffer.
func TestUTF8AcrossReads(t *testing.T) {
	t.Parallel()
	for shift := range 4 {
		text := "username,name\n" + strings.Repeat("x", shift) + "ada,A\n" + strings.Repeat("bob,aé娜😀\n", 9000)
		if got, err := decode(text); err != nil || got != text {
			t.Errorf("shifted by %d: %d bytes of %d, %v", shift, len(got), len(text), err)
		}
	}
}
