package product

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"latchkey/internal/bench/load"
)

// The cores: one for the server, one for the load, as taskset takes them.
const (
	OneCore  = "0"
	loadCore = "1"
)

// AllCores is every core there is.
var AllCores = "0-" + strconv.Itoa(runtime.NumCPU()-1)

// pinned returns a command that runs on these cores only.
func pinned(cores string, args ...string) *exec.Cmd {
	return exec.Command("taskset", append([]string{"--cpu-list", cores}, args...)...)
}

// Server is a running child that has said where it listens.
type Server struct {
	command *exec.Cmd
	// URL is where it listens.
	URL string
}

// StartOn runs a program on these cores and waits for its line "Listening
// on URL". The caller stops it.
func StartOn(cores string, args ...string) (*Server, error) {
	command := pinned(cores, args...)
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", args[0], err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if url, ok := strings.CutPrefix(lines.Text(), "Listening on "); ok {
			s := &Server{command: command, URL: url}
			go func() { // a full pipe would stop the server
				for lines.Scan() {
				}
			}()
			return s, nil
		}
	}
	return nil, errors.Join(fmt.Errorf("%s ended without listening", args[0]), command.Wait())
}

// Stop ends the server and waits until it is gone.
func (s *Server) Stop() {
	_ = s.command.Process.Signal(syscall.SIGTERM) // started by a script in the background, it would ignore an interrupt
	_ = s.command.Wait()                          // ended by a signal, as asked
}

// Measure runs a command of the benchmarks, such as "load", pinned to the load's core and returns
// the result it printed.
func Measure(args ...string) (load.Result, error) {
	self, err := os.Executable()
	if err != nil {
		return load.Result{}, err
	}
	command := pinned(loadCore, append([]string{self}, args...)...)
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		return load.Result{}, fmt.Errorf("running %s: %w", args[0], err)
	}
	var got load.Result
	if err := json.Unmarshal(out, &got); err != nil {
		return load.Result{}, fmt.Errorf("reading the result of %s: %w", args[0], err)
	}
	return got, nil
}
