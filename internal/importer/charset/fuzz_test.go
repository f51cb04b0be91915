package charset

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

// FuzzDecode: what is read is UTF-8. UTF-8 stays as it is, and the same text in UTF-16 gives
// the same.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{"name,email\nGrüße,a@b\n", "\xff\xfea\x00", "\xfe\xff\x00a", "\xef\xbb\xbfa", "a\x00b\x00", "\xffa", "PK\x03\x04", "\xff\xfe\x00\xd8", "é", ""} {
		f.Add([]byte(s))
	}
	read := func(raw []byte) (string, error) {
		r, err := Decode(bufio.NewReaderSize(bytes.NewReader(raw), Buffer))
		if err != nil {
			return "", err
		}
		text, err := io.ReadAll(r)
		return string(text), err
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		text, err := read(raw)
		if err != nil {
			return
		}
		if !utf8.ValidString(text) {
			t.Fatalf("%q is read as %q", raw, text)
		}
		if plain := strings.TrimPrefix(string(raw), ByteOrderMark); utf8.Valid(raw) && text != plain && text != strings.TrimPrefix(plain, ByteOrderMark) {
			t.Errorf("%q is UTF-8 and is read as %q", raw, text)
		}
		if strings.HasPrefix(text, ByteOrderMark) || strings.ContainsRune(text, 0) {
			return // a mark of its own, and what is no text
		}
		wide := []byte{0xff, 0xfe}
		for _, unit := range utf16.Encode([]rune(text)) {
			wide = binary.LittleEndian.AppendUint16(wide, unit)
		}
		if again, err := read(wide); err != nil || again != text {
			t.Errorf("%q in UTF-16 is %q, %v", text, again, err)
		}
	})
}
