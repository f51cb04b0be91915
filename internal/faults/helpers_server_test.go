package faults

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long a test waits for what another process does: far longer than it takes,
// because the machine may be busy with everything else.
const patience = 60 * time.Second

// how says how a server is started.
type how struct {
	program string   // "" for the built one
	under   []string // what starts it, such as prlimit with its flags
	flags   []string // of serve
	env     []string
	costly  bool // hash passwords at the default cost, not at the lowest
}

// server is the built program, serving a data folder.
type server struct {
	url, setup string
	log        string        // file with all that servers of this folder have written
	from       int           // where its part begins
	took       time.Duration // from its start until it said that it listens

	command *exec.Cmd
	ended   chan struct{}
	err     error // how it ended, once it has
}

// serve starts a server on a data folder. The error holds what it wrote.
func serve(t testing.TB, data string, h how) (*server, error) {
	t.Helper()
	program := h.program
	if program == "" {
		program = built(t)
	}
	args := append(append([]string{}, h.under...), program, "serve", "--addr", "127.0.0.1:0", "--data", data)
	if !h.costly {
		args = append(args, "--password-hash", "argon2id:19MiB:2:1")
	}
	args = append(args, h.flags...)
	s := &server{log: filepath.Join(t.TempDir(), "log"), ended: make(chan struct{})}
	log, err := os.Create(s.log)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	s.command = exec.Command(args[0], args[1:]...)
	s.command.Stderr, s.command.Env = log, append([]string{"PATH=" + os.Getenv("PATH")}, h.env...)
	s.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := s.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if err := s.command.Start(); err != nil {
		t.Fatal(err)
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
	s.took = time.Since(begun)
	go func() {
		_, _ = io.Copy(io.Discard, out)
		s.err = s.command.Wait()
		close(s.ended)
	}()
	if s.url == "" {
		<-s.ended
		return nil, fmt.Errorf("the server did not start: %w\n%s", s.err, s.said())
	}
	t.Cleanup(s.kill)
	return s, nil
}

// start is serve for a server that has to start.
func start(t testing.TB, data string, h how) *server {
	t.Helper()
	s, err := serve(t, data, h)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// said is what the server has written to its log.
func (s *server) said() string {
	text, err := os.ReadFile(s.log)
	if err != nil {
		return err.Error()
	}
	return string(text[min(s.from, len(text)):])
}

// hush forgets what the server has written so far.
func (s *server) hush() {
	text, _ := os.ReadFile(s.log)
	s.from = len(text)
}

// kill ends the server as a crash would; no harm if it has ended.
func (s *server) kill() {
	_ = s.command.Process.Kill()
	<-s.ended
}

// stop ends the server in good order and returns how it ended.
func (s *server) stop(t testing.TB) error {
	t.Helper()
	_ = s.command.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.ended:
	case <-time.After(patience):
		t.Fatalf("the server does not stop: %s", s.said())
	}
	return s.err
}

// alive reports whether the server still runs.
func (s *server) alive() bool {
	select {
	case <-s.ended:
		return false
	default:
		return true
	}
}

// within asks again and again until the answer is yes; it is the last answer.
func within(most time.Duration, is func() bool) bool {
	again, over := time.NewTicker(20*time.Millisecond), time.After(most)
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

// ready waits until /readyz answers with a status, and returns what it says.
func (s *server) ready(t testing.TB, status int) string {
	t.Helper()
	var text []byte
	var got int
	client := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	if !within(patience, func() bool {
		answer, err := client.Get(s.url + "/readyz")
		if err != nil {
			got, text = 0, []byte(err.Error())
			return false
		}
		defer answer.Body.Close()
		got = answer.StatusCode
		text, err = io.ReadAll(answer.Body)
		return err == nil && got == status
	}) {
		t.Fatalf("/readyz: %d %s, want %d; the log: %s", got, text, status, s.said())
	}
	return string(text)
}

// waitLog waits until the log says so.
func (s *server) waitLog(t testing.TB, words string) {
	t.Helper()
	if !within(patience, func() bool { return strings.Contains(s.said(), words) }) {
		t.Errorf("the log does not say %q: %s", words, s.said())
	}
}

// command runs another command of the program on a data folder.
func command(t testing.TB, data string, args ...string) (out string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c := exec.CommandContext(ctx, built(t), append(args, "--data", data)...)
	c.Env = []string{"PATH=" + os.Getenv("PATH")}
	text, err := c.CombinedOutput()
	return string(bytes.TrimSpace(text)), err
}

// must runs a command that has to succeed.
func must(t testing.TB, data string, args ...string) string {
	t.Helper()
	out, err := command(t, data, args...)
	if err != nil {
		t.Fatalf("latchkey %v: %v\n%s", args, err, out)
	}
	return out
}
