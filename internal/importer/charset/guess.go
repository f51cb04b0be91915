package charset

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// charset is an encoding that lists of people come in.
type charset struct {
	name string
	encoding.Encoding
}

// charsets are in the order in which they are believed: of two that explain a text
// equally well, the first.
func charsets() []charset {
	return []charset{
		{"Windows-1252 (Latin-1)", charmap.Windows1252}, {"Windows-1250 (Central European)", charmap.Windows1250},
		{"Windows-1251 (Cyrillic)", charmap.Windows1251}, {"Windows-1253 (Greek)", charmap.Windows1253},
		{"Mac Roman", charmap.Macintosh}, {"code page 850 (DOS)", charmap.CodePage850},
		{"Shift JIS (Japanese)", japanese.ShiftJIS}, {"GB18030 (Chinese)", simplifiedchinese.GB18030},
	}
}

// guessEncoding names the encoding that makes the best names of the words that have
// bytes beyond ASCII; "" if none makes any sense of them. It is only ever told to
// somebody who has to save the file anew, never used to read it.
func guessEncoding(sample []byte) string {
	words := bytes.FieldsFunc(sample, func(r rune) bool { return r < '0' })
	best, name := 0, ""
	for _, c := range charsets() {
		score := 0
		for _, word := range words[:min(len(words), 2000)] {
			if bytes.ContainsFunc(word, func(r rune) bool { return r > unicode.MaxASCII }) {
				score += plausible(c, word)
			}
		}
		if score > best {
			best, name = score, c.name
		}
	}
	return name
}

// plausible counts what in a decoded word looks like a name, against what does not:
// signs, capitals behind small letters, letters of two scripts, and, in languages
// written mostly in plain letters, two others beside each other.
func plausible(c charset, word []byte) int {
	text, err := c.NewDecoder().Bytes(word)
	if err != nil {
		return -len(word)
	}
	score := 0
	var before rune
	for i, r := range string(text) {
		high := r > unicode.MaxASCII
		switch {
		case r == utf8.RuneError || unicode.IsControl(r):
			score -= 4
		case high && (unicode.IsLetter(r) || r == '’'):
			score += 2
			switch {
			case r >= 0xFF61 && r <= 0xFF9F: // half-width, of one byte and rare
				score -= 2
			case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana): // of two bytes
				score += 2
			case strings.ContainsRune("оеаинтαοιετσςν", r): // the most frequent of their languages
				score++
			}
		case i == 0 && strings.ContainsRune("“„‘«", r), i > 0 && i+utf8.RuneLen(r) == len(text) && strings.ContainsRune("”“’»", r):
			score += 2 // quotes around a word
		case high && !strings.ContainsRune("–—…€№", r):
			score -= 2
		}
		if i > 0 && unicode.IsLetter(r) && unicode.IsLetter(before) && (high || before > unicode.MaxASCII) {
			score -= odd(before, r)
		}
		before = r
	}
	return score
}

// odd is what speaks against two letters beside each other.
func odd(a, b rune) int {
	latin := unicode.Is(unicode.Latin, a)
	switch {
	case latin != unicode.Is(unicode.Latin, b):
		return 4
	case unicode.IsLower(a) && unicode.IsUpper(b):
		return 4
	case latin && a > unicode.MaxASCII && b > unicode.MaxASCII:
		return 3
	}
	return 0
}
