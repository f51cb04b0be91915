package file

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"
)

// lockEvery is how often a file that somebody else has locked is tried again, 20 ms.
const lockEvery = 20 * time.Millisecond

// lock takes the lock of a file, or ends with ctx: another program may hold it for as long as it likes,
// and a server that stops does not wait for it.
func lock(ctx context.Context, f *os.File) error {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(lockEvery):
		}
	}
}
