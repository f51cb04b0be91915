package secret

import (
	"os"
	"path/filepath"
	"testing"
)

func TestKeyFileIsWatched(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "latchkey.key")
	ring, err := CreateRing(path)
	if err != nil {
		t.Fatal(err)
	}
	watched := WatchKeyFile(path, ring)
	check := func(what string, good bool) {
		t.Helper()
		for range 2 { // the second time the content is not read again
			if err := watched.Check(); (err == nil) != good {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	save := func(r *Ring) {
		t.Helper()
		if err := ReplacePrivate(path, r.text()); err != nil {
			t.Fatal(err)
		}
	}
	check("as it was", true)
	save(ring.Add())
	check("one more key", true)
	save(NewRing())
	check("another key", false)
	save(ring)
	check("put back", true)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	check("readable", false)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	check("deleted", false)
	save(ring)
	check("made again", true)
}
