package secret

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// unprivileged does something as somebody to whom permissions apply, whom the folder belongs to.
func unprivileged(t *testing.T, folder string, mode os.FileMode, do func()) {
	t.Helper()
	const somebody = 12345
	if os.Geteuid() == 0 {
		if err := filepath.WalkDir(folder, func(path string, _ os.DirEntry, err error) error {
			return errors.Join(err, os.Chown(path, somebody, somebody))
		}); err != nil {
			t.Fatal(err)
		}
		runtime.LockOSThread() // the identity below is that of the thread
		defer runtime.UnlockOSThread()
		become := func(id uintptr) {
			if _, _, err := syscall.RawSyscall(syscall.SYS_SETRESUID, ^uintptr(0), id, ^uintptr(0)); err != 0 {
				t.Fatal(err)
			}
		}
		become(somebody)
		defer become(0)
	}
	if err := os.Chmod(folder, mode); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(folder, 0o700)
	do()
}

// TestCR04_NothingIsMadeThatMayNotLast: in a folder that cannot be opened, files can be made and replaced, and
// nobody can know whether that outlasts a power cut.
func TestCR04_NothingIsMadeThatMayNotLast(t *testing.T) {
	t.Parallel()
	folder := openFolder(t)
	ring, path := NewRing(), filepath.Join(folder, "latchkey.key")
	unprivileged(t, folder, 0o300, func() {
		wantError(t, "a new file", ring.Create(path), "create the key file")
		if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("a file is left: %v", err)
		}
	})
	ring, err := CreateRing(path)
	if err != nil {
		t.Fatal(err)
	}
	added := textOf(withFresh(ring.keys()))
	unprivileged(t, folder, 0o300, func() {
		if err := ring.Refresh(); err != nil {
			t.Errorf("nothing is new: %v", err)
		}
		wantError(t, "a new key, replaced", ReplacePrivate(path, added), "permission denied")
		wantError(t, "a new key, taken up", ring.Refresh(), "taking up the new key in "+path)
		if len(ring.keys()) != 1 {
			t.Error("the key is used")
		}
		lock, err := ring.Lock()
		if err != nil {
			t.Fatal(err)
		}
		defer lock.Unlock()
		lock.ring = load(t, path) // it knows both keys
		_, err = lock.Rotate()
		wantError(t, "a rotation", err, "permission denied")
		if got := len(load(t, path).IDs()); got != 2 {
			t.Errorf("the file has %d keys", got)
		}
	})
}

// openFolder is a folder that others can get to.
func openFolder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "secret-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	return folder
}

// TestCR04_ALockIsOfTheFileThatStandsThere, and what cannot be locked is told as what it is.
func TestCR04_ALockIsOfTheFileThatStandsThere(t *testing.T) {
	t.Parallel()
	ring, path := fileOf(t)
	_, other := fileOf(t)
	var taken []*os.File
	lock, err := ring.lock(func(string) (*os.File, error) {
		file, err := lockFile(other)
		taken = append(taken, file)
		return file, err
	})
	if !errors.Is(err, ErrKeysLocked) || lock != nil || len(taken) != 10 {
		t.Errorf("a file that is another each time: %v after %d tries", err, len(taken))
	}
	for _, file := range taken {
		if err := file.Close(); !errors.Is(err, os.ErrClosed) {
			t.Errorf("one is still locked: %v", err)
		}
	}
	tries := 0
	_, err = ring.lock(func(path string) (*os.File, error) {
		tries++
		file, err := lockFile(path)
		return file, errors.Join(err, file.Close())
	})
	wantError(t, "a file that cannot be looked at", err, "locking the key file: ")
	if errors.Is(err, ErrKeysLocked) || tries != 1 {
		t.Errorf("it was tried %d times: %v", tries, err)
	}
	_, err = ringOf(path+"-none", ring.keys()).Lock()
	wantError(t, "no file", err, "locking the key file: open ")
}

// TestCR04_ARotationWithoutItsLockChangesNothing: the next one could begin before this one is done.
func TestCR04_ARotationWithoutItsLockChangesNothing(t *testing.T) {
	t.Parallel()
	ring, path := fileOf(t)
	lock, err := ring.Lock()
	if err != nil {
		t.Fatal(err)
	}
	lock.take = func(string) (*os.File, error) { return nil, errors.New("no more locks") }
	id, err := lock.Rotate()
	wantError(t, "a rotation", err, "writing the key file: no more locks")
	if id != "" || len(load(t, path).IDs()) != 1 {
		t.Errorf("there is a new key, %q", id)
	}
	lock.take = lockFile
	old := lock.file
	if _, err := lock.Rotate(); err != nil {
		t.Fatal(err)
	}
	if err := old.Close(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("the file that was replaced is still open: %v", err)
	}
	if err := lock.Unlock(); err != nil {
		t.Fatal(err)
	}
	again, err := load(t, path).Lock()
	if err != nil {
		t.Fatalf("nobody has the keys any more: %v", err)
	}
	again.Unlock()
}

// TestCR04_AFullKeyFileTakesNoKey: it would be too long to be read.
func TestCR04_AFullKeyFileTakesNoKey(t *testing.T) {
	t.Parallel()
	_, path := fileOf(t)
	keys := withFresh(nil)
	line := len(textOf(keys)) - len(textOf(nil))
	for len(textOf(nil))+(len(keys)+2)*line <= fileMaxSize {
		keys = append(keys, key{id: fmt.Sprintf("%08d", len(keys)), bytes: random(keySize)})
	}
	room := fileMaxSize - len(textOf(keys)) - line
	for _, more := range []int{room + 1, room} {
		keys[0].id = strings.Repeat("k", 8+more)
		save(t, path, keys)
		id, err := rotate(ringOf(path, keys))
		if more == room && (err != nil || id == "") {
			t.Errorf("the last key that fits: %v", err)
		}
		if more > room {
			wantError(t, "one more", err, fmt.Sprintf("%s is full: it has %d keys", path, len(keys)))
		}
	}
}
