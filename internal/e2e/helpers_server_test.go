package e2e

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
)

// binary builds the real program once and returns its path. The tags are those
// of this test, so that it is the program that make build makes.
var binary = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "latchkey-e2e-")
	if err != nil {
		return "", err
	}
	atEnd.add(func() { os.RemoveAll(folder) })
	path := filepath.Join(folder, "latchkey")
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-tags", tags(), "-o", path, "latchkey/cmd/latchkey")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", build, err, out)
	}
	return path, nil
})

func tags() string {
	info, _ := debug.ReadBuildInfo()
	for _, s := range info.Settings {
		if s.Key == "-tags" {
			return s.Value
		}
	}
	return ""
}

// server is the real program, serving an empty folder until the test ends.
type server struct {
	url    string // where it says that people reach it
	setup  string // the set-up link that it printed
	listen string // where it listens, as HOST:PORT or unix:PATH
	pid    int
	stop   func() // ends it before the test does, and waits
	kill   func() // ends it as a crash would
}

// serve starts it, with these flags besides.
func serve(t *testing.T, flags ...string) server {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if !slices.Contains(flags, "--addr") {
		flags = append(flags, "--addr", "127.0.0.1:0")
	}
	if !slices.Contains(flags, "--data") {
		flags = append(flags, "--data", filepath.Join(folder, "data"))
	}
	flags = append([]string{"serve", "--password-hash", "argon2id:19MiB:2:1"}, flags...)
	command := exec.Command(path, flags...)
	command.Env = []string{"PATH=" + os.Getenv("PATH")}
	var log strings.Builder
	command.Stderr = &log
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	killed := false
	stop := sync.OnceFunc(func() { // a second signal would end it in the middle of the first
		if killed {
			command.Process.Kill()
			command.Wait()
			return
		}
		command.Process.Signal(os.Interrupt)
		if err := command.Wait(); err != nil || t.Failed() {
			t.Errorf("the server ended with %v and wrote:\n%s", err, &log)
		}
	})
	t.Cleanup(stop)
	s, err := read(bufio.NewScanner(out))
	if err != nil {
		t.Fatal(err)
	}
	s.pid, s.stop, s.kill = command.Process.Pid, stop, func() { killed = true; stop() }
	return s
}

// read reads the lines that the server prints when it starts.
func read(lines *bufio.Scanner) (s server, err error) {
	for lines.Scan() {
		if link, ok := strings.CutPrefix(lines.Text(), "Setup: "); ok {
			s.setup = link
			s.url, _, _ = strings.Cut(link, "/setup")
		}
		if at, ok := strings.CutPrefix(lines.Text(), "Listening on "); ok {
			s.listen = strings.TrimPrefix(at, "http://")
			return s, nil
		}
	}
	return s, errors.Join(errors.New("the server did not say where it listens"), lines.Err())
}
