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
