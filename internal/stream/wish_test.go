package stream

import (
	"strings"
	"testing"
)

func TestNamesOfStreams(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"SIEM": true, "Архив 2": true, "½ a": true, "7": true, "a.b_c-d e": true, strings.Repeat("ä", maxName): true,
		"": false, " a": false, "-a": false, "_a": false, ".a": false, "a/b": false, "a\nb": false, "a\u00a0b": false, "a\x00": false, "a\xff": false, "../a": false, "é\u0301": false,
	} {
		if got := isName(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
		w := Wish{Kind: File, Name: name + strings.Repeat("x", maxName+1)}
		if err := w.check(true); err == nil {
			t.Errorf("%q with %d more was taken", name, maxName+1)
		}
	}
}
