// Package terms counts the words of texts: which are the most frequent ones, and which
// have come up more often than before.
//
// A word is a run of letters, numbers and underscores of any script, in lower case, after
// the text was brought into Unicode's form NFC, so that an umlaut of one character and one of two
// are the same. Nothing here needs a network, a database or a clock.
package terms

import (
	"iter"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// MaxWord is how many characters of a word are looked at: 200. What is longer is no prose but a key or a
// broken file; it counts as one word and is known by its beginning.
//
//limit:terms Characters of a word that latchkey terms tells apart
const MaxWord = 200

// Words returns the words of a text one after the other. A byte that is no UTF-8 ends a word
// and belongs to none.
func Words(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		var w word
		for _, r := range norm.NFC.String(text) {
			if w.take(r) {
				continue
			}
			if len(w.text) > 0 && !yield(string(w.text)) {
				return
			}
			w.end()
		}
		if len(w.text) > 0 {
			yield(string(w.text))
		}
	}
}

// word is the word that is being read.
type word struct {
	text  []byte // in lower case
	runes int    // also of those that did not fit
}

// take adds a character to the word; false if it belongs to none.
func (w *word) take(r rune) bool {
	if r < utf8.RuneSelf {
		c := plain[r]
		if c == 0 {
			return false
		}
		if w.runes++; w.runes <= MaxWord {
			w.text = append(w.text, c)
		}
		return true
	}
	if r == utf8.RuneError || !unicode.IsLetter(r) && !unicode.IsNumber(r) {
		return false
	}
	if w.runes++; w.runes <= MaxWord {
		w.text = utf8.AppendRune(w.text, unicode.ToLower(r))
	}
	return true
}

func (w *word) end() { w.text, w.runes = w.text[:0], 0 }

// plain holds what each ASCII character is in a word, 0 for one that stands in none.
var plain = func() (table [utf8.RuneSelf]byte) {
	for c := range byte(utf8.RuneSelf) {
		switch {
		case c >= 'A' && c <= 'Z':
			table[c] = c + 'a' - 'A'
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '_':
			table[c] = c
		}
	}
	return table
}()
