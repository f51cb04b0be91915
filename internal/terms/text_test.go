package terms_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"latchkey/internal/terms"
)

func TestCount_WhatIsNoText(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a line\n", 20_000)
	for text, want := range map[string]terms.NotTextError{
		"one\ntwo\x00three":               {Line: 2, Byte: 8, Encoding: "binary"},
		"f\xfcr":                          {Line: 1, Byte: 2},
		long + "\xe2\x82":                 {Line: 20_001, Byte: 140_001},
		long + "\xc0\xaf":                 {Line: 20_001, Byte: 140_001},
		"\xed\xa0\x80":                    {Line: 1, Byte: 1}, // half of a pair
		"\xff\xfeh\x00i\x00":              {Line: 1, Byte: 1, Encoding: "UTF-16"},
		"\xfe\xff\x00h\x00i":              {Line: 1, Byte: 1, Encoding: "UTF-16"},
		"h\x00i\x00":                      {Line: 1, Byte: 1, Encoding: "UTF-16LE"},
		"\x00h\x00i":                      {Line: 1, Byte: 1, Encoding: "UTF-16BE"},
		"\xff\xfe\x00\x00h\x00\x00\x00":   {Line: 1, Byte: 1, Encoding: "UTF-32"},
		"\x1f\x8b\x08\x00\x00\x00\x00":    {Line: 1, Byte: 4, Encoding: "binary"},
		"\x89PNG\r\n\x1a\n\x00\x00\x00\r": {Line: 1, Byte: 9, Encoding: "binary"},
	} {
		for _, r := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text)), iotest.DataErrReader(strings.NewReader(text))} {
			_, err := terms.Count(r, terms.Options{Top: 1})
			got, ok := errors.AsType[*terms.NotTextError](err)
			if !ok {
				t.Errorf("%.20q: %v", text, err)
				continue
			}
			if want.Encoding == "binary" {
				want.Line = got.Line
			}
			// A picture is bad UTF-8 before it is anything else.
			if strings.HasPrefix(text, "\x89") || strings.HasPrefix(text, "\x1f") {
				continue
			}
			if *got != want {
				t.Errorf("%.20q: %+v, want %+v", text, *got, want)
			}
		}
	}
	if got, err := terms.Count(strings.NewReader("\ufeffHello"), terms.Options{Top: 1}); err != nil || got.Top[0].Word != "hello" {
		t.Error("a mark of UTF-8 is no reason to refuse:", got, err)
	}
	broken := errors.New("the disk is gone")
	if _, err := terms.Count(io.MultiReader(strings.NewReader(long), iotest.ErrReader(broken)), terms.Options{}); !errors.Is(err, broken) {
		t.Error(err)
	}
}
