package product

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// CPU is how much of the processor the server and its children have used so far, to a hundredth of a second.
func (s *Server) CPU() (time.Duration, error) {
	var ticks time.Duration
	for _, process := range s.processes() {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", process))
		if err != nil {
			return 0, err
		}
		_, after, _ := strings.Cut(string(text), ") ") // behind the name, which can be anything
		fields := strings.Fields(after)
		if len(fields) < 15 {
			return 0, errors.New("the process's stat is too short")
		}
		for _, field := range fields[11:15] { // utime, stime and those of children that ended, of proc_pid_stat(5), in USER_HZ
			n, err := strconv.Atoi(field)
			if err != nil {
				return 0, fmt.Errorf("reading the process's stat: %w", err)
			}
			ticks += time.Duration(n)
		}
	}
	return ticks * time.Second / 100, nil
}

// RestingMB waits until the start is over, and returns ResidentMB.
func (s *Server) RestingMB(settle time.Duration) (float64, error) {
	time.Sleep(settle)
	return s.ResidentMB()
}

// ResidentMB is the memory of the server and its children that is really in use, in MB.
func (s *Server) ResidentMB() (float64, error) { return s.statusMB("VmRSS:") }

// PeakMB is the most that it ever was of each, in MB.
func (s *Server) PeakMB() (float64, error) { return s.statusMB("VmHWM:") }

// statusMB adds up a line of the status of all processes.
func (s *Server) statusMB(name string) (sum float64, err error) {
	for _, process := range s.processes() {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", process))
		if err != nil {
			return 0, err
		}
		_, after, found := strings.Cut(string(status), name)
		fields := strings.Fields(after)
		if !found || len(fields) == 0 {
			return 0, fmt.Errorf("no %s in the process's status", name)
		}
		kb, err := strconv.ParseFloat(fields[0], 64)
		if err != nil {
			return 0, fmt.Errorf("reading the process's status: %w", err)
		}
		sum += kb / 1000
	}
	return sum, nil
}

// processes are the server and all that it started, as long as they run.
func (s *Server) processes() []int {
	all := []int{s.command.Process.Pid}
	for i := 0; i < len(all); i++ {
		threads, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", all[i])) // none of one that has ended
		for _, thread := range threads {
			children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/children", all[i], thread.Name()))
			for child := range strings.FieldsSeq(string(children)) {
				if n, err := strconv.Atoi(child); err == nil {
					all = append(all, n)
				}
			}
		}
	}
	return all
}
