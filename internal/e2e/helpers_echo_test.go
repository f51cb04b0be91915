package e2e

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// quiet is a log that nobody reads.
var quiet = slog.New(slog.DiscardHandler)

// echo is an application that shows what reaches it, and takes a WebSocket.
type echo struct {
	address string
	mu      sync.Mutex
	got     []arrived
}

// arrived is a request as an application gets it.
type arrived struct {
	Method, Host, URI, Body string
	Header                  http.Header
}

// newEcho starts one for a test. Bytes are read as they come, before a library makes one spelling of all.
func newEcho(t *testing.T) *echo {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e := &echo{address: l.Addr().String()}
	s := &http.Server{Handler: http.HandlerFunc(e.serve), ReadHeaderTimeout: patience, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return e
}

func (e *echo) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	a := arrived{Method: r.Method, Host: r.Host, URI: r.RequestURI, Body: string(body), Header: r.Header.Clone()}
	e.mu.Lock()
	e.got = append(e.got, a)
	e.mu.Unlock()
	if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		e.socket(w, r)
		return
	}
	if strings.HasPrefix(r.URL.Path, "/favicon") {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	text, _ := json.MarshalIndent(a, "", " ")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, `<!doctype html><title>Wiki</title><h1>The wiki</h1><pre>%s</pre>
<form method="post" action="/save"><label for="t">Text</label><input id="t" name="text"><button>Save</button></form>`, html.EscapeString(string(text)))
}

// socket says who is there, and sends one frame back (RFC 6455).
func (e *echo) socket(w http.ResponseWriter, r *http.Request) {
	conn, both, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	fmt.Fprintf(both, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", base64.StdEncoding.EncodeToString(sum[:]))
	both.Flush()
	text, err := frame(both.Reader)
	if err != nil {
		return
	}
	answer := r.Header.Get("Remote-User") + " says " + text
	both.Write(append([]byte{0x81, byte(len(answer))}, answer...))
	both.Flush()
	io.Copy(io.Discard, both)
}

// frame reads a short text of a client.
func frame(r *bufio.Reader) (string, error) {
	head := make([]byte, 6)
	if _, err := io.ReadFull(r, head); err != nil {
		return "", err
	}
	text := make([]byte, head[1]&0x7f)
	if _, err := io.ReadFull(r, text); err != nil {
		return "", err
	}
	for i := range text {
		text[i] ^= head[2+i%4]
	}
	return string(text), nil
}

// since forgets what came before and returns what comes while do runs.
func (e *echo) since(do func()) []arrived {
	e.mu.Lock()
	from := len(e.got)
	e.mu.Unlock()
	do()
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]arrived(nil), e.got[from:]...)
}

// radicale starts the calendar server once, which believes the header that its own configuration
// names, and returns where it listens.
var radicale = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "latchkey-radicale-")
	if err != nil {
		return "", err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	address := l.Addr().String()
	l.Close()
	document, err := os.ReadFile(filepath.Join("..", "..", "docs", "applications.md"))
	if err != nil {
		return "", err
	}
	_, text, _ := strings.Cut(string(document), "### Radicale")
	_, text, _ = strings.Cut(text, "```ini\n")
	text, _, found := strings.Cut(text, "```")
	if !found {
		return "", errors.New("docs/applications.md has no configuration of Radicale")
	}
	text = strings.Replace(text, "hosts = 127.0.0.1:5232", "hosts = "+address, 1)
	text = strings.Replace(text, "/var/lib/radicale/collections", filepath.Join(folder, "collections"), 1)
	path := filepath.Join(folder, "config")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return "", err
	}
	var log bytes.Buffer
	command := exec.Command(installed("radicale"), "--config", path)
	command.Stdout, command.Stderr = &log, &log
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + folder}
	if err := command.Start(); err != nil {
		return "", err
	}
	atEnd.add(func() {
		command.Process.Kill()
		command.Wait()
		os.RemoveAll(folder)
	})
	_, port, _ := net.SplitHostPort(address)
	again, over := time.NewTicker(20*time.Millisecond), time.After(patience)
	defer again.Stop()
	for !listens(port) {
		select {
		case <-over:
			return "", fmt.Errorf("radicale does not listen: %s", &log)
		case <-again.C:
		}
	}
	return address, nil
})
