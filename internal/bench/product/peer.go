package product

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Peer is another program that signs people in, in a folder with two commands of its own: "serve" serves at $ADDR with
// its data in $DATA until it is ended, and "page" signs somebody in at $URL and prints the address of a page that they
// see, and on further lines the headers of its request.
type Peer struct{ Folder string }

// Peers are those in a folder, by name.
func Peers(folder string) (all []Peer, err error) {
	found, err := filepath.Glob(filepath.Join(folder, "*", "serve"))
	for _, serve := range found {
		all = append(all, Peer{filepath.Dir(serve)})
	}
	if len(all) == 0 {
		err = errors.Join(err, fmt.Errorf("%s has no folder with a command serve", folder))
	}
	return all, err
}

// Name is what it is called.
func (p Peer) Name() string { return filepath.Base(p.Folder) }

// Start runs it on one core until it answers, for a minute at most. The caller stops it.
func (p Peer) Start(data string) (*Server, error) {
	at, err := FreeAddress()
	if err != nil {
		return nil, err
	}
	command := pinned(OneCore, filepath.Join(p.Folder, "serve"))
	command.Env = append(os.Environ(), "ADDR="+at, "DATA="+data)
	command.Stderr = os.Stderr
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", p.Name(), err)
	}
	s := &Server{command: command, URL: "http://" + at}
	if err := Answers(s.URL); err != nil {
		s.Stop()
		return nil, fmt.Errorf("%s does not answer: %w", p.Name(), err)
	}
	return s, nil
}

// Page signs somebody in, and returns the address of their page and the headers of its request.
func (p Peer) Page(s *Server, data string) (url string, headers []string, err error) {
	command := exec.Command(filepath.Join(p.Folder, "page"))
	command.Env = append(os.Environ(), "URL="+s.URL, "DATA="+data)
	command.Stderr = os.Stderr
	out, err := command.Output()
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if err == nil && !strings.HasPrefix(lines[0], s.URL) {
		err = fmt.Errorf("it printed %q, want an address of %s", lines[0], s.URL)
	}
	if err != nil {
		return "", nil, fmt.Errorf("signing in to %s: %w", p.Name(), err)
	}
	return lines[0], lines[1:], nil
}

// FreeAddress is one that nothing listens on at the moment.
func FreeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// Answers waits until a server answers, for at most a minute.
func Answers(url string) (err error) {
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		var answer *http.Response
		if answer, err = http.Get(url); err == nil {
			return answer.Body.Close()
		}
	}
	return err
}
