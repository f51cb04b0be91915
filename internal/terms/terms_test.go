package terms_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/terms"
)

func stop(t testing.TB, languages ...string) terms.StopWords {
	t.Helper()
	s, err := terms.Stop(languages...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestCount_TheParagraph gives the figures that NLTK 3.8 gives.
func TestCount_TheParagraph(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/nltk.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := terms.Counted{Words: 83, Kept: 49, Different: 42, Top: []terms.Term{
		{"language", 4}, {"natural", 2}, {"toolkit", 2}, {"nltk", 2}, {"processing", 2},
		{"commonly", 1}, {"suite", 1}, {"libraries", 1}, {"programs", 1}, {"symbolic", 1},
	}}
	for _, languages := range [][]string{{"english", "german"}, {"english"}} {
		for name, r := range map[string]io.Reader{"whole": bytes.NewReader(text), "in bytes": iotest.OneByteReader(bytes.NewReader(text))} {
			got, err := terms.Count(r, terms.Options{Top: 10, Stop: stop(t, languages...)})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, %v: %s", name, languages, diff)
			}
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                  "",
		"  \n\t":            "",
		"Für Über FÜR":      "für über für",
		"Fu\u0308r":         "für", // the umlaut in two characters
		"toolkit,plus":      "toolkit plus",
		"don't it’s":        "don t it s",
		"snake_case __ a-b": "snake_case __ a b",
		"٣ x² Ⅷ 1000":       "٣ x² ⅷ 1000",
		"日本語 テスト ελληνικά ΕΛΛΆΣ": "日本語 テスト ελληνικά ελλάσ",
		"a\x00b\xffc\xc3":                    "a b c",
		"\ufeffword":                         "word",
		"one\u00a0two\u200bthree":            "one two three",
		strings.Repeat("Ä", 250) + " b":      strings.Repeat("ä", 200) + " b",
		"<script>alert(1)</script> =1+1":     "script alert 1 script 1 1",
		"\u202eright to left\u202c \x1b[31m": "right to left 31m",
	} {
		if got := strings.Join(slices.Collect(terms.Words(text)), " "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	for range terms.Words("one two") {
		break // it can be left
	}
}

func TestStop(t *testing.T) {
	t.Parallel()
	both := stop(t, "english", "german")
	for _, w := range strings.Fields("the of was don t der die für über nicht ihr") {
		if !both[w] {
			t.Errorf("%q is none", w)
		}
	}
	// What people ask for help with is none in any list.
	for _, w := range strings.Fields("help new old number problem phone lost neu alt hilfe handy verloren") {
		if both[w] {
			t.Errorf("%q is one", w)
		}
	}
	e, g := stop(t, "english"), stop(t, "german")
	var shared []string
	for w := range e {
		if g[w] {
			shared = append(shared, w)
		}
	}
	slices.Sort(shared)
	if diff := cmp.Diff(strings.Fields("am an in so was will"), shared); diff != "" {
		t.Error(diff)
	}
	if len(stop(t)) != 0 {
		t.Error("no language has stop words")
	}
	if _, err := terms.Stop("english", "klingon"); err == nil || !strings.Contains(err.Error(), "english and german") {
		t.Error(err)
	}
	if more := g.With("bitte"); !more["bitte"] || g["bitte"] || !more["der"] {
		t.Error("With is not a copy with more")
	}
}

// TestCount_TiesInOrderOfFirstOccurrence with few and many words, in memory and merged from a file.
func TestCount_TiesInOrderOfFirstOccurrence(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	var text strings.Builder
	counts, order := map[string]int64{}, []string{}
	for range 20_000 {
		w := fmt.Sprintf("w%d", int(math.Abs(random.NormFloat64())*900))
		if counts[w]++; counts[w] == 1 {
			order = append(order, w)
		}
		text.WriteString(w + " ")
	}
	want := make([]terms.Term, len(order))
	for i, w := range order {
		want[i] = terms.Term{Word: w, Count: counts[w]}
	}
	slices.SortStableFunc(want, func(a, b terms.Term) int { return int(b.Count - a.Count) })
	for _, room := range []struct{ words, text int }{{1 << 20, 1 << 20}, {100, 1 << 20}, {1 << 20, 1000}, {1, 1000}} {
		for _, n := range []int{0, 1, 10, len(want) + 5} {
			got, err := terms.Count(strings.NewReader(text.String()), terms.Bound(terms.Options{Top: n, Scratch: scratch}, room.words, room.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want[:min(n, len(want))], got.Top); diff != "" || got.Words != 20_000 || got.Kept != 20_000 || got.Different != int64(len(want)) {
				t.Fatalf("room %v, top %d: %+v\n%s", room, n, got, diff)
			}
			if room.words == 1 && n == 0 {
				break // the slowest one
			}
		}
	}
	if _, err := terms.Count(strings.NewReader("a b"), terms.Bound(terms.Options{Top: 1}, 1, 10)); err == nil {
		t.Error("without a file, too many words are counted")
	}
	full := errors.New("no space")
	if _, err := terms.Count(strings.NewReader("a b"), terms.Bound(terms.Options{Scratch: func() (terms.Scratch, error) { return nil, full }}, 1, 10)); !errors.Is(err, full) {
		t.Error(err)
	}
}

func TestCount_LongWords(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 1<<20)
	got, err := terms.Count(strings.NewReader(long+" b "+long+"y"), terms.Options{Top: 3})
	if err != nil {
		t.Fatal(err)
	}
	want := terms.Counted{Words: 3, Kept: 3, Different: 2, Cut: 2, Top: []terms.Term{{long[:terms.MaxWord], 2}, {"b", 1}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

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

func TestRise(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, n, b, m int
		want       float64
	}{
		{12, 40, 20, 400, 21.7}, {3, 40, 1, 400, 10.3},
		{20, 400, 12, 40, 0},                                  // it falls
		{5, 10, 50, 100, 0},                                   // it stays
		{5, 10, 0, 0, 0}, {0, 0, 5, 10, 0}, {0, 10, 0, 10, 0}, // nothing to compare
		{10, 10, 0, 10, 27.7},                                      // 2·20·ln 2
		{11, 10, 0, 10, 0}, {-1, 10, 0, 10, 0}, {1, 10, -1, 10, 0}, // no such table
		{10, 10, 10, 10, 0}, // in all of them
	} {
		if got := terms.Rise(c.a, c.n, c.b, c.m); math.Abs(got-c.want) > 0.05 {
			t.Errorf("%+v: %.2f", c, got)
		}
	}
	// More of the same makes it surer, and never less than nothing.
	for a := 1; a < 100; a++ {
		if less, more := terms.Rise(a, 100, 0, 100), terms.Rise(a+1, 100, 0, 100); less <= 0 || more <= less {
			t.Errorf("%d: %v, then %v", a, less, more)
		}
	}
	for range 10_000 {
		n, m := rand.IntN(1<<30), rand.IntN(1<<30)
		if got := terms.Rise(rand.IntN(n+1), n, rand.IntN(m+1), m); got < 0 || math.IsNaN(got) || math.IsInf(got, 0) {
			t.Fatal(got)
		}
	}
}

// FuzzCount: whatever the bytes, nothing panics, a text is what Go takes for UTF-8 without zeros, the
// counts add up, the order is whole, and pieces and a small memory change nothing.
func FuzzCount(f *testing.F) {
	for _, s := range []string{"", "one two two", "Für fu\u0308r", "\xff\xfea\x00", "a\x00", "İI\u0307ß ẞ ǅ", "가\u1100\u1161", strings.Repeat("ab ", 300), "e\u0301\u0301\u0301", "ΑΣ ς"} {
		f.Add([]byte(s))
	}
	both := stop(f, "english", "german")
	f.Fuzz(func(t *testing.T, text []byte) {
		o := terms.Options{Top: 1 << 20, Stop: both, Scratch: scratch}
		got, err := terms.Count(bytes.NewReader(text), o)
		if _, no := errors.AsType[*terms.NotTextError](err); err != nil && !no {
			t.Fatal(err)
		}
		again, err2 := terms.Count(iotest.HalfReader(bytes.NewReader(text)), terms.Bound(o, 2, 1<<12))
		if fmt.Sprint(err) != fmt.Sprint(err2) && !strings.Contains(fmt.Sprint(err), "binary") {
			t.Fatalf("in pieces: %v, not %v", err2, err)
		}
		list := slices.Collect(terms.Words(string(text)))
		if err != nil {
			return
		}
		if diff := cmp.Diff(got, again); diff != "" {
			t.Fatal(diff)
		}
		if got.Words != int64(len(list)) || got.Different != int64(len(got.Top)) {
			t.Fatalf("%+v of %q", got, list)
		}
		first, sum := map[string]int{}, int64(0)
		for i, w := range list {
			if _, ok := first[w]; !ok {
				first[w] = i
			}
			if n := len([]rune(w)); n == 0 || n > terms.MaxWord || strings.Join(slices.Collect(terms.Words(w)), " ") != w {
				t.Fatalf("%q is no word", w)
			}
		}
		for i, term := range got.Top {
			sum += term.Count
			if both[term.Word] || term.Count < 1 {
				t.Fatalf("%+v", term)
			}
			if i > 0 && (got.Top[i-1].Count < term.Count || got.Top[i-1].Count == term.Count && first[got.Top[i-1].Word] >= first[term.Word]) {
				t.Fatalf("%+v stands before %+v", got.Top[i-1], term)
			}
		}
		if sum != got.Kept || got.Kept > got.Words {
			t.Fatalf("%d of %+v", sum, got)
		}
	})
}

// scratch stands in for a temporary file.
func scratch() (terms.Scratch, error) { return &memory{}, nil }

type memory struct{ bytes []byte }

func (m *memory) Write(p []byte) (int, error) { m.bytes = append(m.bytes, p...); return len(p), nil }
func (m *memory) ReadAt(p []byte, at int64) (int, error) {
	return bytes.NewReader(m.bytes).ReadAt(p, at)
}
