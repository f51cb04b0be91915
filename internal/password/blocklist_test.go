package password

import (
	"strings"
	"testing"
)

func TestPW05_BlocklistIsWholeAndSorted(t *testing.T) {
	t.Parallel()
	lines := strings.Split(strings.TrimSuffix(words, "\n"), "\n")
	long := 0
	for _, line := range lines {
		if len(line) >= 8 {
			long++
		}
	}
	if long < 50_000 {
		t.Fatalf("only %d words that are long enough for a password", long)
	}
	for i, line := range lines {
		if i > 0 && lines[i-1] >= line {
			t.Fatalf("%q stands before %q", lines[i-1], line)
		}
		if len(line) < shortestListed || len(line) > longestListed || !listed(line) {
			t.Fatalf("%q is not found", line)
		}
	}
	for _, absent := range []string{"", "\n", "!qaz2ws", "zzzzzzzzz~", "correct\nhorse", "latchkey"} {
		if listed(absent) {
			t.Errorf("%q is found", absent)
		}
	}
}

// Not parallel: allocations are counted for the whole program.
func TestBlocklistNeedsNoHeap(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { listed("sunshine") }); n != 0 {
		t.Errorf("%v allocations for one look-up", n)
	}
}

// A word is found if and only if it is a line of the list, whatever is asked for.
func FuzzListed(f *testing.F) {
	lines := map[string]bool{}
	for line := range strings.Lines(words) {
		lines[strings.TrimSuffix(line, "\n")] = true
	}
	for _, seed := range []string{"", "\n", "sunshine", "!qaz2wsx", "zzzzzzzz", "sunshine\n", "\nsunshine", "sunshin", "sunshine1", "\x00\xff~~", "latchkey"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, word string) {
		if got := listed(word); got != lines[word] {
			t.Errorf("%q: found %v, in the list %v", word, got, lines[word])
		}
	})
}
