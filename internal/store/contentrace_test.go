package store

import (
	"bytes"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestLost_NotWhileItIsWritten: pages that do not fit together say nothing as long as somebody writes the file, as a
// command beside the server does that writes the log back; afterwards they say that it is damaged.
func TestLost_NotWhileItIsWritten(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	path, _ := closed(t)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096
	broken := append(bytes.Clone(whole[:page]), make([]byte, len(whole)-page)...)
	if err := os.WriteFile(path, broken, 0o600); err != nil {
		t.Fatal(err)
	}
	var written atomic.Bool
	var writing sync.WaitGroup
	writing.Go(func() {
		for at := time.Now(); !written.Load(); at = at.Add(time.Millisecond) {
			if err := os.Chtimes(path, at, at); err != nil {
				t.Error(err)
				return
			}
		}
	})
	c := content{}
	for range 50 {
		if l, _ := c.look(path); l != nil {
			t.Fatalf("while it is written: %v", l)
		}
	}
	written.Store(true)
	writing.Wait()
	if l, _ := c.look(path); l == nil {
		t.Error("a damaged file is said to be sound")
	}
}
