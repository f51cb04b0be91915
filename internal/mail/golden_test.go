package mail

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden mails instead of comparing with them")

// TestGolden compares every message with testdata. A change of words is then seen
// in review; go test ./internal/mail -update writes them anew.
func TestGolden(t *testing.T) {
	t.Parallel()
	for _, w := range all() {
		m := Compose(w.kind, facts(w.kind))
		for ending, got := range map[string]string{".txt": "Subject: " + m.Subject + "\n\n" + m.Text(), ".html": m.HTML()} {
			path := filepath.Join("testdata", string(w.kind)+ending)
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s%s (-golden +composed):\n%s", w.kind, ending, diff)
			}
		}
	}
}

func TestGolden_HasNoStrays(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.*")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 2*len(all()) {
		t.Errorf("%d golden files for %d kinds, want two each", len(files), len(all()))
	}
}
