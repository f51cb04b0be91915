package importer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"

	"latchkey/internal/importer/charset"
	"latchkey/internal/problem"
)

// TestEX03_BombsOfText are texts that would need far more memory, or rows, than they
// have bytes.
func TestEX03_BombsOfText(t *testing.T) {
	t.Parallel()
	const mega = 1 << 20
	for name, c := range map[string]struct{ content, want string }{
		"empty objects":    {strings.Repeat("{}", mega/2), "None of the first 100 rows could be read as a user. Row 1: It has no username."},
		"array of them":    {"[" + strings.Repeat("{},", mega/3) + "{}]", "None of the first 100 rows could be read"},
		"numbers":          {"[" + strings.Repeat("0,", mega/2) + "0]", "None of the first 100 rows could be read as a user. Row 1: This is not an object"},
		"no names":         {`[` + strings.Repeat(`{"username":""},`, 5000) + `{}]`, "None of the first 100 rows"},
		"nobody":           {"username,name\n" + strings.Repeat(",x\n", 5000), "None of the first 100 rows could be read as a user. Row 2: It has no username."},
		"too short":        {"username,name\n" + strings.Repeat("x\n", 5000), "None of the first 100 rows could be read as a user. Row 2: The row has 1 value; the header has 2 columns."},
		"nested arrays":    {strings.Repeat("[", mega), "nested too deeply"},
		"nested objects":   {strings.Repeat(`{"a":`, mega), "nested too deeply"},
		"long value":       {`[{"username":"` + strings.Repeat("a", 4*mega) + `"}]`, "The file has a value that is longer than 65,536 characters."},
		"long escapes":     {`[{"username":"` + strings.Repeat(`\"`, 2*mega) + `"}]`, "The file has a value that is longer than 65,536 characters."},
		"long key":         {`[{"` + strings.Repeat("a", 4*mega) + `":1}]`, "The file has a value that is longer than 65,536 characters."},
		"long number":      {`[{"username":` + strings.Repeat("1", 4*mega) + `}]`, "The file has a value that is longer than 65,536 characters."},
		"much space":       {`[{"username":` + strings.Repeat(" ", 4*mega) + `"ada"}]`, "The file has a value that is longer than 65,536 characters."},
		"keys":             {"[{" + manyKeys(5000) + "}]", "The file has more than 200 columns."},
		"columns":          {"username" + strings.Repeat(",c", mega) + "\nada\n", noHeader},
		"open quote":       {"username,name\n\"" + strings.Repeat("a,b\n", 4000), ""},
		"one line":         {"username,name\n" + strings.Repeat("a", 16*mega), ""},
		"one line, marked": {charset.ByteOrderMark + "username,name\n" + strings.Repeat("a", 16*mega) + "\nada,Ada\n", ""},
		"only a header":    {strings.Repeat("a", 16*mega), noHeader},
	} {
		f := Stream(strings.NewReader(c.content))
		f.MaxRows = 50_000
		rows, last := 0, error(nil)
		for _, last = range f.Rows(t.Context()) {
			rows++
		}
		if c.want != "" && rows > MaxUnread+1 {
			t.Errorf("%s: %d rows", name, rows)
		}
		if p := problem.As(last); c.want == "" && last != nil || c.want != "" && (p == nil || !strings.Contains(p.Message, c.want)) {
			t.Errorf("%s: %v, want %q", name, last, c.want)
		}
	}
}

func manyKeys(n int) string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprintf(`"k%d":1`, i)
	}
	return strings.Join(keys, ",")
}

