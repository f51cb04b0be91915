package faults

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBA02_TheDiskFillsDuringABackup fills the disk of the data folder and of the archive while a
// backup is being made, at ever later moments. It is made whole or says in one line that the disk
// is full; then nothing of it is left, and once there is room the next one is made.
func TestBA02_TheDiskFillsDuringABackup(t *testing.T) {
	t.Parallel()
	needStrace(t)
	disk := tmpfs(t, "40m")
	p := instance(t).copied(t, filepath.Join(disk, "data"))
	path := archiveBeside(p.data)
	refused := 0
	after := func(nth int) int { return 2*nth + 1 }
	if *long {
		after = func(nth int) int { return next(nth, writes) }
	}
	for nth := 1; ; nth = after(nth) {
		var free func()
		x := doAt(t, nth, writes, func() { free = fill(t, disk) }, built(t), "backup", path, "--data", p.data)
		<-x.ended
		err := x.strace.Wait()
		if free == nil {
			if err != nil {
				t.Errorf("a backup where nothing is wrong: %v: %s", err, saidBy(x))
			}
			break
		}
		free()
		if _, missing := os.Lstat(path); missing == nil {
			must(t, p.data, "backup", "--verify", path) // whole, whether it could be noted or not
		} else if refused++; err == nil || !strings.Contains(saidBy(x), "the disk is full; nothing was kept") && !strings.Contains(saidBy(x), "free space on the disk of the data folder") || strings.Count(saidBy(x), "\n") != 1 {
			t.Errorf("full at %d: %v, %q", nth, err, saidBy(x))
		}
		_ = os.Remove(path)
		for _, folder := range []string{p.data, filepath.Dir(path)} {
			nothingLeft(t, folder, nth)
		}
		must(t, p.data, "backup", path)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	if refused < 3 {
		t.Errorf("only %d backups were refused", refused)
	}
	must(t, p.data, "audit", "verify")
}

// saidBy is what the program that is traced said, without what strace did.
func saidBy(x *tracer) (said string) {
	for line := range strings.Lines(x.text()) {
		if strings.HasPrefix(line, "latchkey: ") && !strings.Contains(line, "in the clear") {
			said += line
		}
	}
	return said
}

// nothingLeft wants no file that a backup writes on its way.
func nothingLeft(t *testing.T, folder string, nth int) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") && !strings.HasPrefix(e.Name(), ".latchkey.head-") {
			t.Errorf("full at %d: %s is left in %s", nth, e.Name(), folder)
		}
	}
}

// TestBA02_NoRoomForABackup asks for backups where there is too little room, or where nothing can
// be written: a command says so, the server notes it, and both go on once that is over.
func TestBA02_NoRoomForABackup(t *testing.T) {
	t.Parallel()
	disk, archives := tmpfs(t, "24m"), tmpfs(t, "24m")
	p := instance(t).copied(t, filepath.Join(disk, "data"))
	path := filepath.Join(archives, "archive.tar")
	says := func(words string) {
		t.Helper()
		out, err := command(t, p.data, "backup", path)
		if err := refusedInOneLine(out, err, words); err != nil {
			t.Error(err)
		}
		nothingLeft(t, p.data, 0)
	}
	s := start(t, p.data, how{})
	in := p.administrators[0].must(t, s, 0)
	asked := func(want string) {
		t.Helper()
		if a := in.copied().post("/admin/backups", "now", "1"); !a.leads("/admin/backups") {
			t.Fatalf("asking for a backup is answered %d %s", a.status, a.to)
		}
		db := database(t, p.data)
		defer db.Close()
		why := func() string {
			return value(t, db, `SELECT state || ' ' || why FROM backups ORDER BY seq DESC LIMIT 1`)
		}
		if !within(patience, func() bool { return !strings.HasPrefix(why(), "running") }) || !strings.Contains(why(), want) {
			t.Errorf("the backup of the server: %s, want %q", why(), want)
		}
	}
	free := fill(t, archives)
	says("not enough room in " + archives)
	free()
	remount(t, archives, "ro")
	says("read-only file system")
	remount(t, archives, "rw")
	room := filepath.Join(disk, "filler")
	if err := os.WriteFile(room, make([]byte, 8<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	says("not enough room in " + p.data)
	asked("not enough room in " + p.data)
	if err := os.Remove(room); err != nil {
		t.Fatal(err)
	}
	must(t, p.data, "backup", path)
	asked("done")
	s.ready(t, 200)
	if strings.Contains(s.said(), "panic") {
		t.Errorf("the log: %s", s.said())
	}
}
