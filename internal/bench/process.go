package main

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
	"time"
)

// The cores: one for the server, one for the load, as taskset takes them.
const (
	oneCore  = "0"
	loadCore = "1"
)

// allCores is every core there is.
var allCores = "0-" + strconv.Itoa(runtime.NumCPU()-1)

// pinned returns a command that runs on these cores only.
func pinned(cores string, args ...string) *exec.Cmd {
	return exec.Command("taskset", append([]string{"--cpu-list", cores}, args...)...)
}

// server is a running child that has said where it listens.
type server struct {
	command *exec.Cmd
	url     string
	// ready is the time from the start of the process to its "Listening on" line.
	ready time.Duration
}

// startServerOn runs a program on these cores and waits for its line "Listening
// on URL". The caller stops it.
func startServerOn(cores string, args ...string) (*server, error) {
	command := pinned(cores, args...)
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	begin := time.Now()
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", args[0], err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if url, ok := strings.CutPrefix(lines.Text(), "Listening on "); ok {
			s := &server{command: command, url: url, ready: time.Since(begin)}
			go func() { // a full pipe would stop the server
				for lines.Scan() {
				}
			}()
			return s, nil
		}
	}
	return nil, errors.Join(fmt.Errorf("%s ended without listening", args[0]), command.Wait())
}

// stop ends the server and waits until it is gone.
func (s *server) stop() {
	_ = s.command.Process.Signal(syscall.SIGTERM) // started by a script in the background, it would ignore an interrupt
	_ = s.command.Wait()                          // ended by a signal, as asked
}

// measureIn runs one of our own commands pinned to the load's core and returns
// the result it printed.
func measureIn(args ...string) (result, error) {
	self, err := os.Executable()
	if err != nil {
		return result{}, err
	}
	command := pinned(loadCore, append([]string{self}, args...)...)
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		return result{}, fmt.Errorf("running %s: %w", args[0], err)
	}
	var got result
	if err := json.Unmarshal(out, &got); err != nil {
		return result{}, fmt.Errorf("reading the result of %s: %w", args[0], err)
	}
	return got, nil
}

// residentMB is the memory of the server that is really in use, in MB.
func (s *server) residentMB() (float64, error) { return s.statusMB("VmRSS:") }

// peakMB is the most that it ever was, in MB.
func (s *server) peakMB() (float64, error) { return s.statusMB("VmHWM:") }

// statusMB reads a line of the process's status.
func (s *server) statusMB(name string) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.command.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, name); ok {
			kb, err := strconv.ParseFloat(strings.Fields(value)[0], 64)
			return kb / 1000, err
		}
	}
	return 0, fmt.Errorf("no %s in the process's status", name)
}
