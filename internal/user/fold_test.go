package user

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// finds says what the search does with the folded texts.
func finds(name, typed string) bool {
	words, text := SearchWords(typed), SearchText("someone", name, "")
	return len(words) > 0 && !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}

func TestFold_FindsNamesAsPeopleTypeThem(t *testing.T) {
	t.Parallel()
	for name, typed := range map[string][]string{
		"Γιώργος Σεφέρης":   {"ΓΙΏΡΓΟΣ", "ΓΙΩΡΓΟΣ", "γιωργος", "Γιώργοσ", "ωργος", "σεφερης γιώργος", "Σ"},
		"ΓΙΏΡΓΟΣ":           {"Γιώργος", "γιωργος"},
		"Zoë Straße":        {"zoe", "strasse", "STRASSE", "STRAẞE", "straße", "ss", "ë"},
		"Strasse":           {"straße", "ß"},
		"Adèle Lindström":   {"lindstrom adele", "LINDSTRÖM", "lindstroem", "lindstro\u0308m", "ELE", "è"},
		"Åse Sørensen":      {"ase", "aase", "sorensen", "soerensen", "SØREN"},
		"Łukasz Đorđević":   {"lukasz", "dordevic", "ŁUKASZ"},
		"Þóra Æsa Guðrún":   {"thora", "aesa", "gudrun", "ÆSA"},
		"İbrahim Işık":      {"ibrahim", "isik", "IŞIK", "İBRAHİM", "ışık"},
		"Nguyễn Văn Đức":    {"nguyen", "van duc", "NGUYỄN"},
		"Ｂｏｂ ﬁtz":           {"bob", "fitz", "ＦＩＴＺ"},
		"Королёв Андрей":    {"королев", "КОРОЛЁВ", "андреи"},
		"欧阳娜娜":              {"娜娜", "阳", "欧阳 娜娜"},
		"欧阳 娜娜":             {"欧阳娜娜", "阳娜"},
		"김민수":               {"민수", "수", "김 민수", "\u1106\u1175\u11ab"},
		"ﾀﾅｶ ジロウ":           {"タナカ", "たなか", "じろう", "ジロウ"},
		"محمد أحمد":         {"احمد", "أحمد", "مُحَمَّد", "محمـد"},
		"علی رضایی":         {"علي", "على", "رضا"},
		"שָׁלוֹם כהן":       {"שלום", "שלומ", "כהנ"},
		"O’Brien":           {"o'brien", "O´Brien", "o`b"},
		"Jean–Luc":          {"jean-luc", "luc jean"},
		"Room ٤٢":           {"42", "٤2", "４２"},
		"Gal·la":            {"galla", "gal·la"},
		"क़मर":              {"क़", "मर"},
		"Kɔfi Əliyev":       {"kofi", "eliyev"},
		"Ada Lovelace":      {"Lovelace, Ada", `"ada"`, "<ada>", "a", "ada ada", "(lovelace)"},
		"a, b":              {",", "b,"},
		"Mіхаїл":            {"МІХАЇЛ"[len("М"):]},
		"x\u200Bad\u00ADer": {"xader"},
	} {
		for _, one := range typed {
			if !finds(name, one) {
				t.Errorf("%q is not found by %q: %q in %q", name, one, SearchWords(one), SearchText("someone", name, ""))
			}
		}
	}
}

func TestFold_KeepsLettersApart(t *testing.T) {
	t.Parallel()
	for name, typed := range map[string]string{
		"かき": "がぎ", "민수": "미", "Ada Lovelace": "ada hopper", "ab cd": "bc", "anna": "ann\x00", "Ada": "\u0301", "bob": "bob.", "कि": "की",
	} {
		if finds(name, typed) {
			t.Errorf("%q is found by %q", name, typed)
		}
	}
	if SearchWords(" \t\u00a0") != nil {
		t.Error("a blank text has words")
	}
}

func TestSearchText_KeepsItsLinesApart(t *testing.T) {
	t.Parallel()
	if got := SearchText("ada", "Ada Lövelace", "ADA@Example.org"); got != "ada\nada lovelace\nada loevelace\nada@example.org" {
		t.Errorf("%q", got)
	}
	if got := SearchText("ada", "", ""); got != "ada" {
		t.Errorf("%q", got)
	}
}

// TestFold_EveryCharacterOnce: folded once more it stays as it is, and so does one in another case beside it.
func TestFold_EveryCharacterOnce(t *testing.T) {
	t.Parallel()
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		once := Fold(string(r))
		if twice := Fold(once); twice != once {
			t.Errorf("%U: %q, then %q", r, once, twice)
		}
		if lower, upper := unicode.ToLower(r), unicode.ToUpper(r); unicode.Is(unicode.Cherokee, r) && (Fold(string(lower)) != once || Fold(string(upper)) != once) {
			t.Errorf("%U: %q, and %q in small, %q in capital letters", r, once, Fold(string(lower)), Fold(string(upper)))
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"Γιώργος", "ß", "김민수", "ǰ", "ΐ", "ẛ̣", "İ", "\xff", "ﷺ", "ｶﾞ", "ʼn", "\u0345"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := Fold(s)
		if twice := Fold(once); twice != once || !utf8.ValidString(once) {
			t.Errorf("%q: %q, then %q", s, once, twice)
		}
		for _, w := range SearchWords(s) {
			if w == "" || strings.ContainsAny(w, " \n\x00") {
				t.Errorf("%q: the word %q", s, w)
			}
		}
	})
}
