package backup

import (
	"archive/tar"
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"

	"latchkey/internal/program"
	"latchkey/internal/secret"
)

// TestBackup_WhatIsInIt: an operator who has nothing but tar gets at everything, and the copy is
// that of one moment.
func TestBackup_WhatIsInIt(t *testing.T) {
	t.Parallel()
	i := newInstance(t)
	var seen []int
	m, err := Make(t.Context(), i.Source, filepath.Join(t.TempDir(), "a.tar"), nil, now(), func(p int) { seen = append(seen, p) })
	if err != nil {
		t.Fatal(err)
	}
	if len(seen) < 3 || !slices.IsSorted(seen) || seen[len(seen)-1] != 100 {
		t.Errorf("told %d", seen)
	}
	if about, err := os.Stat(m.Path); err != nil || about.Mode() != 0o600 || about.Size() != m.Bytes || m.HeadSeq != 1 || m.Encrypted {
		t.Errorf("%+v, %v", m, err)
	}
	var in []string
	for r := tar.NewReader(bytes.NewReader(read(t, m.Path))); ; {
		head, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		in = append(in, head.Name)
	}
	if d := cmp.Diff([]string{manifestName, keyName, databaseName, macName}, in); d != "" {
		t.Error(d)
	}
	if got := names(t, i.Path); slices.ContainsFunc(got, func(n string) bool { return strings.HasPrefix(n, ".") }) {
		t.Errorf("left over in the data folder: %q", got)
	}
	v, err := Verify(t.Context(), m.Path, nil, by())
	if err != nil || v.Copied != m.Copied || !v.Made.Equal(now()) || v.Manifest.Head != m.Head() {
		t.Errorf("%+v, %v", v, err)
	}
}

// BA-02: one bit, anywhere. Of most bytes of the copy of the database one is enough, since all of
// them go the same way; everything around it is tried bit by bit.
func TestBA02_OneBitAnywhere(t *testing.T) {
	t.Parallel()
	i, id := newInstance(t), identity(t)
	for name, recipients := range map[string][]age.Recipient{"plain": nil, "encrypted": {id.Recipient()}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whole := read(t, i.backup(t, recipients...).Path)
			try := func(at int, bit byte) {
				whole[at] ^= bit
				defer func() { whole[at] ^= bit }()
				refused(t, whole, id, "byte %d, bit %02x", at, bit)
			}
			const around = 4 * 512 // the first three headers and the key; the end
			for at := range whole {
				switch {
				case at < around && at%5 == 0, at > len(whole)-endSize-8 && at%5 == 0, at%16381 == 0:
					try(at, 1<<(at%8))
				}
			}
			for bit := range 8 { // the length of the first entry, and the last byte
				try(124, 1<<bit)
				try(len(whole)-1, 1<<bit)
			}
		})
	}
}

// refused checks that nothing of an archive is believed.
func refused(t *testing.T, text []byte, id *age.X25519Identity, what string, args ...any) {
	t.Helper()
	var c contents
	plain, _, err := decrypted(bufio.NewReader(bytes.NewReader(text)), []age.Identity{id})
	if err == nil {
		err = c.read(plain, int64(len(text)), io.Discard)
	}
	if err == nil {
		t.Errorf(what+": believed", args...)
	} else if strings.ContainsAny(err.Error(), "\n") || len(err.Error()) > 300 {
		t.Errorf(what+": %q", append(args, err)...)
	}
}

// BA-02: cut at every kind of place, and longer than it was.
func TestBA02_CutOrLonger(t *testing.T) {
	t.Parallel()
	i, id := newInstance(t), identity(t)
	for _, recipients := range [][]age.Recipient{nil, {id.Recipient()}} {
		whole := read(t, i.backup(t, recipients...).Path)
		lengths := []int{0, 1, 20, 100, 511, 512, 513, 1024, 1536, 2048, 2560, 5000, 65536, len(whole) / 2}
		for less := range 12 {
			lengths = append(lengths, len(whole)-1-less*64, len(whole)-1-less)
		}
		for _, n := range lengths {
			refused(t, whole[:n], id, "cut to %d of %d", n, len(whole))
		}
		for _, more := range [][]byte{{0}, {'x'}, make([]byte, 512), make([]byte, 1024), make([]byte, 64<<10), whole} {
			refused(t, append(slices.Clone(whole), more...), id, "%d more", len(more))
		}
	}
}

