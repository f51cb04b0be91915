package load

import (
	"io"
	"net"
	"runtime"
	"syscall"
)

// awake reads from a connection without ever waiting in the kernel: it asks again
// and again and lets the other connections ask in between.
//
// A server on the same machine pays for waking a load that sleeps: an interrupt to
// the other core, 4 µs on a virtual one, charged to the server's write. A bare handler
// keeps its load busy and pays little of it; a slower server would pay it for each answer,
// which says nothing of that server. Over a network there is nobody to wake.
type awake struct{ net.Conn }

// Read returns what has come, at least one byte.
func (a awake) Read(p []byte) (n int, err error) {
	raw, err := a.Conn.(syscall.Conn).SyscallConn()
	if err != nil {
		return 0, err
	}
	for {
		failed := raw.Read(func(fd uintptr) bool {
			n, err = syscall.Read(int(fd), p)
			return true
		})
		switch {
		case failed != nil:
			return 0, failed
		case err == syscall.EAGAIN || err == syscall.EINTR:
			runtime.Gosched()
		case err == nil && n == 0 && len(p) > 0:
			return 0, io.EOF
		default:
			return max(n, 0), err
		}
	}
}
