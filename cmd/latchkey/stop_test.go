package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// half is a request of which the server has read the first half and waits for the
// rest.
type half struct {
	net.Conn
	answer *bufio.Reader
	rest   string
}

// sendHalf sends the first half of a sign-in and waits until the server asks for
// the body: the request is in flight then.
func sendHalf(t *testing.T, s *server) half {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	const body = "username=nobody&password=wrong"
	fmt.Fprintf(conn, "POST /login HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\nExpect: 100-continue\r\n"+
		"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n", len(body))
	h := half{conn, bufio.NewReader(conn), body[10:]}
	if line, err := h.answer.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("the server answers %q, %v", line, err)
	}
	h.answer.ReadString('\n')
	fmt.Fprint(conn, body[:10])
	return h
}

// stopping waits until the server does not take connections any more.
func stopping(t *testing.T, s *server) {
	t.Helper()
	for {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			return
		}
		conn.Close()
	}
}

func TestAV07_StopAnswersWhatIsInFlight(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir())
	h := sendHalf(t, s)
	s.signal(syscall.SIGTERM)
	stopping(t, s)
	fmt.Fprint(h, h.rest)
	answer, err := http.ReadResponse(h.answer, nil)
	if err != nil || answer.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a request in flight is answered %+v, %v", answer, err)
	}
	if err := s.wait(); err != nil {
		t.Errorf("the server ends with %v", err)
	}
}

func TestAV07_StopEndsInTimeWhateverHangs(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes as long as a stop may take")
	}
	s := start(t, t.TempDir())
	sendHalf(t, s)
	s.signal(syscall.SIGTERM)
	if err := s.wait(); err != nil {
		t.Errorf("the server ends with %v", err)
	}
	if log, err := os.ReadFile(s.log); err != nil || !strings.Contains(string(log), "some requests were cut off") {
		t.Errorf("the log does not tell of the request that was cut off: %v\n%s", err, log)
	}
}

func TestServe_SecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir())
	sendHalf(t, s)
	s.signal(syscall.SIGINT)
	stopping(t, s)
	s.signal(syscall.SIGINT)
	failed, ok := errors.AsType[*exec.ExitError](s.wait())
	if !ok || failed.Sys().(syscall.WaitStatus).Signal() != syscall.SIGINT {
		t.Errorf("the server ends with %v, want by the signal", failed)
	}
}

func TestServe_HangupChangesNothing(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir())
	s.signal(syscall.SIGHUP)
	if status := newPerson(t, s.url).status("/healthz"); status != http.StatusOK {
		t.Errorf("/healthz answers %d", status)
	}
	s.signal(syscall.SIGTERM)
	if err := s.wait(); err != nil {
		t.Errorf("the server ends with %v", err)
	}
}

func TestLO04_LogHoldsNoSecret(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := start(t, folder)
	p := newPerson(t, s.url)
	_, setupCode, _ := strings.Cut(s.setup, "code=")
	p.status("/setup?code=" + setupCode)
	p.post("/setup", "setup_code", setupCode, "username", "grace", "name", "", "email", "", "new_password", testPassword)
	if status := p.status("/security/authenticators/new"); status != http.StatusOK {
		t.Fatalf("enrolment answers %d", status)
	}
	invitation := latchkey(t, folder, "user", "add", "ada")
	_, token, _ := strings.Cut(strings.Fields(invitation)[3], "/invite/")
	p.status("/invite/" + token)
	p.post("/invite/" + token)
	p.status("/login?next=canary-next")
	p.post("/login", "username", "canary-name", "password", "canary-password")
	p.post("/login/code", "code", "424242")
	p.post("/login/recovery", "recovery_code", "AAAA-BBBB-CCCC-DDDD")
	p.post("/nowhere/to-be-found?q=canary-query", "field", "canary-field")
	s.signal(syscall.SIGTERM)
	if err := s.wait(); err != nil {
		t.Fatal(err)
	}
	key, err := os.ReadFile(folder + "/data/latchkey.key")
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(s.log)
	if err != nil || !strings.Contains(string(log), `"method":"POST","route":"/setup"`) || !strings.Contains(string(log), `/nowhere/to-be-found`) {
		t.Fatalf("the log does not show the requests: %v\n%s", err, log)
	}
	for _, secret := range []string{setupCode, token, testPassword, "canary", "424242", "AAAA-BBBB", strings.Fields(string(key))[3]} {
		if secret == "" || strings.Contains(string(log), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}
