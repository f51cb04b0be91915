package events_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What stands in a stream was written by another system, perhaps not by us at all.
func TestST04_NothingThatArrivedWorksOnTheTerminal(t *testing.T) {
	t.Parallel()
	a := archive(t, 4)
	path := filepath.Join(a.Folder, "streams", "archive.jsonl")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	altered := strings.Replace(first, `"type":"`, `"type":"\u001b]0;x\u0007\u009b31m\u202e`, 1)
	altered = strings.Replace(altered, `"at":"`, `"at":"\u001b[2J`, 1)
	raw := strings.Replace(first, `"result":"`, "\"result\":\"\u009b31m\x7f\u202e\u2066", 1)
	if err := os.WriteFile(path, []byte(altered+"\n"+raw+"\n\x1b[2J\u009b\n"+string(text)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"read", "archive"}, {"read", "archive", "--json"}, {"check", "archive"}} {
		_, out, errs := call(t, a, append([]string{"events"}, args...)...)
		if i := strings.IndexAny(out+errs, "\x1b\x07\x7f\u009b\u202e\u2066"); i >= 0 || out == "" {
			t.Errorf("%s: %q at %d of %q", args, (out + errs)[max(0, i):][:1], i, out+errs)
		}
		if args[len(args)-1] != "--json" {
			continue
		}
		for line := range strings.Lines(out) {
			var e struct{ Event any }
			if err := json.Unmarshal([]byte(line), &e); err != nil || e.Event == nil {
				t.Errorf("%s: %v", line, err)
			}
		}
		if !strings.Contains(out, `\u009b31m\u007f\u202e\u2066`) {
			t.Errorf("the text is another: %s", out)
		}
	}
}
