package main

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// signsIn makes a try to sign in that fails and is logged.
func signsIn(t *testing.T, folder string) {
	t.Helper()
	request, err := http.NewRequest(http.MethodPost, "http://localhost/login", strings.NewReader("username=nobody&password=wrong"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	answer, err := client(folder).Do(request)
	if err != nil {
		t.Fatalf("a try to sign in: %v", err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusUnprocessableEntity {
		t.Fatalf("a try to sign in is answered %d", answer.StatusCode)
	}
}

// TestServe_WhoeverReadsMayGo: a log that cannot be written stops neither a sign-in nor
// the server.
func TestServe_WhoeverReadsMayGo(t *testing.T) {
	t.Parallel()
	for name, sh := range map[string]string{
		"both readers are gone":           ">pipe 2>&1",
		"both are closed":                 ">&- 2>&-",
		"the disk of the log is full":     ">/dev/full 2>/dev/full",
		"the log alone has lost a reader": ">out 2>pipe",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			if err := syscall.Mkfifo(filepath.Join(folder, "pipe"), 0o600); err != nil {
				t.Fatal(err)
			}
			// Opened for both, so that nobody waits for the other side.
			reader, err := os.OpenFile(filepath.Join(folder, "pipe"), os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			server := begin(t, folder, sh)
			reader.Close()
			for range 3 {
				signsIn(t, folder)
			}
			server.Process.Signal(syscall.SIGTERM)
			if err := server.Wait(); err != nil {
				t.Errorf("the server ends with %v", err)
			}
		})
	}
}

// TestServe_ALogThatNobodyReads: a full pipe makes nobody wait, and what was lost is said
// once somebody reads again.
func TestServe_ALogThatNobodyReads(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	pipe := filepath.Join(folder, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := os.OpenFile(pipe, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	server := begin(t, folder, ">pipe 2>&1")
	c := client(folder)
	pages := func(n int) {
		t.Helper()
		for range n {
			answer, err := c.Get("http://localhost/healthz")
			if err != nil {
				t.Fatalf("while nobody reads the log: %v", err)
			}
			answer.Body.Close()
		}
	}
	pages(3500) // more lines than the pipe takes and than may wait
	signsIn(t, folder)
	var log bytes.Buffer
	read := make(chan error)
	go func() {
		writer, err := os.OpenFile(pipe, os.O_RDONLY, 0)
		reader.Close() // so that the end of the server is the end of the pipe
		if err == nil {
			_, err = io.Copy(&log, writer)
		}
		read <- err
	}()
	pages(50)
	server.Process.Signal(syscall.SIGTERM)
	if err := server.Wait(); err != nil {
		t.Errorf("the server ends with %v", err)
	}
	if err := <-read; err != nil || !strings.Contains(log.String(), "log lines were lost") || !strings.Contains(log.String(), `"msg":"stopped"`) {
		t.Errorf("the log does not tell of lost lines, or ends early: %v\n%.2000s", err, log.String())
	}
}
