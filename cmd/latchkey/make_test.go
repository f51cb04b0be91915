package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMake_SaysWhatIsMissing: one line, with what to do, in place of an error far from its
// cause. Go is a script here that says it is old.
func TestMake_SaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ version, folders, cc, want string }{
		"no go":       {"", "", "", "Latchkey needs Go 1.21 or newer to build"},
		"an old go":   {"go1.19.8", "/tmp", "sh", "This Go is go1.19.8. Latchkey needs Go 1.21 or newer to build"},
		"no home":     {"go1.21.0", "", "sh", "set HOME, or GOPATH and GOCACHE"},
		"cache off":   {"go1.26.1", "off", "sh", "set HOME, or GOPATH and GOCACHE"},
		"no compiler": {"go1.26.1", "/tmp", "gcc", "Latchkey needs a C compiler to build. On Debian: apt-get install gcc libc6-dev"},
		"all is well": {"go1.21.0", "/tmp", "sh", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			for _, tool := range []string{"sh", "sed"} {
				path, err := exec.LookPath(tool)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.Symlink(path, filepath.Join(folder, tool)); err != nil {
					t.Fatal(err)
				}
			}
			if c.version != "" {
				script := "#!/bin/sh\ncase $2 in GOVERSION) echo " + c.version + ";; CC) echo " + c.cc + ";; *) echo " + c.folders + ";; esac\n"
				if err := os.WriteFile(filepath.Join(folder, "go"), []byte(script), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			make, err := exec.LookPath("make")
			if err != nil {
				t.Fatal(err)
			}
			command := exec.Command(make, "--no-print-directory", "-C", "../..", "needs")
			command.Env = []string{"PATH=" + folder}
			out, err := command.CombinedOutput()
			said := strings.Split(string(out), "\n")[0]
			if (err != nil) != (c.want != "") || !strings.Contains(said, c.want) || c.want == "" && said != "" {
				t.Errorf("it says %q, %v", out, err)
			}
		})
	}
}
