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
	strace  *exec.Cmd
	pid     int          // of what is traced
	calls   atomic.Int64 // so many were made
	nth     atomic.Int64 // the process is killed at this one; negative: never
	instead func()       // what is done at the nth of them while the process stands still, and it goes on; nil to kill it
	begun   chan bool
	ended   chan struct{}
	said    strings.Builder
}

// killAt has strace do as args say, and kills the process after the nth of the calls.
func killAt(t testing.TB, nth int, calls string, args ...string) *tracer {
	t.Helper()
	return doAt(t, nth, calls, nil, args...)
}

// doAt does something else then.
func doAt(t testing.TB, nth int, calls string, do func(), args ...string) *tracer {
	t.Helper()
	return trace(t, nth, do, append([]string{"-e", "trace=" + calls, "-e", "signal=SIGSTOP", "-e", "inject=" + calls + ":signal=SIGSTOP"}, args...)...)
}

// trace starts strace. With -1 for nth the process is never killed.
func trace(t testing.TB, nth int, do func(), args ...string) *tracer {
	t.Helper()
	x := &tracer{instead: do, begun: make(chan bool, 1), ended: make(chan struct{})}
	x.strace = exec.Command("strace", append([]string{"-f"}, args...)...)
	x.strace.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}
	out, err := x.strace.StderrPipe()
	if err == nil {
		err = x.strace.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	x.nth.Store(int64(nth))
	go x.watch(out)
	t.Cleanup(x.leave)
	return x
}

// attach is killAt for a server that runs. It returns once every thread is watched.
func attach(t testing.TB, s *server, nth int, calls string) *tracer {
	t.Helper()
	x := killAt(t, nth, calls, "-p", strconv.Itoa(s.command.Process.Pid))
	x.follows(t, s)
	return x
}

// attachWith has strace do something else to a server that runs.
func attachWith(t testing.TB, s *server, args ...string) *tracer {
	t.Helper()
	x := trace(t, -1, nil, append(args, "-p", strconv.Itoa(s.command.Process.Pid))...)
	x.follows(t, s)
	return x
}

func (x *tracer) follows(t testing.TB, s *server) {
	t.Helper()
	x.pid = s.command.Process.Pid
	if !<-x.begun {
		t.Fatalf("strace does not attach: %s", x.text())
	}
}

// text is what strace has written. It is all there once strace has ended.
func (x *tracer) text() string {
	select {
	case <-x.ended:
		return x.said.String()
	default:
		return "strace still runs"
	}
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
		switch {
		case x.calls.Add(1) != x.nth.Load():
		case x.instead != nil:
			x.instead()
		default:
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

// leave lets go of the process, which runs on unless it was killed. In that case strace ends
// by itself; interrupted then, it would wait for ever for threads that are gone.
func (x *tracer) leave() {
	if n := x.nth.Swap(-1); n < 0 || x.calls.Load() < n {
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
