package binary

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// programVariable names the program to start, where one has been built already.
const programVariable = "LATCHKEY_BINARY"

// Program returns the path of the program: the one that LATCHKEY_BINARY names, or one
// that is built for this process and kept until Clean.
var Program = sync.OnceValues(func() (string, error) {
	if path := os.Getenv(programVariable); path != "" {
		return filepath.Abs(path)
	}
	folder, err := os.MkdirTemp("", "latchkey-binary-")
	if err != nil {
		return "", err
	}
	built = folder
	path := filepath.Join(folder, "latchkey")
	command := exec.Command("go", "build", "-ldflags", "-s -w", "-o", path, "latchkey/cmd/latchkey")
	if out, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the program: %w\n%s", err, out)
	}
	return path, nil
})

// built is the folder of a program that was built here.
var built string

// Clean removes the program if it was built here.
func Clean() {
	if built != "" {
		os.RemoveAll(built)
	}
}
