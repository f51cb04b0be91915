package file

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"latchkey/internal/stream/delivery"
)

// messages are events with these numbers.
func messages(numbers ...int) (all []delivery.Message) {
	for _, n := range numbers {
		id := fmt.Sprint("instance-", n, "-mac")
		all = append(all, delivery.Message{ID: id, Body: fmt.Appendf(nil, `{"type":"login.code","timestamp":"2026-11-28T09:00:%02dZ","data":{"id":%q}}`, n, id)})
	}
	return all
}

// content is what the numbers look like in the file.
func content(numbers ...int) string {
	var text strings.Builder
	for _, m := range messages(numbers...) {
		text.Write(m.Body)
		text.WriteByte('\n')
	}
	return text.String()
}

func holds(t *testing.T, path, want string) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("the file holds %q, %v; want %q", got, err, want)
	}
}

func send(t *testing.T, d *Destination, numbers ...int) {
	t.Helper()
	if taken, err := d.Send(t.Context(), 0, messages(numbers...)); taken != len(numbers) || err != nil {
		t.Errorf("taken %d, %v", taken, err)
	}
}

func TestSend(t *testing.T) {
	t.Parallel()
	path := Path(t.TempDir(), "archive")
	d := New(path)
	defer d.Close()
	send(t, d, 1, 2)
	send(t, d, 3)
	holds(t, path, content(1, 2, 3))
	for p, mode := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if info, err := os.Stat(p); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", p, info.Mode(), err)
		}
	}
	// Somebody moves the file away to begin a new one.
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	send(t, d, 4)
	holds(t, path, content(4))
	holds(t, path+".1", content(1, 2, 3))
}

// TestST01_WhatIsThereIsNotWrittenAgain begins where a crash left off: behind a line that was cut
// off, and behind events of which the cursor does not know.
func TestST01_WhatIsThereIsNotWrittenAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		left string
		want string
	}{
		"nothing":                  {"", content(1, 2, 3)},
		"the first":                {content(1), content(1, 2, 3)},
		"all":                      {content(1, 2, 3), content(1, 2, 3)},
		"a part of a line":         {content(1)[:20], content(1, 2, 3)},
		"a line and part of one":   {content(1, 2)[:len(content(1))+30], content(1, 2, 3)},
		"a line without its break": {strings.TrimSuffix(content(1, 2), "\n"), content(1, 2, 3)},
		"others' lines":            {"no JSON\n{}\n", "no JSON\n{}\n" + content(1, 2, 3)},
		"zeroes of a power cut":    {content(1) + "\x00\x00\x00", content(1, 2, 3)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "archive.jsonl")
			if err := os.WriteFile(path, []byte(c.left), 0o600); err != nil {
				t.Fatal(err)
			}
			d := New(path)
			defer d.Close()
			send(t, d, 1, 2, 3)
			holds(t, path, c.want)
		})
	}
}

// TestSend_TwoAtOnce has two destinations of one file, as a test event has.
func TestSend_TwoAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "archive.jsonl")
	var all sync.WaitGroup
	for w := range 4 {
		d := New(path)
		defer d.Close()
		all.Go(func() {
			for n := range 20 {
				send(t, d, 100*w+n)
			}
		})
	}
	all.Wait()
	text, err := os.ReadFile(path)
	if n := strings.Count(string(text), "-mac\"}}\n"); n != 80 || err != nil {
		t.Errorf("%d whole lines, %v", n, err)
	}
}

// TestSend_WhatCannotBeWritten leaves nothing half done and goes on once it can.
func TestSend_WhatCannotBeWritten(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "archive.jsonl")
	for name, lay := range map[string]func() error{
		"a folder": func() error { return os.Mkdir(path, 0o700) },
		"a link":   func() error { return os.Symlink(filepath.Join(folder, "elsewhere"), path) },
		"a pipe":   func() error { return syscall.Mkfifo(path, 0o600) },
	} {
		if err := lay(); err != nil {
			t.Fatal(err)
		}
		d := New(path)
		if taken, err := d.Send(t.Context(), 0, messages(1)); taken != 0 || err == nil || strings.Contains(err.Error(), folder) {
			t.Errorf("%s: taken %d, %v", name, taken, err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		send(t, d, 1)
		d.Close()
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(filepath.Join(folder, "elsewhere")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what the link led to: %v", err)
	}
}

// read returns the numbers of the lines that a query finds.
func read(t *testing.T, path string, q delivery.Query) (numbers []int64) {
	t.Helper()
	err := NewSource(path).Read(t.Context(), q, func(b delivery.Began) error {
		if b.Sequence != 1 || b.Later || b.Partition != "0" {
			t.Errorf("began %+v", b)
		}
		return nil
	}, func(r delivery.Received) error {
		numbers = append(numbers, r.Sequence)
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return numbers
}

func TestRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "archive.jsonl")
	if err := os.WriteFile(path, []byte(content(1, 2, 3, 4)+content(5)[:10]), 0o600); err != nil {
		t.Fatal(err)
	}
	second := fmt.Sprint(len(content(1)))
	for _, c := range []struct {
		from delivery.Position
		want string
	}{
		{delivery.Position{Origin: delivery.Earliest}, "[1 2 3 4]"},
		{delivery.Position{Origin: delivery.Latest}, "[]"},
		{delivery.Position{Origin: delivery.Offset, Offset: "-1"}, "[1 2 3 4]"},
		{delivery.Position{Origin: delivery.Offset, Offset: second}, "[3 4]"},
		{delivery.Position{Origin: delivery.Sequence, Sequence: 2}, "[2 3 4]"},
		{delivery.Position{Origin: delivery.Sequence, Sequence: 9}, "[]"},
		{delivery.Position{Origin: delivery.Time, Time: time.Date(2026, 11, 28, 9, 0, 3, 0, time.UTC)}, "[3 4]"},
	} {
		if got := fmt.Sprint(read(t, path, delivery.Query{From: c.from})); got != c.want {
			t.Errorf("%s: %s, want %s", c.from, got, c.want)
		}
	}
	none := func(delivery.Began) error { return nil }
	for _, q := range []delivery.Query{{Partition: "1"}, {From: delivery.Position{Origin: delivery.Offset, Offset: "x"}}} {
		if err := NewSource(path).Read(t.Context(), q, none, nil); err == nil {
			t.Errorf("%+v is read", q)
		}
	}
	if err := NewSource(path+"x").Read(t.Context(), delivery.Query{}, none, nil); err == nil || err.Error() != "there is no such file yet: nothing was sent" {
		t.Errorf("no file: %v", err)
	}
}

func TestRead_Follows(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "archive.jsonl")
	d := New(path)
	defer d.Close()
	send(t, d, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	err := NewSource(path).Read(ctx, delivery.Query{From: delivery.Position{Origin: delivery.Earliest}, Follow: true}, func(delivery.Began) error { return nil }, func(delivery.Received) error {
		if n++; n == 1 {
			send(t, d, 2, 3)
		}
		if n == 3 {
			cancel()
		}
		return nil
	})
	if err != nil || n != 3 {
		t.Errorf("%d events, %v", n, err)
	}
}
