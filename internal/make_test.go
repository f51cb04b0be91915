package internal

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMake_SaysWhatIsMissing: what a machine lacks is told in one line, before Go or the
// compiler tell of it in many.
func TestMake_SaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("no make")
	}
	folder := func(goSays string) string {
		dir := t.TempDir()
		for _, tool := range []string{"sh", "sed", "mkdir", "make"} {
			path, err := exec.LookPath(tool)
			if err == nil {
				err = os.Symlink(path, filepath.Join(dir, tool))
			}
			if err != nil {
				t.Skip(err)
			}
		}
		if goSays != "" {
			script := "#!/bin/sh\n[ \"$1\" = version ] || exit 2\necho '" + goSays + "'\n"
			if err := os.WriteFile(filepath.Join(dir, "go"), []byte(script), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	home := "HOME=" + t.TempDir()
	const now = "go version go1.26.1 linux/amd64"
	for _, c := range []struct {
		name, path string
		env        []string
		want       string
	}{
		{"no Go", folder(""), []string{home}, "Go is missing"},
		{"an old Go", folder("go version go1.20.14 linux/amd64"), []string{home}, "Go 1.20 is too old. Install Go 1.21 or newer"},
		{"a Go from before modules", folder("go version go1.9 linux/amd64"), []string{home}, "Go 1.9 is too old"},
		{"no HOME", folder(now), nil, "HOME is not set"},
		{"no HOME and one of the caches", folder(now), []string{"GOCACHE=/tmp"}, "HOME is not set"},
		{"no compiler", folder(now), []string{home}, "There is no C compiler (gcc)"},
		{"no compiler, the caches set", folder(now), []string{"GOCACHE=/tmp", "GOPATH=/tmp"}, "There is no C compiler (gcc)"},
		{"another compiler", folder(now), []string{home, "CC=sh -x"}, ""},
	} {
		command := exec.Command(filepath.Join(c.path, "make"), "-C", "..", "--no-print-directory", "needs")
		command.Env = append([]string{"PATH=" + c.path}, c.env...)
		out, err := command.CombinedOutput()
		said := strings.Count(string(out), "make: ") - strings.Count(string(out), "make: ***")
		if c.want == "" && (err != nil || len(out) > 0) || c.want != "" && (err == nil || said != 1 || !strings.Contains(string(out), c.want)) {
			t.Errorf("%s: %v\n%s", c.name, err, out)
		}
	}
}
