package terms_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/terms"
)

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