// read returns what a file holds.
func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// TestEX03_RowsAreBounded counts rows of each format.
func TestEX03_RowsAreBounded(t *testing.T) {
	t.Parallel()
	names := make([]string, 7) // as many as the database has
	for i := range names {
		names[i] = fmt.Sprintf("user%d", i)
	}
	for format, content := range map[string]string{
		"csv": "username\n" + strings.Join(names, "\n"), "json": `[{"username":"` + strings.Join(names, `"},{"username":"`) + `"}]`,
		"sqlite": read(t, fixture),
	} {
		for most, refused := range map[int]bool{6: true, 7: false, 0: false} {
			f := Stream(strings.NewReader(content))
			f.MaxRows = most
			rows, err := collect(f)
			if !refused && (err != nil || len(rows) != 7) {
				t.Errorf("%s, at most %d: %d rows, %v", format, most, len(rows), err)
			}
			if refused && (len(rows) != 6 || badFileMessage(t, err) != "The file has more than 6 users. Split it into files of at most that many and import them one after the other.") {
				t.Errorf("%s, at most %d: %d rows, %v", format, most, len(rows), err)
			}
		}
	}
}

// TestEX03_ReadingEndsWithItsContext stops in the middle of each format.
func TestEX03_ReadingEndsWithItsContext(t *testing.T) {
	t.Parallel()
	for format, content := range map[string]string{
		"csv": "username\n" + strings.Repeat("ada\n", 5000), "json": strings.Repeat(`{"username":"ada"}`, 5000),
		"sqlite": read(t, fixture),
	} {
		ctx, cancel := context.WithCancel(t.Context())
		rows, last := 0, error(nil)
		for _, last = range Stream(strings.NewReader(content)).Rows(ctx) {
			if rows++; rows == 3 {
				cancel()
			}
		}
		cancel()
		if rows != 4 || !errors.Is(last, context.Canceled) {
			t.Errorf("%s: %d rows, then %v", format, rows, last)
		}
	}
}

// TestEX03_TextNeedsLittleMemory counts what lives while texts of any length are read.
func TestEX03_TextNeedsLittleMemory(t *testing.T) {
	for name, text := range map[string][2]string{"csv": {"username,name\n", "ada,Ada\n"}, "json": {"", `{"username":"ada"}` + "\n"}} {
		rows, before := 0, live()
		f := Stream(io.MultiReader(strings.NewReader(text[0]), &repeated{text: text[1]}))
		for _, err := range f.Rows(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if rows++; rows == 30_000 {
				if more := live() - before; more > 1<<20 {
					t.Errorf("%s: %d bytes more live after %d rows", name, more, rows)
				}
				break
			}
		}
	}
}

// TestEX03_WhatHasNoEndIsGivenUp reads texts that go on for ever without another user. Space in
// JSON is in TestEX03_BombsOfText.
func TestEX03_WhatHasNoEndIsGivenUp(t *testing.T) {
	t.Parallel()
	for name, text := range map[string][2]string{
		"a row":        {"username,name\nada,", "x"},
		"a header":     {"", "username"},
		"empty lines":  {"username,name\nada,Ada\n", "\n"},
		"empty rows":   {"username,name\nada,Ada\n", " , \n"},
		"one key":      {`[{"username":"ada"},{`, `"a":1,`},
		"a list":       {`[{"groups":[`, `"a",`},
		"a long value": {`[{"username":"ada"},{"a":[`, `{"a":[1,2]},`},
	} {
		f := Stream(io.MultiReader(strings.NewReader(text[0]), &repeated{text: text[1]}))
		want := "More than 32 MiB of the file hold no user."
		if name != "a row" {
			f.bytes.most, want = 1<<20, "More than 1 MiB of the file hold no user."
		}
		rows, last := 0, error(nil)
		for _, last = range f.Rows(t.Context()) {
			rows++
		}
		p := problem.As(last)
		if p == nil || p.Message != want || rows > 2 {
			t.Errorf("%s: %d rows, then %v", name, rows, last)
		}
	}
}

// repeated is a text without end.
type repeated struct {
	text string
	rest string
}

// Read reads.
func (r *repeated) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if r.rest == "" {
			r.rest = r.text
		}
		m := copy(p[n:], r.rest)
		n, r.rest = n+m, r.rest[m:]
	}
	return n, nil
}

func live() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
