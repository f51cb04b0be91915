package faults

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBA01_RestoreAndServerOnOneFolder starts both on the same folder, either of them first, and
// the other at once or as soon as the first has begun to write. One of them gets the folder, the
// other says why it does not, and what is in the folder is whole: what was restored or, where the
// server was first, a new instance.
func TestBA01_RestoreAndServerOnOneFolder(t *testing.T) {
	t.Parallel()
	p := instance(t)
	archive := filepath.Join(t.TempDir(), "archive.tar")
	must(t, p.data, "backup", archive)
	won := map[string]int{}
	for i, r := range []struct {
		restoreFirst bool
		until        string // what the second waits for, "" for nothing
	}{
		{true, ""}, {false, ""},
		{true, "."}, {false, "."},
		{true, "latchkey.db.restoring"}, {false, "latchkey.key"}, {true, "latchkey.key.restoring"}, {false, "latchkey.db"}, {true, "latchkey.db"},
	} {
		p.data = filepath.Join(t.TempDir(), "data")
		winner, err := raced(t, p, archive, r.restoreFirst, r.until)
		if err != nil {
			t.Errorf("round %d, restore first: %v, second after %q: %v", i, r.restoreFirst, r.until, err)
		}
		won[winner]++
	}
	if won["restore"] == 0 || won["server"] == 0 {
		t.Errorf("won: %v", won)
	}
}

// raced is one round; it says who got the folder.
func raced(t *testing.T, p people, archive string, restoreFirst bool, until string) (winner string, err error) {
	t.Helper()
	type ended struct {
		server *server
		out    string
		err    error
	}
	restored, served := make(chan ended, 1), make(chan ended, 1)
	begin := []func(){
		func() { out, err := command(t, p.data, "restore", archive); restored <- ended{nil, out, err} },
		func() { s, err := serve(t, p.data, how{}); served <- ended{s, "", err} },
	}
	if !restoreFirst {
		begin[0], begin[1] = begin[1], begin[0]
	}
	go begin[0]()
	if until != "" {
		within(patience, func() bool {
			_, err := os.Lstat(filepath.Join(p.data, until))
			return err == nil || len(restored)+len(served) > 0
		})
	}
	go begin[1]()
	r, s := <-restored, <-served
	if s.server != nil {
		s.server.kill()
	}
	switch {
	case r.err == nil && s.err == nil && s.server.setup != "":
		return "", fmt.Errorf("both got the folder, and the server offers to set up a new instance: %s", r.out)
	case r.err == nil:
		if s.err != nil {
			err = refusedInOneLine(lastLine(s.err), s.err, p.data)
		}
		if err == nil {
			err = restoredWhole(t, p)
		}
		return "restore", err
	case s.err == nil:
		if err = refusedInOneLine(r.out, r.err, p.data); err == nil {
			err = newInstance(t, p.data)
		}
		return "server", err
	}
	return "", fmt.Errorf("neither got the folder: %s; %w", r.out, s.err)
}

// lastLine is what the server said last before it ended.
func lastLine(err error) string {
	lines := strings.Split(strings.TrimSpace(err.Error()), "\n")
	return lines[len(lines)-1]
}

// newInstance wants a folder with a new instance, which waits for its first administrator.
func newInstance(t *testing.T, data string) error {
	t.Helper()
	if got := integrity(t, data); got != "ok" {
		return fmt.Errorf("integrity_check: %s", got)
	}
	s, err := serve(t, data, how{})
	if err != nil {
		return err
	}
	defer s.kill()
	if s.setup == "" {
		return fmt.Errorf("the server offers no set-up: %s", s.said())
	}
	return nil
}
