package store

import (
	"bytes"
	"os"
	"testing"
	"time"
)

// TestLost_NotWhileItIsWritten: pages that do not fit together say nothing as long as somebody writes the file or its
// log, as a command beside the server does that writes the log back; afterwards they say that it is damaged.
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
	for what, write := range map[string]func() error{
		"the file": func() error { at := time.Now().Add(time.Hour); return os.Chtimes(path, at, at) },
		"its log":  func() error { return os.WriteFile(path+"-wal", []byte("x"), 0o600) },
	} {
		c := content{}
		l, _ := c.lookBy(path, func(path string) (int64, error) {
			seq, err := headInFile(path)
			if err := write(); err != nil {
				t.Error(err)
			}
			return seq, err
		})
		if l != nil {
			t.Errorf("while somebody writes %s: %v", what, l)
		}
		if err := os.WriteFile(path+"-wal", nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if l, _ := c.look(path); l == nil {
			t.Errorf("a damaged file is said to be sound, after %s was written", what)
		}
		if err := os.Chtimes(path, time.Now(), time.Now()); err != nil {
			t.Fatal(err)
		}
	}
}
