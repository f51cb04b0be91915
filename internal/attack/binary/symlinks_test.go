package binary

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"filippo.io/age"
)

// symlinks is attacks by somebody who may put links where the program looks for its files, and wants it
// to read, write or trust what they lead to.
var symlinks = family{"links in the data folder", []attack{
	{id: "CR-02/o", requirement: "A key that is a link is not used, wherever it leads.", try: linkedKey},
	{id: "AV-05/a", requirement: "A database of which a file is a link is not opened, and nothing is made, written or protected where it leads.", try: linkedDatabase},
	{id: "AV-05/b", requirement: "A data folder that is a link is the folder that it leads to, and under a server that runs it cannot be led elsewhere.", try: linkedFolder},
	{id: "BA-02/a", requirement: "Backups are not written, shown, sent or removed through a link.", try: linkedBackups},
}}

func TestAV05_LinksInTheDataFolder(t *testing.T) { run(t, &symlinks) }

// another is a file outside of the data folder, which nobody but the attack may touch.
type another struct {
	t    *T
	path string
	text string
}

func (t *T) another(text string) another {
	t.Helper()
	f := another{t, filepath.Join(t.TempDir(), "another"), text}
	t.must(os.WriteFile(f.path, []byte(text), 0o640))
	return f
}

// untouched fails if it is not as it was, or if there is something beside it.
func (f another) untouched(what string) {
	f.t.Helper()
	text, err := os.ReadFile(f.path)
	info, statErr := os.Lstat(f.path)
	beside, _ := os.ReadDir(filepath.Dir(f.path))
	f.t.holds(err == nil && statErr == nil && string(text) == f.text && info.Mode() == 0o640 && len(beside) == 1,
		"%s: the file outside is %q, %v, with %d beside it", what, text, info, len(beside)-1)
}

// nobodyStarts fails if a server starts on the data, or a command does its work.
func (t *T) nobodyStarts(data, what string, commands ...[]string) {
	t.Helper()
	out, code := t.startsIn(data)
	t.holds(code != 0 && !strings.Contains(out, "Listening") && !strings.Contains(out, "Setup:") && strings.Count(strings.TrimSpace(out), "\n") == 0,
		"%s: a server starts, or says more than a line: %d %q", what, code, out)
	for _, args := range commands {
		said, code := t.cliIn(data, nil, "", args...)
		t.holds(code != 0 && strings.Count(strings.TrimSpace(said), "\n") == 0, "%s: %v: %d %q", what, args, code, said)
	}
}

func linkedKey(t *T) string {
	data := filepath.Join(t.scratch(), "data")
	key, archive := filepath.Join(data, "latchkey.key"), filepath.Join(t.TempDir(), "archive")
	whole, err := os.ReadFile(key)
	t.must(err)
	own, foreign := t.another(string(whole)), t.another("changeme\n")
	t.must(os.Chmod(own.path, 0o600)) // the right key, as private as it has to be
	nowhere := filepath.Join(t.TempDir(), "nowhere")
	for what, to := range map[string]string{"the key": own.path, "another file": foreign.path, "nowhere": nowhere} {
		t.must(os.Remove(key))
		t.must(os.Symlink(to, key))
		t.nobodyStarts(data, "a link to "+what, []string{"user", "list"}, []string{"keys", "rotate"}, []string{"backup", archive})
		_, err := os.Lstat(nowhere)
		_, made := os.Lstat(archive)
		t.holds(os.IsNotExist(err) && os.IsNotExist(made), "a link to %s: something was made: %v, %v", what, err, made)
	}
	t.must(os.Chmod(own.path, 0o640))
	own.untouched("the key")
	foreign.untouched("another file")
	return "A link to the key itself, to another file and to nothing: no server starts, and 3 commands each are refused in a line."
}

func linkedDatabase(t *T) string {
	data := filepath.Join(t.scratch(), "data")
	n := 0
	for _, name := range []string{"latchkey.db", "latchkey.db-wal", "latchkey.db-shm", "latchkey.db-journal"} {
		path := filepath.Join(data, name)
		text, _ := os.ReadFile(path)
		outside, nowhere := t.another(string(text)), filepath.Join(t.TempDir(), "nowhere")
		_ = os.Rename(path, path+"-away") // there may be none
		for what, to := range map[string]string{"the same": outside.path, "nothing": nowhere} {
			t.must(os.Symlink(to, path))
			t.nobodyStarts(data, name+" as a link to "+what, []string{"user", "list"})
			t.must(os.Remove(path))
			n++
		}
		outside.untouched(name)
		if _, err := os.Lstat(nowhere); !os.IsNotExist(err) {
			t.Errorf("%s: a file was made where the link leads", name)
		}
		_ = os.Rename(path+"-away", path)
	}
	t.must(os.Link(filepath.Join(data, "latchkey.db"), filepath.Join(t.TempDir(), "second name")))
	t.nobodyStarts(data, "a second name for the database")
	return fmt.Sprintf("%d links in the place of the database and its logs, and a hard link: no server starts, and no file outside is changed.", n)
}

