package logs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

// inputs are what clients could send, by what is hard about it.
var inputs = map[string]string{
	"long": "x", "quotes": `"`, "backslashes": `\`, "lines": "\r\n", "NUL": "\x00", "escapes": "\x1b[31m", "C1": "\u009b31m", "not UTF-8": "\xff\xfe", "half a rune": "\xf0\x9f",
	"turned around": "\u202e\u2066", "no width": "\u200b\ufeff", "private": "\ue000", "not assigned": "\U000e0001", "last plane": "\U0010ffff", "emoji": "\U0001f600",
	"letters": "é日", "accents": "e\u0301\u0302\u0303", "line separators": "\u2028\u2029", "JSON": `{"level":"ERROR"}`, "text": " level=ERROR msg=", "markup": "<b>&", "percent": "%s%0a%n",
	"spaces": "\u00a0\u3000 \t", "DEL": "\x7f", "surrogates": "\xed\xa0\x80",
}

// stringer and resolved are values that are no strings yet.
type (
	stringer struct{ s string }
	resolved struct{ s string }
)

func (s stringer) String() string { return s.s }
func (r resolved) LogValue() slog.Value {
	return slog.GroupValue(slog.String("inner", r.s), slog.Any("error", errors.New(r.s)))
}

// TestEX01_LinesAreBounded: however long and whatever it is, a value is short in the log,
// a line is, and it is one line that says nothing of its own.
func TestEX01_LinesAreBounded(t *testing.T) {
	t.Parallel()
	for name, piece := range inputs {
		s := strings.Repeat(piece, 1+16<<10/len(piece))
		for _, asJSON := range []bool{true, false} {
			var out bytes.Buffer
			var h slog.Handler = slog.NewTextHandler(&out, nil)
			if asJSON {
				h = slog.NewJSONHandler(&out, nil)
			}
			log := slog.New(Bound(h))
			for i, values := range [][]any{
				{"path", s}, {"error", errors.New(s)}, {"error", fmt.Errorf("wrapped: %w", errors.New(s))}, {"any", stringer{s}}, {"list", []string{s, s}}, {"map", map[string]string{s: s}},
				{"resolved", resolved{s}}, {slog.Group("group", "a", s, "b", s)}, {"bytes", []byte(s)}, {"host", s, "origin", s, "agent", s, "referer", s, "path", s, "x", s, "y", s, "z", s, "q", s, "r", s},
			} {
				out.Reset()
				log.Info("request", values...)
				if i == 0 {
					most := MaxValue + 200
					check(t, name, out.String(), asJSON, most)
				}
				check(t, name, out.String(), asJSON, MaxLine+400)
			}
			out.Reset()
			log.With("a", s, "b", s).WithGroup("g").Warn(s, "c", s)
			check(t, name, out.String(), asJSON, 4*MaxValue+300)
		}
	}
}

func check(t *testing.T, name, line string, asJSON bool, most int) {
	t.Helper()
	if len(line) > most {
		t.Errorf("%s: a line of %d bytes, at most %d: %.100s", name, len(line), most, line)
	}
	if strings.Count(line, "\n") != 1 || !utf8.ValidString(line) || strings.ContainsFunc(strings.TrimSuffix(line, "\n"), func(r rune) bool { return !unicode.IsPrint(r) }) {
		t.Errorf("%s: it is not one line of what can be seen: %q", name, line)
	}
	var fields map[string]any
	if asJSON && (json.Unmarshal([]byte(line), &fields) != nil || fields["level"] == "ERROR") {
		t.Errorf("%s: %s", name, line)
	}
	if !asJSON && strings.Contains(line, "\nlevel=ERROR") {
		t.Errorf("%s: %s", name, line)
	}
}

// TestOrdinaryLinesStay: what people need to read is as it was.
func TestOrdinaryLinesStay(t *testing.T) {
	t.Parallel()
	var plain, short bytes.Buffer
	drop := &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}
	for _, log := range []*slog.Logger{slog.New(slog.NewTextHandler(&plain, drop)), slog.New(Bound(slog.NewTextHandler(&short, drop)))} {
		log.Info("database", "path", "/var/lib/latchkey/données/latchkey.db", "schema", 12, "took", time.Second, "at", time.Unix(0, 0).UTC(), "ok", true,
			"error", errors.New("open \"x\": no such file"), "id", "c8qdf10009", "head", "2:2fnmulem", "empty", "", "share", 0.5)
	}
	if plain.String() != short.String() {
		t.Errorf("%s became\n%s", plain.String(), short.String())
	}
	short.Reset()
	stack := strings.Repeat("goroutine 1 [running]:\n", 300)
	slog.New(Bound(slog.NewJSONHandler(&short, drop))).Error("request failed", StackKey, stack)
	if !strings.Contains(short.String(), strings.Repeat(`goroutine 1 [running]:\n`, 250)) || short.Len() > MaxStack+200 {
		t.Errorf("of a stack %d bytes are left: %.200s", short.Len(), short.String())
	}
}

// TestEX01_LinesOfAMinute: each cause has a share of the lines of a minute, and all of them
// have; what is left out is counted.
func TestEX01_LinesOfAMinute(t *testing.T) {
	t.Parallel()
	var q Quota
	now := time.Unix(1_900_000_000, 0)
	written, firsts := map[string]int{}, 0
	for i := range 10_000 {
		cause := fmt.Sprint(i % 3)
		if i > 5000 {
			cause = fmt.Sprint(i)
		}
		write, first := q.Take("request", cause, now.Add(time.Duration(i)*time.Millisecond))
		if write {
			written[cause]++
			written["all"]++
		}
		if first {
			firsts++
		}
	}
	if written["0"] != MaxNetworkLines || written["1"] != MaxNetworkLines || written["all"] != MaxLines || firsts != 1 {
		t.Errorf("%d and %d lines of one, %d of all, %d times the first", written["0"], written["1"], written["all"], firsts)
	}
	if n := len(q.windows["request"].by); n > MaxLines {
		t.Errorf("%d causes are remembered", n)
	}
	if write, _ := q.Take("form refused", "0", now); !write {
		t.Error("another kind of line is left out")
	}
	if left := q.Ended(now.Add(59*time.Second), false); left != nil {
		t.Errorf("%v before the minute is over", left)
	}
	left := q.Ended(now.Add(time.Minute), false)
	if len(left) != 1 || left[0] != (Left{"request", 10_000 - MaxLines, now}) {
		t.Errorf("left out: %v", left)
	}
	if write, _ := q.Take("request", "0", now.Add(time.Minute)); !write {
		t.Error("the next minute has no lines")
	}
	q.Ended(now.Add(-time.Hour), false)
	if len(q.windows) != 0 {
		t.Error("a clock that was set back keeps the minute")
	}
}
