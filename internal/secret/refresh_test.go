package secret

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// fileOf makes a ring with a file.
func fileOf(t *testing.T) (*Ring, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "latchkey.key")
	ring, err := CreateRing(path)
	if err != nil {
		t.Fatal(err)
	}
	return ring, path
}

// load is another process.
func load(t *testing.T, path string) *Ring {
	t.Helper()
	ring, err := LoadRing(path)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// rotate adds a key as somebody does who is alone.
func rotate(r *Ring) (string, error) {
	lock, err := r.Lock()
	if err != nil {
		return "", err
	}
	id, err := lock.Rotate()
	return id, errors.Join(err, lock.Unlock())
}

func save(t *testing.T, path string, keys []key) {
	t.Helper()
	if err := ReplacePrivate(path, textOf(keys)); err != nil {
		t.Fatal(err)
	}
}

// TestCR04_TheKeyFileIsWatched: a key that was added is taken up, and everything else that
// happens to the file is an error that leaves the ring as it was.
func TestCR04_TheKeyFileIsWatched(t *testing.T) {
	t.Parallel()
	ring, path := fileOf(t)
	check := func(what, trouble string, keys int) {
		t.Helper()
		for range 2 {
			err := ring.Refresh()
			if trouble == "" && err != nil {
				t.Errorf("%s: %v", what, err)
			}
			if trouble != "" {
				wantError(t, what, err, trouble)
				wantError(t, what, err, " before the server stops, because nothing can open the database without it")
			}
		}
		if got := len(ring.keys()); got != keys {
			t.Errorf("%s: %d keys, want %d", what, got, keys)
		}
	}
	first := ring.keys()
	check("as it was", "", 1)
	second := withFresh(first)
	save(t, path, second)
	check("one more key", "", 2)
	save(t, path, first)
	check("the file from before", "replaced by one with other keys", 2)
	save(t, path, withFresh(first))
	check("another second key", "replaced by one with other keys", 2)
	save(t, path, NewRing().keys())
	check("another key", "replaced by one with other keys", 2)
	save(t, path, []key{second[1], second[0]})
	check("another order", "replaced by one with other keys", 2)
	save(t, path, withFresh([]key{{id: second[0].id, bytes: random(keySize)}, second[1]}))
	check("another key of the same id", "replaced by one with other keys", 2)
	save(t, path, second)
	check("put back", "", 2)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	check("readable", "chmod 600", 2)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	check("deleted", "is missing; put it back from a backup; do that", 2)
	save(t, path, withFresh(second))
	check("made again, with one more", "", 3)
}

// TestCR04_AKeyFileThatIsAsItWasIsNotRead again: a server looks every few seconds, and whenever
// it meets a key that it does not know.
func TestCR04_AKeyFileThatIsAsItWasIsNotRead(t *testing.T) {
	t.Parallel()
	ring, path := fileOf(t)
	opens := watchOpens(t, path)
	refresh := func(what string, want bool) {
		t.Helper()
		if err := ring.Refresh(); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if got := opens(); got != want {
			t.Errorf("%s: it was read: %v, want %v", what, got, want)
		}
	}
	refresh("the first time", true)
	refresh("the second time", false)
	if err := os.Chtimes(path, time.Now(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	refresh("touched", true)
	refresh("after that", false)
	if err := os.Chtimes(path, time.Now(), time.Now().Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := ring.Open(PurposeTOTP, ring.Seal(PurposeTOTP, []byte("x"))); err != nil || opens() {
		t.Errorf("a key that the ring has is looked for in the file: %v", err)
	}
	if err := NewRing().Refresh(); err != nil {
		t.Errorf("a ring without a file: %v", err)
	}
}

// watchOpens tells whether a file was opened since it was asked the last time.
func watchOpens(t *testing.T, path string) func() bool {
	t.Helper()
	fd, err := syscall.InotifyInit1(syscall.IN_NONBLOCK | syscall.IN_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	if _, err := syscall.InotifyAddWatch(fd, path, syscall.IN_OPEN); err != nil {
		t.Fatal(err)
	}
	return func() bool {
		n, err := syscall.Read(fd, make([]byte, 4096))
		if err != nil && !errors.Is(err, syscall.EAGAIN) {
			t.Fatal(err)
		}
		return n > 0
	}
}

// TestCR04_ANewKeyIsTakenUpWhereItIsMet: a process with the old ring opens, verifies and
// finds what another one made under the new key, however it meets it first.
func TestCR04_ANewKeyIsTakenUpWhereItIsMet(t *testing.T) {
	t.Parallel()
	for name, meets := range map[string]func(old, fresh *Ring) bool{
		"sealed": func(old, fresh *Ring) bool {
			text, err := old.Open(PurposeTOTP, fresh.Seal(PurposeTOTP, []byte("x"), "alice"), "alice")
			return err == nil && string(text) == "x"
		},
		"signed": func(old, fresh *Ring) bool { return old.VerifyMAC(PurposeAudit, fresh.MAC(PurposeAudit, "x"), "x") },
		"chained": func(old, fresh *Ring) bool {
			return old.Checker(PurposeAudit).Verify(fresh.MAC(PurposeAudit, "x"), "x")
		},
		"found": func(old, fresh *Ring) bool {
			return old.MACs(PurposeRecovery, "x")[0] == fresh.MAC(PurposeRecovery, "x")
		},
		"the check value": func(old, fresh *Ring) bool { return old.Matches(fresh.CheckValue()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			old, path := fileOf(t)
			before := old.Seal(PurposeTOTP, []byte("before"))
			slot := old.FirstMAC(PurposeLimit, "bob")
			fresh := load(t, path)
			id, err := rotate(fresh)
			if err != nil || fresh.Newest() != id || old.Newest() == id {
				t.Fatalf("Rotate: %q, %v", id, err)
			}
			if !meets(old, fresh) {
				t.Error("it was refused")
			}
			if old.Newest() != id {
				t.Error("the new key is not used from then on")
			}
			if text, err := old.Open(PurposeTOTP, before); err != nil || string(text) != "before" {
				t.Errorf("what the old key sealed: %q, %v", text, err)
			}
			if old.FirstMAC(PurposeLimit, "bob") != slot {
				t.Error("what is counted begins anew")
			}
			if _, err := old.Open(PurposeTOTP, NewRing().Seal(PurposeTOTP, []byte("x"))); err != ErrOpen {
				t.Errorf("under a foreign key: %v", err)
			}
		})
	}
}

// TestCR04_RotationsAreOneAfterTheOther: nobody's key is lost, and whoever comes while
// another one works is told so.
func TestCR04_RotationsAreOneAfterTheOther(t *testing.T) {
	t.Parallel()
	ring, path := fileOf(t)
	lock, err := ring.Lock()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := load(t, path).Lock(); !errors.Is(err, ErrKeysLocked) {
		t.Errorf("a second lock: %v", err)
	}
	// The lock goes over to the file that takes the place of the one that was locked.
	if _, err := lock.Rotate(); err != nil {
		t.Fatal(err)
	}
	if _, err := load(t, path).Lock(); !errors.Is(err, ErrKeysLocked) {
		t.Errorf("a second lock while the first one is held: %v", err)
	}
	if err := lock.Unlock(); err != nil {
		t.Fatal(err)
	}
	var working sync.WaitGroup
	var mu sync.Mutex
	made := map[string]bool{}
	for _, id := range ring.IDs() {
		made[id] = true
	}
	for range 20 {
		working.Go(func() {
			mine, err := LoadRing(path)
			if err != nil {
				t.Error(err)
				return
			}
			lock, err := mine.Lock()
			if errors.Is(err, ErrKeysLocked) {
				return
			}
			if err != nil {
				t.Error(err)
				return
			}
			id, err := lock.Rotate()
			if err := errors.Join(err, lock.Unlock()); err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			made[id] = true
			mu.Unlock()
		})
	}
	working.Wait()
	ids := load(t, path).IDs()
	if len(ids) != len(made) || len(ids) < 2 {
		t.Errorf("%d keys in the file, %d were made", len(ids), len(made))
	}
	if err := ring.Refresh(); err != nil || len(ring.IDs()) != len(ids) {
		t.Errorf("the ring has %d keys, %v", len(ring.IDs()), err)
	}
}

// TestCR04_ARotationThatFailsLeavesTheFile: and one that was killed leaves nothing for good.
func TestCR04_ARotationThatFailsLeavesTheFile(t *testing.T) {
	t.Parallel()
	ring, path := fileOf(t)
	left := filepath.Join(filepath.Dir(path), ".latchkey.key-123")
	if err := os.WriteFile(left, []byte(textOf(withFresh(ring.keys()))), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := rotate(ring); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("%d files, %v", len(entries), err)
	}
	save(t, path, NewRing().keys())
	if id, err := rotate(ring); err == nil || id != "" {
		t.Errorf("a foreign file got the key %q", id)
	}
	if got := len(load(t, path).IDs()); got != 1 {
		t.Errorf("the foreign file has %d keys", got)
	}
}