// linkedFolder serves a folder by a link to it.
func linkedFolder(t *T) string {
	t = t.own(proxied, false)
	p := t.user()
	t.must(t.server.Stop())
	real, other := t.server.Data+"-real", filepath.Join(t.scratch(), "data")
	t.must(os.Rename(t.server.Data, real))
	t.must(os.Symlink(real, t.server.Data))
	var err error
	t.house.server, err = Start(t.folder, t.started...)
	t.must(err)
	in := t.signedIn(p)
	t.nobodyStarts(real, "the folder that is served, by its other name")
	before, err := os.ReadFile(filepath.Join(other, "latchkey.db"))
	t.must(err)
	t.must(os.Remove(t.server.Data))
	t.must(os.Symlink(other, t.server.Data))
	t.within(patience, "/readyz says that the files are others", func() bool { return t.browser().get("/readyz").Status == http.StatusServiceUnavailable })
	t.holds(t.browser().password(p).Status == http.StatusServiceUnavailable, "somebody signs in over the folder of somebody else")
	after, err := os.ReadFile(filepath.Join(other, "latchkey.db"))
	t.must(err)
	t.holds(string(before) == string(after), "something was written into the other folder")
	t.must(os.Remove(t.server.Data))
	t.must(os.Symlink(real, t.server.Data))
	t.within(patience, "all is well again", func() bool { return t.browser().get("/readyz").Status == http.StatusOK })
	t.holds(in.copy().get("/profile").Status == http.StatusOK, "the session from before is gone")
	t.must(os.Remove(t.server.Data))
	t.must(os.Rename(real, t.server.Data))
	return "The folder is served through a link; a second server under its other name is refused; led elsewhere, every form is answered 503 and nothing is written there; led back, all goes on."
}

// backedUp is the address of a backup that can be fetched.
var backedUp = regexp.MustCompile(`href="(/admin/backups/\d+)"`)

func linkedBackups(t *T) string {
	t = t.own(proxied, false)
	boss := t.signedIn(t.admin())
	id, err := age.GenerateX25519Identity()
	t.must(err)
	settings := []string{"every", "off", "at", "03:00", "keep", "1", "recipients", id.Recipient().String()}
	t.done(boss.post("/admin/backups", settings...))
	folder, address := filepath.Join(t.server.Data, "backups"), ""
	t.done(boss.post("/admin/backups", "now", "1"))
	t.within(patience, "a backup is made", func() bool {
		if found := backedUp.FindStringSubmatch(boss.get("/admin/backups").Body); found != nil {
			address = found[1]
		}
		return address != ""
	})
	t.holds(boss.get(address).Status == http.StatusOK, "the backup is not sent")
	entries, err := os.ReadDir(folder)
	t.must(err)
	file := filepath.Join(folder, entries[0].Name())
	kept, err := os.ReadFile(file)
	t.must(err)
	outside := t.another(string(kept))

	t.must(os.Remove(file))
	t.must(os.Symlink(outside.path, file))
	t.holds(boss.get(address).Status == http.StatusNotFound, "a backup that is a link is sent")
	away := t.TempDir()
	t.must(os.Rename(folder, filepath.Join(away, "backups")))
	t.must(os.Symlink(filepath.Join(away, "backups"), folder))
	t.done(boss.post("/admin/backups", "now", "1"))
	t.within(patience, "the backup fails", func() bool { return strings.Contains(boss.get("/admin/backups").Body, "is a link or not a folder") })
	left, err := os.ReadDir(filepath.Join(away, "backups"))
	t.must(err)
	t.holds(len(left) == 1 && boss.get(address).Status == http.StatusNotFound, "through the link %d files are there, or one is sent", len(left))
	outside.untouched("a backup")
	said, code := t.cli(nil, "", "backup", file)
	t.holds(code != 0, "a command writes over a link: %q", said)
	outside.untouched("a backup by a command")
	t.must(os.Remove(folder))
	t.must(os.Rename(filepath.Join(away, "backups"), folder))
	return "A backup that is a link is not sent; into a folder that is a link none is made, and none is removed there; a command does not write over a link."
}
