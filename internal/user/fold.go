package user

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Searching folds what it compares much further than [CanonicalName] does: "ΓΙΏΡΓΟΣ",
// "Γιώργος" and "γιωργος" are one text here, while they stay three at sign-in. A fold
// may only make two spellings of one name alike; what it makes alike by accident is
// found once too often, which does less harm than a name that is not found.

// SearchText is what the search looks through: username, name and address, folded, each
// on a line of its own, so that nothing is found across two of them. A name whose
// umlauts many people write with an e stands there in both spellings.
func SearchText(username, name, email string) string {
	lines := []string{Fold(username)}
	if folded := joinCJK(Fold(name)); folded != "" {
		lines = append(lines, folded)
		if spelled := joinCJK(Fold(umlauts.Replace(norm.NFC.String(name)))); spelled != folded {
			lines = append(lines, spelled)
		}
	}
	if email != "" {
		lines = append(lines, Fold(email))
	}
	return strings.Join(lines, "\n")
}

// SearchWords are the words of what somebody typed to search for, folded as
// [SearchText] is; each has to be found. Commas, brackets and quotation marks around a
// word are left away, as in "Lovelace, Ada" or "Ada <ada@example.org>", unless there is
// nothing else. It returns nil only for a blank text.
func SearchWords(typed string) []string {
	raw := strings.Fields(Fold(typed))
	if len(raw) == 0 && strings.TrimSpace(typed) != "" {
		return strings.Fields(CanonicalName(typed)) // a mark alone, say: nobody has it
	}
	var words []string
	for _, w := range raw {
		if w = strings.Trim(w, `,;<>()"`); w != "" {
			words = append(words, w)
		}
	}
	if len(words) == 0 {
		words = raw
	}
	return withoutParts(words)
}

// withoutParts leaves out words that another one holds.
func withoutParts(words []string) []string {
	var all []string
	for i, w := range words {
		held := slices.ContainsFunc(words[:i], func(other string) bool { return strings.Contains(other, w) }) ||
			slices.ContainsFunc(words[i+1:], func(other string) bool { return other != w && strings.Contains(other, w) })
		if !held {
			all = append(all, w)
		}
	}
	return all
}

// Fold returns s as the search compares it: compatibility forms (widths, ligatures) as
// plain ones, capitals by full case folding (ß as ss, every sigma alike), without the
// accents of Latin, Greek and Cyrillic letters and the vowel points of Arabic and
// Hebrew, letters that people type plainly (ø, ł, ı) as they type them, katakana as
// hiragana, digits of all scripts as 0 to 9, typographic quotes and dashes as those of
// a keyboard, single spaces. Hangul syllables stay whole, and か stays another
// letter than が. Folding twice changes nothing more.
func Fold(s string) string {
	s = norm.NFKD.String(strings.ToValidUTF8(spacing.Replace(s), "\uFFFD"))
	s = norm.NFKD.String(cases.Fold().String(s))
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		foldRune(&b, r)
	}
	return strings.Join(strings.Fields(norm.NFC.String(b.String())), " ")
}

func foldRune(b *strings.Builder, r rune) {
	if plain, ok := plainly[r]; ok {
		b.WriteString(plain)
		return
	}
	switch {
	case r < 0x80 && r >= ' ' && r < 0x7F:
		b.WriteRune(r)
	case unicode.IsSpace(r):
		b.WriteByte(' ')
	case unicode.IsControl(r):
		b.WriteRune(unicode.ReplacementChar) // in no name
	case unicode.Is(dropped, r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Variation_Selector, r):
	case r >= 'ァ' && r <= 'ヶ':
		b.WriteRune(r - 'ァ' + 'ぁ')
	case unicode.Is(unicode.Nd, r):
		b.WriteByte('0' + decimal(r))
	// Cherokee folds to its capitals (CaseFolding.txt), where package cases swaps the two.
	case r >= 0xAB70 && r <= 0xABBF:
		b.WriteRune(r - 0xAB70 + 0x13A0)
	case r >= 0x13F8 && r <= 0x13FD:
		b.WriteRune(r - 0x13F8 + 0x13F0)
	default:
		b.WriteRune(r)
	}
}

// decimal is the value of a decimal digit: they stand in tens in Unicode, and the ranges
// of the table begin at a zero.
func decimal(r rune) byte {
	for _, t := range unicode.Nd.R16 {
		if uint32(r) >= uint32(t.Lo) && uint32(r) <= uint32(t.Hi) {
			return byte((uint32(r) - uint32(t.Lo)) % 10)
		}
	}
	for _, t := range unicode.Nd.R32 {
		if uint32(r) >= t.Lo && uint32(r) <= t.Hi {
			return byte((uint32(r) - t.Lo) % 10)
		}
	}
	return 0
}

