package faults

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// What a process is killed at: where it makes sure that something is on the disk, or every
// change that it makes to a file.
const (
	syncs  = "fsync,fdatasync"
	writes = "fsync,fdatasync,pwrite64,ftruncate,rename,renameat,renameat2,unlink,unlinkat"
)

// needStrace skips a test where processes cannot be traced. `.ci/run` fails there.
func needStrace(t testing.TB) {
	t.Helper()
	if out, err := exec.Command("strace", "-f", "-o", "/dev/null", "true").CombinedOutput(); err != nil {
		t.Skipf("strace cannot be used here: %v %s", err, out)
	}
}

// tracer is strace on one process. It stops the process as soon as any of its threads has
// made one of the calls: strace itself can only count the calls of each thread, and Go moves
// a goroutine from one to another.
type tracer struct {
	strace *exec.Cmd
	pid    int          // of what is traced
	calls  atomic.Int64 // so many were made
	nth    atomic.Int64 // the process is killed at this one
	begun  chan bool
	ended  chan struct{}
	said   strings.Builder
}

// killAt has strace do as args say, and kills the process after the nth of the calls.
func killAt(t testing.TB, nth int, calls string, stdout io.Writer, args ...string) *tracer {
	t.Helper()
	x := &tracer{begun: make(chan bool, 1), ended: make(chan struct{})}
	x.strace = exec.Command("strace", append([]string{"-f", "-e", "trace=" + calls, "-e", "signal=SIGSTOP", "-e", "inject=" + calls + ":signal=SIGSTOP"}, args...)...)
	x.strace.Env, x.strace.Stdout = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}, stdout
	out, err := x.strace.StderrPipe()
	if err == nil {
		err = x.strace.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	x.nth.Store(int64(nth))
	go x.watch(out)
	t.Cleanup(func() { x.leave() })
	return x
}

// attach is killAt for a server that runs. It returns once every thread is watched.
func attach(t testing.TB, s *server, nth int, calls string) *tracer {
	t.Helper()
	x := killAt(t, nth, calls, nil, "-p", strconv.Itoa(s.command.Process.Pid))
	x.pid = s.command.Process.Pid
	if !<-x.begun {
		t.Fatalf("strace does not attach: %s", &x.said)
	}
	return x
}

func (x *tracer) watch(out io.Reader) {
	defer close(x.ended)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		line := lines.Text()
		x.said.WriteString(line + "\n")
		if strings.Contains(line, " attached") {
			x.has(true)
		}
		if !strings.Contains(line, "--- SIGSTOP {") {
			continue
		}
		sig := syscall.SIGCONT
		if x.calls.Add(1) == x.nth.Load() {
			sig = syscall.SIGKILL
		}
		_ = syscall.Kill(x.process(), sig)
	}
	x.has(false)
}

// has says once whether it is attached; later threads are as well.
func (x *tracer) has(begun bool) {
	select {
	case x.begun <- begun:
	default:
	}
}

// process is what is traced: what strace was given, or what it started.
func (x *tracer) process() int {
	if x.pid == 0 {
		id := x.strace.Process.Pid
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", id, id))
		x.pid, _ = strconv.Atoi(strings.TrimSpace(string(text)))
	}
	return x.pid
}

// wait waits until what strace started has ended, and reports how.
func (x *tracer) wait() error {
	<-x.ended
	return x.strace.Wait()
}

// leave lets go of the process, which runs on unless it was killed. In that case strace ends
// by itself; interrupted then, it would wait for ever for threads that are gone.
func (x *tracer) leave() {
	if x.calls.Load() < x.nth.Swap(-1) {
		_ = x.strace.Process.Signal(syscall.SIGINT)
	}
	select {
	case <-x.ended:
	case <-time.After(patience):
		_ = x.strace.Process.Kill()
		<-x.ended
	}
	_ = x.strace.Wait()
}
