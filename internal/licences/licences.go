// Package licences holds the licences of everything that is in the program: the modules
// that are linked, Go itself, SQLite, the fonts and the lists of words.
//
// The text is written by `make licences` and kept compressed, so that a server that is
// never asked for it carries a few unread pages of its file and no memory for it.
package licences

import (
	"bytes"
	"compress/gzip"
	_ "embed" // for the texts
	"io"
)

//go:embed licences.txt.gz
var compressed []byte

// WriteTo writes the list of all parts with their licences, and then the texts. It fails
// if w does.
func WriteTo(w io.Writer) error {
	text, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return err
	}
	_, err = io.Copy(w, text)
	return err
}
