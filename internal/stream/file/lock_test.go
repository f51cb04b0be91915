package file

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

func TestST04_ALockOfAnotherProgramDoesNotHoldTheServer(t *testing.T) {
	t.Parallel()
	path := Path(t.TempDir(), "archive")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	other, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(other.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	d := New(path)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { _, err := d.Send(ctx, 0, messages(1)); ended <- err }()
	cancel()
	select {
	case err := <-ended:
		if err == nil {
			t.Error("it wrote beside the lock")
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it waits for good")
	}
	other.Close()
	defer d.Close()
	send(t, d, 1)
	holds(t, path, content(1))
}
