package binary

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// Server is the program, serving in a process of its own.
type Server struct {
	// Address is the host and port that it listens on.
	Address string
	// Setup is the set-up link that it printed, or "".
	Setup string
	// Folder is what it was started in, Data its data folder and LogFile what it wrote to
	// stderr.
	Folder, Data, LogFile string

	command *exec.Cmd
	ended   chan error
}

// Start runs "latchkey serve" in a folder, on its data folder "data", on a free port and
// with the cheapest hashes that it allows, until it listens.
func Start(folder string, flags ...string) (*Server, error) {
	program, err := Program()
	if err != nil {
		return nil, err
	}
	s := &Server{Folder: folder, Data: filepath.Join(folder, "data"), LogFile: filepath.Join(folder, "server.log"), ended: make(chan error, 1)}
	log, err := os.OpenFile(s.LogFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	args := []string{"serve", "--data", s.Data, "--addr", "127.0.0.1:0", "--password-hash", "argon2id:19MiB:2:1", "--log-format", "json"}
	s.command = exec.Command(program, append(args, flags...)...)
	s.command.Dir, s.command.Stderr, s.command.Env = folder, log, environment()
	out, err := s.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.command.Start(); err != nil {
		return nil, err
	}
	return s, s.listens(out)
}

// listens waits for the line that says where the server listens.
func (s *Server) listens(out io.Reader) error {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if link, ok := strings.CutPrefix(lines.Text(), "Setup: "); ok {
			s.Setup = link
		}
		if at, ok := strings.CutPrefix(lines.Text(), "Listening on "); ok {
			u, err := url.Parse(at)
			if err != nil {
				return err
			}
			s.Address = u.Host
			go func() {
				io.Copy(io.Discard, out) // a full pipe would stop the server
				s.ended <- s.command.Wait()
			}()
			return nil
		}
	}
	err := s.command.Wait()
	log, _ := os.ReadFile(s.LogFile)
	return fmt.Errorf("the server did not start: %w\n%s", err, log)
}

// environment is what programs are started with: nothing that would configure them, and
// what the race detector is told.
func environment() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "GORACE=" + os.Getenv("GORACE")}
}

// Run runs a command on the data of the server and returns what it printed.
func (s *Server) Run(input string, args ...string) (string, error) {
	return Run(s.Data, input, args...)
}

// Run runs a command on a data folder and returns what it printed on stdout. The error
// has what it printed on stderr.
func Run(data, input string, args ...string) (string, error) {
	program, err := Program()
	if err != nil {
		return "", err
	}
	command := exec.Command(program, append(args, "--data", data)...)
	command.Env, command.Stdin = environment(), strings.NewReader(input)
	var said bytes.Buffer
	command.Stderr = &said
	out, err := command.Output()
	if err != nil {
		return string(out), fmt.Errorf("latchkey %s: %w: %s", strings.Join(args, " "), err, said.String())
	}
	return string(out), nil
}

// Process is the id of the server's process.
func (s *Server) Process() int { return s.command.Process.Pid }

// Stop ends the server as an operator does and waits for its end.
func (s *Server) Stop() error {
	s.command.Process.Signal(syscall.SIGTERM)
	return s.wait()
}

// Kill ends the server as a crash would; no harm if it has ended.
func (s *Server) Kill() {
	s.command.Process.Kill()
	s.wait()
}

func (s *Server) wait() error {
	err := <-s.ended
	s.ended <- err
	return err
}

// Dial opens a connection to the server from an address of this machine, such as
// 127.0.0.7, or from any if it is "".
func (s *Server) Dial(from string) (net.Conn, error) {
	dialer := net.Dialer{}
	if from != "" {
		dialer.LocalAddr = &net.TCPAddr{IP: net.ParseIP(from)}
	}
	return dialer.Dial("tcp", s.Address)
}
