package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestAV05_KilledFirstStartsAreCompleted kills the program as soon as each file of a first
// start is there, and starts it again.
func TestAV05_KilledFirstStartsAreCompleted(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "latchkey.key.new", "latchkey.db.new", "latchkey.db.new-wal", "latchkey.key", "latchkey.db", "latchkey.db-wal"} {
		folder := t.TempDir()
		killed := exec.Command("latchkey", "serve", "--addr", "127.0.0.1:0", "--data", "data")
		killed.Dir, killed.Env = folder, []string{"PATH=" + os.Getenv("PATH")}
		if err := killed.Start(); err != nil {
			t.Fatal(err)
		}
		within(20*time.Second, 200*time.Microsecond, func() bool {
			_, err := os.Lstat(filepath.Join(folder, "data", name))
			return err == nil
		})
		killed.Process.Kill()
		killed.Wait()
		s := start(t, folder)
		if s.setup == "" {
			t.Errorf("killed at %q: the next start asks for no set-up", name)
		}
		s.kill()
	}
}