// BA-02: the pieces of two archives, each of them genuine, are no archive.
func TestBA02_PiecesOfTwo(t *testing.T) {
	t.Parallel()
	one, other := newInstance(t), newInstance(t)
	path := filepath.Join(t.TempDir(), "mixed")
	write := func(ring *secret.Ring, of *original) {
		t.Helper()
		copied := filepath.Join(t.TempDir(), "copy")
		if err := of.DB.Copy(t.Context(), copied, nil); err != nil {
			t.Fatal(err)
		}
		from, err := os.Open(copied)
		if err != nil {
			t.Fatal(err)
		}
		defer from.Close()
		var text bytes.Buffer
		if err := writeArchive(&text, Manifest{Made: now()}, ring, from); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(one.Ring, other)
	if _, err := Verify(t.Context(), path, nil, by()); err == nil || !strings.Contains(err.Error(), "not made with the key that is beside it") {
		t.Errorf("sealed with the wrong key: %v", err)
	}
	if _, err := Restore(t.Context(), Target{Folder: filepath.Join(t.TempDir(), "to")}, path, nil, by()); err == nil {
		t.Error("restored")
	}
	write(one.Ring, one)
	if _, err := Verify(t.Context(), path, nil, by()); err != nil {
		t.Error(err)
	}
	whole := read(t, path) // the key of the other, in the place of its own
	refused(t, bytes.Replace(whole, one.Ring.KeyFile(), other.Ring.KeyFile(), 1), identity(t), "another key")
}

// An archive that a stranger made is well sealed: its own key opens it. What is in it must still be a
// database of Latchkey and nothing else.
func TestBA02_ForeignArchives(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ sql, want string }{
		"a trigger": {`CREATE TRIGGER evil AFTER INSERT ON sessions BEGIN UPDATE users SET role = 'admin'; END`, "trigger evil is not that of"},
		"a view":    {`CREATE VIEW evil AS SELECT password_hash FROM users`, "view evil is not that of"},
		"an index":  {`DROP INDEX users_deleted`, "index users_deleted is not that of"},
		"a table":   {`CREATE TABLE evil (x TEXT)`, "table evil is not that of"},
		"a newer":   {`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)`, "run the newer latchkey"},
		"no log":    {`DROP TRIGGER audit_no_delete; DELETE FROM audit_log`, "is not that of"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newInstance(t)
			path := i.altered(t, c.sql)
			for what, err := range map[string]error{
				"checked":  second(Verify(t.Context(), path, nil, by())),
				"restored": second(Restore(t.Context(), Target{Folder: filepath.Join(t.TempDir(), "to")}, path, nil, by())),
			} {
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%s: %v", what, err)
				}
			}
		})
	}
}

func second[T any](_ T, err error) error { return err }

// Names that lead elsewhere, links, and sizes that nothing is behind. Nothing of them is ever used
// as a name, and no more is written than the archive has.
func TestBA02_HostileEntries(t *testing.T) {
	t.Parallel()
	i := newInstance(t)
	for name, head := range map[string]*tar.Header{
		"elsewhere":  {Typeflag: tar.TypeReg, Name: "../../latchkey.db", Size: 5, Mode: 0o600},
		"a link":     {Typeflag: tar.TypeSymlink, Name: databaseName, Linkname: "/etc/passwd"},
		"a folder":   {Typeflag: tar.TypeDir, Name: databaseName},
		"very large": {Typeflag: tar.TypeReg, Name: databaseName, Size: 1 << 40, Mode: 0o600},
		"sparse":     {Typeflag: tar.TypeGNUSparse, Name: databaseName, Size: 1 << 31, Mode: 0o600, Format: tar.FormatGNU},
	} {
		var text bytes.Buffer
		w := tar.NewWriter(&text)
		write := func(h *tar.Header, content string) {
			if err := w.WriteHeader(h); err == nil {
				io.WriteString(w, content)
			}
		}
		write(header(manifestName, 33, now()), `{"format":1,"database":"sqlite"}`+"\n")
		write(header(keyName, int64(len(i.Ring.KeyFile())), now()), string(i.Ring.KeyFile()))
		write(head, "hello")
		w.Flush()
		text.Write(make([]byte, 4096))
		refused(t, text.Bytes(), identity(t), "%s", name)
	}
}

