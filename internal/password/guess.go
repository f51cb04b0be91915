package password

import (
	_ "embed" // for the list of words
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// words is about 98,000 common passwords, words and names of four bytes and more,
// 64,000 of them of eight and more, which is the least a password may have. They are
// in lower case, sorted, one on each line; blocklist/make.sh says where they come
// from. The list is searched where it lies in the program's read-only pages, so that
// it costs no heap.
//
//go:embed blocklist/words.txt
var words string

// The worth of the pieces of a password in bits: the logarithm of how many
// others an attacker would have to try in its place.
const (
	bitsWord   = 15.7 // one of the 54,000 most likely; the rarer ones count no more
	bitsName   = 1.0  // a word about this user or site
	bitsRepeat = 1.0  // once more the same, or the next in a sequence
	bitsYear   = 7.0  // 1900 to 2099, with a preference for our lifetime
	bitsDigit  = 3.3  // one of 10, in a number of three and more
	bitsLower  = 4.7  // one of 26
	bitsOther  = 5.0  // a sign
	bitsUpper  = 5.7  // one of 52, or a letter of another alphabet
)

// minBits is what a password must be worth. Eight random small letters are
// (37.6), since a site may set the minimum length to eight; two common words, or
// one with six digits behind it, are not.
const minBits = 37.0

const (
	shortestListed = 4
	longestListed  = 20
)

// guessBits estimates from below, in bits, the work of guessing password: the
// cheapest way to put it together from common words, names, repetitions,
// sequences, years and single characters. So a word alone, doubled, in capitals,
// with digits for letters or with a number around it stays cheap, although none
// of these spellings is in the list. Names are in lower case and sorted. It takes
// some milliseconds for the longest password allowed.
func guessBits(password string, names []string) float64 {
	g := newGuess(password)
	best := make([]float64, len(g.runes)+1)
	for end := 1; end <= len(g.runes); end++ {
		best[end] = best[end-1] + g.charBits(end-1)
		for length := 2; length <= end; length++ {
			start := end - length
			bits, found := g.pieceBits(start, end, names)
			if found {
				best[end] = min(best[end], best[start]+bits)
			}
		}
	}
	return best[len(g.runes)]
}

// guess is a password prepared for taking apart.
type guess struct {
	runes []rune
	// spellings are the password in lower case as it is, and with the usual
	// replacements of letters undone, 1 being i or l.
	spellings [3]spelling
}

// spelling is a text and the offset of each of its runes and of its end.
type spelling struct {
	text string
	at   []int
}

func newGuess(password string) guess {
	g := guess{runes: []rune(password)}
	for i, r := range g.runes {
		g.runes[i] = narrow(r)
	}
	g.spellings[0] = spell(g.runes, unicode.ToLower)
	for i, one := range []rune{'i', 'l'} {
		g.spellings[i+1] = spell(g.runes, func(r rune) rune { return plainLetter(unicode.ToLower(r), one) })
	}
	return g
}

// narrow returns the plain form of a full-width or otherwise dressed letter, of
// a ligature its first. One rune stays one: ﷺ alone is 18 in NFKC, and 256 of
// them would hold a core for half a second.
func narrow(r rune) rune {
	return []rune(norm.NFKC.String(string(r)))[0]
}

func spell(runes []rune, as func(rune) rune) spelling {
	var text strings.Builder
	at := make([]int, 0, len(runes)+1)
	for _, r := range runes {
		at = append(at, text.Len())
		text.WriteRune(as(r))
	}
	return spelling{text.String(), append(at, text.Len())}
}

// charBits is the worth of the rune at i by itself.
func (g guess) charBits(i int) float64 {
	r := g.runes[i]
	switch {
	case g.continues(i):
		return bitsRepeat
	case digit(r) && g.inNumber(i):
		return bitsDigit
	case digit(r), r >= 'a' && r <= 'z':
		return bitsLower
	case unicode.IsLetter(r):
		return bitsUpper
	}
	return bitsOther
}

// continues reports that the rune at i goes on with aaa, abc or cba.
func (g guess) continues(i int) bool {
	if i < 2 {
		return false
	}
	step := g.runes[i] - g.runes[i-1]
	return step >= -1 && step <= 1 && step == g.runes[i-1]-g.runes[i-2]
}

// inNumber reports that the digit at i is one of at least three in a row.
func (g guess) inNumber(i int) bool {
	first, last := i, i
	for first > 0 && digit(g.runes[first-1]) {
		first--
	}
	for last+1 < len(g.runes) && digit(g.runes[last+1]) {
		last++
	}
	return last-first >= 2
}

// pieceBits is the worth of runes start to end as one piece, if it is one.
func (g guess) pieceBits(start, end int, names []string) (bits float64, found bool) {
	if length := end - start; start >= length && g.same(start-length, start, length) {
		return bitsRepeat, true
	}
	for _, spelling := range g.spellings {
		piece := spelling.text[spelling.at[start]:spelling.at[end]]
		_, isName := slices.BinarySearch(names, piece)
		switch {
		case isName:
			return bitsName, true
		case isYear(piece):
			return bitsYear, true
		case listed(piece):
			return bitsWord, true
		}
	}
	return 0, false
}

func (g guess) same(a, b, length int) bool {
	for i := range length {
		if g.runes[a+i] != g.runes[b+i] {
			return false
		}
	}
	return true
}

func isYear(s string) bool {
	return len(s) == 4 && (s[:2] == "19" || s[:2] == "20") && digit(rune(s[2])) && digit(rune(s[3]))
}

func digit(r rune) bool { return r >= '0' && r <= '9' }

// listed reports whether word is in the list, by binary search over its bytes.
func listed(word string) bool {
	if len(word) < shortestListed || len(word) > longestListed {
		return false
	}
	low, high := 0, len(words)
	for low < high {
		middle := low + (high-low)/2
		start := low + strings.LastIndexByte(words[low:middle], '\n') + 1
		end := start + strings.IndexByte(words[start:], '\n')
		switch line := words[start:end]; {
		case line == word:
			return true
		case line < word:
			low = end + 1
		default:
			high = start
		}
	}
	return false
}
