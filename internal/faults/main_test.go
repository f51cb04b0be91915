package faults

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
)

var (
	kills   = flag.Int("kills", 4, "how often TestAV03_KilledUnderLoad kills the server")
	outages = flag.Int("outages", 2, "how often TestAV03_SeveralMachines takes something away")
	long    = flag.Bool("long", false, "try everything, and print what was tried")
	seed    = flag.Uint64("seed", 0, "of what is left to chance; 0 for another one each time")
)

// scratch is a folder for what all tests of this package share.
var scratch string

func TestMain(m *testing.M) {
	flag.Parse()
	var err error
	if scratch, err = os.MkdirTemp("", "latchkey-faults-*"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	status := m.Run()
	os.RemoveAll(scratch)
	os.Exit(status)
}

// build builds the program as `make build` does, with further build tags, and returns its path.
// Compiled packages are there from the build before, so it takes a second.
func build(name string, tags ...string) (string, error) {
	path := filepath.Join(scratch, name)
	info, _ := debug.ReadBuildInfo()
	for _, s := range info.Settings {
		if s.Key == "-tags" { // ours would replace those of GOFLAGS
			tags = append(tags, s.Value)
		}
	}
	out, err := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-tags", strings.Join(tags, ","), "-o", path, "latchkey/cmd/latchkey").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building the program: %w\n%s", err, out)
	}
	return path, nil
}

var builtOnce = sync.OnceValues(func() (string, error) { return build("latchkey") })

// built is the path of the program as people get it.
func built(t testing.TB) string {
	t.Helper()
	path, err := builtOnce()
	if err != nil {
		t.Fatal(err)
	}
	return path
}
