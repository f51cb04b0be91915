package program

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"latchkey/internal/password"
)

// TestAV05_TheRunningServerSaysWhatBecameOfItsFiles: a file that is taken away while the
// server runs is in its log without anybody's asking, once, and once more when it is back.
func TestAV05_TheRunningServerSaysWhatBecameOfItsFiles(t *testing.T) {
	t.Parallel()
	for name, over := range map[string]string{
		"latchkey.key": "the key file is in its place again",
		"latchkey.db":  "the database is in its place again",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var said strings.Builder
			log := slog.New(slog.NewTextHandler(&said, nil))
			folder := t.TempDir()
			p, err := Open(t.Context(), folder, Options{Create: true, Cost: password.DefaultCost(), Log: log})
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := p.Close(); err != nil {
					t.Error(err)
				}
			}()
			if err := p.head.write(head{}); err != nil {
				t.Fatal(err)
			}
			path, aside, w := filepath.Join(folder, name), filepath.Join(t.TempDir(), "aside"), watch{program: p, log: log}
			looks := func(want string, change func() error) {
				t.Helper()
				said.Reset()
				if err := change(); err != nil {
					t.Fatal(err)
				}
				w.look()
				w.look()
				if strings.Count(said.String(), want) != 1 || strings.Count(said.String(), "\n") != 1 {
					t.Errorf("the log says %q, want %q once", &said, want)
				}
			}
			w.look()
			looks("level=ERROR", func() error { return os.Rename(path, aside) })
			looks(over, func() error { return os.Rename(aside, path) })
		})
	}
}