// dropped are the marks that people leave away when they type a name: accents, Arabic
// and Hebrew and Syriac points. Marks that make another letter or vowel, as those of kana
// and of Indian scripts, are none of them.
var dropped = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x0300, Hi: 0x036F, Stride: 1}, {Lo: 0x0483, Hi: 0x0489, Stride: 1}, {Lo: 0x0591, Hi: 0x05BD, Stride: 1},
	{Lo: 0x05BF, Hi: 0x05BF, Stride: 1}, {Lo: 0x05C1, Hi: 0x05C2, Stride: 1}, {Lo: 0x05C4, Hi: 0x05C5, Stride: 1},
	{Lo: 0x05C7, Hi: 0x05C7, Stride: 1}, {Lo: 0x0610, Hi: 0x061A, Stride: 1}, {Lo: 0x0640, Hi: 0x0640, Stride: 1},
	{Lo: 0x064B, Hi: 0x065F, Stride: 1}, {Lo: 0x0670, Hi: 0x0670, Stride: 1}, {Lo: 0x06D6, Hi: 0x06DC, Stride: 1},
	{Lo: 0x06DF, Hi: 0x06E8, Stride: 1}, {Lo: 0x06EA, Hi: 0x06ED, Stride: 1}, {Lo: 0x0711, Hi: 0x0711, Stride: 1},
	{Lo: 0x0730, Hi: 0x074A, Stride: 1}, {Lo: 0x08CA, Hi: 0x08E1, Stride: 1}, {Lo: 0x08E3, Hi: 0x08FF, Stride: 1},
	{Lo: 0x115F, Hi: 0x1160, Stride: 1}, {Lo: 0x1AB0, Hi: 0x1AFF, Stride: 1}, {Lo: 0x1DC0, Hi: 0x1DFF, Stride: 1},
	{Lo: 0x20D0, Hi: 0x20F0, Stride: 1}, {Lo: 0x30FB, Hi: 0x30FB, Stride: 1}, {Lo: 0xFE20, Hi: 0xFE2F, Stride: 1},
}}

// spacing are signs that stand for an apostrophe and that a compatibility form would
// turn into a space with a mark.
var spacing = strings.NewReplacer("´", "'", "΄", "'", "᾽", "'", "᾿", "'", "῾", "'", "`", "'")

// plainly is how people type letters and signs that no decomposition leads back to.
var plainly = map[rune]string{
	'æ': "ae", 'œ': "oe", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ı': "i", 'ħ': "h", 'ŧ': "t", 'ŋ': "n", 'ĸ': "k",
	'ə': "e", 'ɛ': "e", 'ǝ': "e", 'ɔ': "o", 'ɵ': "o", 'ɨ': "i", 'ɩ': "i", 'ʉ': "u", 'ʊ': "u", 'ɓ': "b", 'ƀ': "b", 'ɖ': "d", 'ɗ': "d", 'ƙ': "k", 'ƴ': "y",
	'ƭ': "t", 'ƈ': "c", 'ȼ': "c", 'ɠ': "g", 'ǥ': "g", 'ɣ': "g", 'ƥ': "p", 'ɲ': "n", 'ƞ': "n", 'ƚ': "l", 'ɫ': "l", 'ɍ': "r", 'ɏ': "y", 'ƶ': "z", 'ⱥ': "a", 'ⱦ': "t", 'ʋ': "v", 'ʃ': "s", 'ʒ': "z",
	// the letters at the end of a Hebrew word, as the sigma at the end of a Greek one
	'ך': "כ", 'ם': "מ", 'ן': "נ", 'ף': "פ", 'ץ': "צ",
	// Arabic letters that keyboards and habits mix up, of Persian and Urdu too
	'ى': "ي", 'ی': "ي", 'ې': "ي", 'ے': "ي", 'ک': "ك", 'ة': "ه", 'ە': "ه", 'ہ': "ه", 'ھ': "ه", 'ٱ': "ا",
	'`': "'", '‘': "'", '’': "'", '‛': "'", '′': "'", 'ʹ': "'", 'ʻ': "'", 'ʼ': "'", 'ʽ': "'", 'ʾ': "'", 'ʿ': "'", '׳': "'", 'ꞌ': "'", '“': `"`, '”': `"`, '„': `"`, '«': `"`, '»': `"`, '״': `"`,
	'‐': "-", '‒': "-", '–': "-", '—': "-", '―': "-", '−': "-", '־': "-", '·': "",
}

// umlauts are how German and the Nordic languages write these letters where a keyboard
// has none.
var umlauts = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "å", "aa", "ø", "oe", "Ä", "Ae", "Ö", "Oe", "Ü", "Ue", "Å", "Aa", "Ø", "Oe")

// joinCJK takes the spaces out between Chinese, Japanese and Korean letters: the same
// name is written with and without, and a search for its parts finds it either way.
func joinCJK(s string) string {
	runes := []rune(s)
	return string(slices.Collect(func(yield func(rune) bool) {
		for i, r := range runes {
			between := r == ' ' && i > 0 && i+1 < len(runes) && cjk(runes[i-1]) && cjk(runes[i+1])
			if !between && !yield(r) {
				return
			}
		}
	}))
}

func cjk(r rune) bool {
	return r >= 0x1100 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}
