package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// server is the real program, serving in a process of its own.
type server struct {
	url   string // what it says it listens on
	setup string // the set-up link; "" if it printed none
	log   string // file with what it wrote to stderr
	from  int64  // where that begins, behind what servers before it wrote

	command *exec.Cmd
	ended   chan error
}

// startServer runs "latchkey serve" in a folder, on a free port and with cheap
// hashes, until it listens.
func startServer(folder string, args ...string) (*server, error) {
	s := &server{log: filepath.Join(folder, "server.log"), ended: make(chan error, 1)}
	log, err := os.OpenFile(s.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	if info, err := log.Stat(); err == nil {
		s.from = info.Size()
	}
	s.command = exec.Command("latchkey", append([]string{"serve", "--addr", "127.0.0.1:0", "--password-hash", "argon2id:19MiB:2:1"}, args...)...)
	s.command.Dir, s.command.Stderr = folder, log
	s.command.Env = []string{"PATH=" + os.Getenv("PATH")}
	out, err := s.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.command.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(out)
	for s.url == "" && lines.Scan() {
		if link, ok := strings.CutPrefix(lines.Text(), "Setup: "); ok {
			s.setup = link
		}
		s.url, _ = strings.CutPrefix(lines.Text(), "Listening on ")
		if !strings.HasPrefix(s.url, "http") {
			s.url = ""
		}
	}
	if s.url == "" {
		text, _ := os.ReadFile(s.log)
		return nil, fmt.Errorf("the server did not start: %w\n%s", s.command.Wait(), text)
	}
	go func() { s.ended <- s.command.Wait() }()
	return s, nil
}

// within asks again and again, at most so long, until the answer is yes; it is the last
// answer. What is asked about is done by another process.
func within(most, every time.Duration, is func() bool) bool {
	again, over := time.NewTicker(every), time.After(most)
	defer again.Stop()
	for !is() {
		select {
		case <-again.C:
		case <-over:
			return is()
		}
	}
	return true
}

// logged waits until the log has these words, at most five seconds.
func (s *server) logged(words string) {
	within(5*time.Second, 10*time.Millisecond, func() bool {
		text, err := os.ReadFile(s.log)
		return err != nil || bytes.Contains(text[min(s.from, int64(len(text))):], []byte(words))
	})
}

func (s *server) signal(sig syscall.Signal) { s.command.Process.Signal(sig) }

// wait waits for the end of the process and returns an error unless its status
// was 0.
func (s *server) wait() error {
	err := <-s.ended
	s.ended <- err
	return err
}

// kill ends the process as a crash would; no harm if it has ended.
func (s *server) kill() {
	s.command.Process.Kill()
	s.wait()
}

// start is startServer on ./data of a folder, until the test ends.
func start(t *testing.T, folder string, args ...string) *server {
	t.Helper()
	s, err := startServer(folder, append([]string{"--data", "data"}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	return s
}

// latchkey runs another command on ./data of a folder and returns what it prints.
func latchkey(t *testing.T, folder string, args ...string) string {
	t.Helper()
	command := exec.Command("latchkey", append(args, "--data", "data")...)
	command.Dir, command.Env = folder, []string{"PATH=" + os.Getenv("PATH")}
	out, err := command.Output()
	if err != nil {
		failed, _ := errors.AsType[*exec.ExitError](err)
		t.Fatalf("latchkey %v: %v\n%s%s", args, err, out, failed.Stderr)
	}
	return string(out)
}
