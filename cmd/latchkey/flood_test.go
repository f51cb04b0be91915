package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// flooded is the real program, as strangers see it.
type flooded struct {
	*testing.T
	*server
	host string
}

// TestEX01_Floods: with the bounds that people get, whoever takes all the connections and
// forms there are keeps nobody else out, and fills neither memory nor disk.
func TestEX01_Floods(t *testing.T) {
	t.Parallel()
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil || files.Cur < 10_000 {
		t.Skipf("this process may open only %d files: %v", files.Cur, err)
	}
	s, err := startServer(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	f := &flooded{t, s, strings.TrimPrefix(s.url, "http://")}
	f.serves("nothing")
	before := f.memory()
	var all []net.Conn
	for i := 1; i <= 7; i++ {
		for range 600 {
			all = append(all, f.dial(fmt.Sprintf("127.%d.0.1", i)))
		}
	}
	f.serves("idle connections")
	for _, c := range all {
		c.Close()
	}
	all = nil
	form := "POST /login HTTP/1.1\r\nHost: " + f.host + "\r\nOrigin: " + s.url + "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 60000\r\n\r\n" + strings.Repeat("x", 59_999)
	for i := range 1500 {
		c := f.dial(fmt.Sprintf("127.%d.0.1", 1+i%6))
		io.WriteString(c, form)
		all = append(all, c)
	}
	f.serves("slow forms")
	if grown := f.memory() - before; grown > memoryFactor*96<<10 { // about 60 MB, of which half is garbage
		t.Errorf("it has grown by %d KB", grown)
	}
	for _, c := range all {
		c.Close()
	}
	f.fillsNoLog()
}

// dial connects from an address of this machine.
func (f *flooded) dial(from string) net.Conn {
	f.Helper()
	c, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}).Dial("tcp", f.host)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(30 * time.Second))
	return c
}

// serves asks for a page and sends a form that is not worth a hash, from a network that had nothing so far and from
// one of those that flood.
func (f *flooded) serves(during string) {
	f.Helper()
	for _, from := range []string{"127.9.0.1", "127.1.0.1"} {
		for request, want := range map[string]int{
			"GET /setup HTTP/1.1\r\nHost: HOST\r\n\r\n": http.StatusOK,
			"POST /login HTTP/1.1\r\nHost: HOST\r\nOrigin: http://HOST\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 20\r\n\r\nusername=a&password=": http.StatusUnprocessableEntity,
		} {
			c := f.dial(from)
			io.WriteString(c, strings.ReplaceAll(request, "HOST", f.host))
			answer, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil || answer.StatusCode != want {
				f.Errorf("%s: %s gets %v, %v, want %d", during, from, answer, err, want)
			}
		}
	}
}

// memory is what the process has resident, in KB.
func (f *flooded) memory() int {
	f.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", f.command.Process.Pid))
	found := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(text)
	if err != nil || found == nil {
		f.Fatalf("reading the memory of the server: %v", err)
	}
	kb, _ := strconv.Atoi(string(found[1]))
	return kb
}

// fillsNoLog sends forms that are refused, with as much in their headers as there may be.
func (f *flooded) fillsNoLog() {
	f.Helper()
	before, err := os.ReadFile(f.log)
	if err != nil {
		f.Fatal(err)
	}
	long := strings.Repeat("\U000e0001", 800)
	one := "POST /nowhere HTTP/1.1\r\nHost: HOST\r\nOrigin: " + long + "\r\nSec-Fetch-Site: " + long + "\r\nUser-Agent: " + long + "\r\nContent-Length: 0\r\n\r\n"
	one = strings.ReplaceAll(one, "HOST", f.host)
	for range 4 {
		c := f.dial("127.1.0.1")
		go io.WriteString(c, strings.Repeat(one, 250))
		answers := bufio.NewReader(c)
		for range 250 {
			answer, err := http.ReadResponse(answers, nil)
			if err != nil || answer.StatusCode != http.StatusForbidden {
				f.Fatalf("answered %v, %v", answer, err)
			}
			io.Copy(io.Discard, answer.Body)
		}
	}
	f.signal(syscall.SIGTERM)
	f.wait()
	text, err := os.ReadFile(f.log)
	if err != nil {
		f.Fatal(err)
	}
	text = text[len(before):]
	for line := range bytes.Lines(text) {
		if len(line) > 3000 {
			f.Errorf("a line of %d bytes: %.300s", len(line), line)
		}
	}
	if len(text) > 150<<10 || !bytes.Contains(text, []byte("lines were left out of the log")) {
		f.Errorf("a thousand refused forms are %d bytes of log: %.2000s", len(text), text)
	}
}