// altered is an archive, sealed with the right key, of a copy that somebody has changed.
func (i *original) altered(t *testing.T, sql string) string {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "copy")
	if err := i.DB.Copy(t.Context(), copied, nil); err != nil {
		t.Fatal(err)
	}
	change(t, copied, sql)
	from, err := os.Open(copied)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	path := filepath.Join(t.TempDir(), "altered.tar")
	to, err := os.Create(path)
	if err == nil {
		err = errors.Join(writeArchive(to, Manifest{Made: now()}, i.Ring, from), to.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// A backup is one moment of a database that others write to, two of them at once included.
func TestBackup_WhileOthersWrite(t *testing.T) {
	t.Parallel()
	i := newInstance(t)
	var all sync.WaitGroup
	stop := make(chan struct{})
	all.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				i.write(t, "meanwhile")
			}
		}
	})
	var made [3]Made
	var makers sync.WaitGroup
	for n := range made {
		makers.Go(func() { made[n] = i.backup(t) })
	}
	makers.Wait()
	close(stop)
	all.Wait()
	for _, m := range made {
		if v, err := Verify(t.Context(), m.Path, nil, by()); err != nil || v.HeadSeq < 1 {
			t.Errorf("%+v, %v", v, err)
		}
	}
}

// Nothing is left of a backup that could not be made, and nothing is written over.
func TestBackup_Refusals(t *testing.T) {
	t.Parallel()
	i := newInstance(t)
	folder := t.TempDir()
	taken := filepath.Join(folder, "taken")
	if err := os.WriteFile(taken, []byte("precious"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", filepath.Join(folder, "link")); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		taken: "never replaces", filepath.Join(folder, "link"): "never replaces", folder: "never replaces",
		filepath.Join(folder, "none", "a"): "no such file or directory",
		filepath.Join(taken, "a"):          "not a directory",
	} {
		_, err := Make(t.Context(), i.Source, path, nil, now(), nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if got := names(t, folder); len(got) != 2 || string(read(t, taken)) != "precious" {
		t.Errorf("%q", got)
	}
	if _, err := os.Lstat(filepath.Join(i.Path, "latchkey.key")); err != nil {
		t.Fatal(err)
	}
	os.Chmod(program.KeyPath(i.Path), 0o644)
	if _, err := Make(t.Context(), i.Source, filepath.Join(folder, "b"), nil, now(), nil); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a key that others can read: %v", err)
	}
	if got := names(t, folder); len(got) != 2 {
		t.Errorf("left over: %q", got)
	}
}

// A damaged database gives no backup: the copy is opened before it is sealed.
func TestBackup_ADamagedDatabase(t *testing.T) {
	t.Parallel()
	i := newInstance(t)
	change(t, i.DB.Path(), `PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'reason', 'rEason') WHERE name = 'users_deleted'; INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql) VALUES ('trigger', 'evil', 'users', 0, 'CREATE TRIGGER evil AFTER INSERT ON users BEGIN DELETE FROM users; END')`)
	path := filepath.Join(t.TempDir(), "a")
	if _, err := Make(t.Context(), i.Source, path, nil, now(), nil); err == nil || !strings.Contains(err.Error(), "copy was refused") {
		t.Errorf("%v", err)
	}
	if _, err := os.Lstat(path); err == nil {
		t.Error("a file stands there")
	}
}

// Processes that clear up and begin in one folder at once do not take each other's away.
func TestBackup_ManyClearUpAtOnce(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				w, err := newWork(folder)
				if err == nil {
					_, err = os.Lstat(w.path)
					err = errors.Join(err, w.end())
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if left := names(t, folder); len(left) > 0 {
		t.Errorf("left over: %q", left)
	}
}

// What a killed process left goes with the next backup; what somebody else put there does not.
func TestBackup_ClearsUpAfterAKill(t *testing.T) {
	t.Parallel()
	i := newInstance(t)
	killed, busy, foreign := filepath.Join(i.Path, workPrefix+"killed"), filepath.Join(i.Path, workPrefix+"foreign"), ".latchkey-backups"
	for _, path := range []string{killed, busy, filepath.Join(i.Path, foreign)} {
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(path, databaseName), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(busy, "mine"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	under, err := newWork(i.Path)
	if err != nil {
		t.Fatal(err)
	}
	i.backup(t)
	for path, want := range map[string]bool{killed: false, filepath.Join(busy, "mine"): true, filepath.Join(i.Path, foreign, databaseName): true, under.path: true} {
		if _, err := os.Lstat(path); (err == nil) != want {
			t.Errorf("%s: %v", path, err)
		}
	}
	if err := under.end(); err != nil {
		t.Error(err)
	}
}
