package main

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// begin starts "latchkey serve" in a folder through a shell, which has its redirections
// in sh, and waits until it answers at the socket there.
func begin(t *testing.T, folder, sh string, env ...string) *exec.Cmd {
	t.Helper()
	command := exec.Command("sh", "-c", "exec latchkey serve --data data --addr unix:s.sock --password-hash argon2id:19MiB:2:1 --log-level debug "+sh)
	command.Dir, command.Env = folder, append([]string{"PATH=" + os.Getenv("PATH")}, env...)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { command.Process.Kill(); command.Wait() })
	for late := time.After(time.Minute); ; {
		if answer, err := client(folder).Get("http://localhost/healthz"); err == nil {
			answer.Body.Close()
			return command
		}
		select {
		case <-late:
			t.Fatal("the server does not answer at its socket")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// client speaks to the socket of a folder.
func client(folder string) *http.Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(folder, "s.sock"))
	}
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// run runs a command in a folder and returns all it prints.
func run(folder string, args ...string) (string, error) {
	command := exec.Command("latchkey", args...)
	command.Dir, command.Env = folder, []string{"PATH=" + os.Getenv("PATH")}
	out, err := command.CombinedOutput()
	return string(out), err
}

func TestServe_Socket(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	server := begin(t, folder, ">out 2>log")
	if info, err := os.Stat(filepath.Join(folder, "s.sock")); err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("the socket has mode %v, %v", info.Mode(), err)
	}
	if out, err := run(folder, "healthcheck", "--addr", "unix:s.sock"); err != nil || out != "ok\n" {
		t.Errorf("healthcheck says %q, %v", out, err)
	}
	out, err := os.ReadFile(filepath.Join(folder, "out"))
	if err != nil || !strings.Contains(string(out), "Listening on unix:s.sock\n") || !strings.Contains(string(out), "Setup: http://localhost/setup?code=") {
		t.Errorf("it prints %q, %v", out, err)
	}

	if out, err := run(folder, "serve", "--data", "other", "--addr", "unix:s.sock"); err == nil || !strings.Contains(out, "another program is already listening on s.sock") {
		t.Errorf("a second server says %q, %v", out, err)
	}
	server.Process.Kill() // leaves its socket behind
	server.Wait()
	if _, err := os.Lstat(filepath.Join(folder, "s.sock")); err != nil {
		t.Fatalf("the test needs a socket that was left behind: %v", err)
	}
	server = begin(t, folder, ">out 2>log")
	server.Process.Signal(syscall.SIGTERM)
	if err := server.Wait(); err != nil {
		t.Errorf("the server ends with %v", err)
	}
	if _, err := os.Lstat(filepath.Join(folder, "s.sock")); err == nil {
		t.Error("the socket is still there after a stop in good order")
	}
}

func TestServe_SocketsThatCannotBe(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "file"), []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	for addr, want := range map[string]string{
		"unix:file":                        "file exists and is not a socket",
		"unix:" + strings.Repeat("x", 108): "at most 107 bytes; this one has 108",
		"unix:":                            "has no path",
		"unix:none/s.sock":                 "the folder of unix:none/s.sock does not exist",
	} {
		if out, err := run(folder, "serve", "--data", "data", "--addr", addr); err == nil || !strings.Contains(out, want) || strings.Count(out, "\n") != 1 {
			t.Errorf("%s: %q, %v", addr, out, err)
		}
	}
	if kept, err := os.ReadFile(filepath.Join(folder, "file")); err != nil || string(kept) != "precious" {
		t.Errorf("the file in the place of the socket holds %q, %v", kept, err)
	}
	if _, err := os.Stat(filepath.Join(folder, "data")); err == nil {
		t.Error("a server that could not listen made a data folder")
	}
}

// TestServe_TellsTheServiceManager what systemd waits for, and goes on telling it.
func TestServe_TellsTheServiceManager(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(folder, "notify"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer manager.Close()
	server := begin(t, folder, ">out 2>log", "NOTIFY_SOCKET="+filepath.Join(folder, "notify"), "WATCHDOG_USEC=200000")
	manager.SetReadDeadline(time.Now().Add(time.Minute))
	var told []string
	hear := func(want string) {
		t.Helper()
		text := make([]byte, 500)
		for len(told) == 0 || !strings.Contains(told[len(told)-1], want) {
			n, err := manager.Read(text)
			if err != nil {
				t.Fatalf("waiting for %s after %q: %v", want, told, err)
			}
			told = append(told, string(text[:n]))
		}
	}
	hear("READY=1\nSTATUS=Serving http://localhost")
	if len(told) != 1 {
		t.Errorf("before it was ready it said %q", told)
	}
	hear("WATCHDOG=1")
	told = append(told, "")
	hear("WATCHDOG=1")
	server.Process.Signal(syscall.SIGTERM)
	hear("STOPPING=1")
	if err := server.Wait(); err != nil {
		t.Errorf("the server ends with %v", err)
	}
}
