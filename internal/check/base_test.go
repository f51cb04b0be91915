package check

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"latchkey/internal/access"
	"latchkey/internal/config"
	"latchkey/internal/mail"
	"latchkey/internal/mail/mailtest"
	"latchkey/internal/program"
	"latchkey/internal/secret"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if folder, err := empty(); err == nil {
		os.RemoveAll(filepath.Dir(folder))
	}
	os.Exit(code)
}

// levels are the levels by id.
func levels(all []Finding) map[string]Level {
	by := map[string]Level{}
	for _, f := range all {
		by[f.ID] = f.Level
	}
	return by
}

// TestCheck_WhatWorks: a folder that nothing is wrong with.
func TestCheck_WhatWorks(t *testing.T) {
	t.Parallel()
	c := checked(t, access.Wish{})
	var shown int
	c.Show = func(Finding) { shown++ }
	all := c.Run(context.Background())
	got := levels(all)
	for _, id := range []string{"configuration", "key", "key.under", "database", "database.head", "database.chain", "disk", "clock", "mail", "mail.queue", "stream", "version", "application"} {
		if got[id] != Fine {
			t.Errorf("%s: %q in %+v", id, got[id], all)
		}
	}
	if shown != len(all) || Count(all, Broken) != 0 {
		t.Errorf("%d of %d were shown, %d are broken", shown, len(all), Count(all, Broken))
	}
	for _, f := range all {
		if f.Level != Fine && f.Do == "" || f.Says == "" || !strings.HasSuffix(f.Says, ".") {
			t.Errorf("%+v does not say what to do", f)
		}
	}
}

// runs changes the database as somebody does who can write its file.
func runs(statements ...string) func(*testing.T, *Checker) {
	return func(t *testing.T, c *Checker) {
		t.Helper()
		db, err := sql.Open("sqlite3", program.DatabasePath(c.Folder))
		must(t, err)
		defer db.Close()
		for _, text := range statements {
			_, err := db.Exec(text)
			must(t, err)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// rotated adds a key to the key file.
func rotated(t *testing.T, c *Checker) *secret.Ring {
	t.Helper()
	ring, err := secret.LoadRing(program.KeyPath(c.Folder))
	must(t, err)
	_, err = rotate(ring)
	must(t, err)
	return ring
}

const (
	addMail = `INSERT INTO mails (id, kind, recipient, sealed, created_at, next_at, ends_at, tries, answer, failed_at)
		VALUES ('m', 'invitation', 'a@example.org', '', 1, 1, 1, 3, '550 no such user', 1)`
	addBackup = `INSERT INTO backups (kind, state, began_at, ended_at) VALUES ('command', 'done', 1, unixepoch() * 1000)`
	addStream = `INSERT INTO streams (id, kind, name, address, sealed, partition, content, events, state, state_at, begins, cursor, created_at, changed_at) VALUES ('s', 'file', 'SIEM', 'x', '', '', 'full', '', 'running', 1, 0, 0, 1, 1)`
)

// TestCheck_WhatDoesNot: each thing that can be broken or weak is found, where it was broken for real,
// and nothing is said of what could not be looked at.
func TestCheck_WhatDoesNot(t *testing.T) {
	t.Parallel()
	old := fmt.Sprint(time.Now().Add(-3 * time.Hour).UnixMilli())
	for name, c := range map[string]struct {
		breaks func(*testing.T, *Checker)
		id     string
		want   Level
		says   string
	}{
		"a flag": {func(_ *testing.T, c *Checker) { c.Wrong = errors.New(`--url: "x" is none`) }, "configuration", Broken, `--url: "x" is none.`},
		"no TLS": {func(t *testing.T, c *Checker) { c.Config.URL = address(t, "http://login.example") }, "configuration.http", Weak, "without TLS"},

		"no folder":   {func(t *testing.T, c *Checker) { c.Folder = filepath.Join(t.TempDir(), "none") }, "key", Broken, "no database in"},
		"no key":      {func(t *testing.T, c *Checker) { must(t, os.Remove(program.KeyPath(c.Folder))) }, "key", Broken, "has a database but no key"},
		"no database": {func(t *testing.T, c *Checker) { must(t, os.Remove(program.DatabasePath(c.Folder))) }, "key", Broken, "has a key but no database"},
		"another key": {func(t *testing.T, c *Checker) {
			path := program.KeyPath(c.Folder)
			must(t, os.Remove(path))
			_, err := secret.CreateRing(path)
			must(t, err)
		}, "database", Broken, "key"},
		"open to others": {func(t *testing.T, c *Checker) { must(t, os.Chmod(c.Folder, 0o755)) }, "key.mode", Weak, "its mode is 0755"},
		"a rotation that was killed": {func(t *testing.T, c *Checker) {
			must(t, os.WriteFile(filepath.Join(c.Folder, ".latchkey.key-12"), nil, 0o600))
		}, "key.leftover", Weak, "left a copy of the keys"},
		"a rotation that was cut off": {func(t *testing.T, c *Checker) {
			runs(`INSERT INTO encryption_keys (id) VALUES ('first')`)(t, c)
			rotated(t, c)
		}, "key.rotation", Weak, "a rotation was cut off"},
		"not rekeyed": {func(t *testing.T, c *Checker) {
			ring, err := secret.LoadRing(program.KeyPath(c.Folder))
			must(t, err)
			runs(strings.Replace(addStream, "'x', ''", "'x', '"+ring.Seal(secret.PurposeStream, nil)+"'", 1))(t, c)
			rotated(t, c)
		}, "key.under", Weak, "1 value is still sealed under an older key"},
		"a key that is gone": {runs(strings.Replace(addStream, "'x', ''", "'x', '"+secret.NewRing().Seal(secret.PurposeStream, nil)+"'", 1)), "key.under", Broken, "under a key that is not in the key file"},

		"a damaged file": {func(t *testing.T, c *Checker) {
			must(t, os.WriteFile(program.DatabasePath(c.Folder), []byte(strings.Repeat("x", 9000)), 0o600))
		}, "database", Broken, "database"},
		"another schema": {runs(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`), "database", Broken, "schema 9999"},
		"a damaged page": {func(t *testing.T, c *Checker) {
			runs(`CREATE TABLE filler (x TEXT)`, `INSERT INTO filler SELECT hex(randomblob(2000)) FROM sqlite_schema`, `PRAGMA wal_checkpoint(TRUNCATE)`)(t, c)
			f, err := os.OpenFile(program.DatabasePath(c.Folder), os.O_RDWR, 0)
			must(t, err)
			info, err := f.Stat()
			must(t, err)
			_, err = f.WriteAt([]byte(strings.Repeat("\xff", 3*4096)), info.Size()-3*4096)
			must(t, errors.Join(err, f.Close()))
		}, "database", Broken, "damaged"},
		"an older database": {func(t *testing.T, c *Checker) {
			before, err := os.ReadFile(program.DatabasePath(c.Folder))
			must(t, err)
			grow(t, c)
			must(t, os.WriteFile(program.DatabasePath(c.Folder), before, 0o600))
		}, "database.head", Broken, "older than the last run"},
		"a row that was changed": {func(t *testing.T, c *Checker) {
			grow(t, c)
			runs(`DROP TRIGGER audit_no_update`, `UPDATE audit_log SET actor_name = 'somebody else' WHERE seq = 1`)(t, c)
		}, "database.chain", Broken, "broken at row 1"},
		"a trigger that is gone": {runs(`DROP TRIGGER audit_no_delete`), "database.chain", Broken, "the trigger audit_no_delete, which belongs to it, is missing"},

		"a clock that went back": {func(t *testing.T, c *Checker) {
			must(t, os.Chtimes(program.DatabasePath(c.Folder), time.Time{}, time.Now().Add(2*time.Hour)))
		}, "clock", Broken, "was written in the future"},
		"an audit log from the future": {runs(`INSERT INTO audit_days (day, first_seq, last_seq, last_at) VALUES (99999, 9, 9, 9999999999999)`), "clock", Broken, "behind the newest entry"},
		"no time server":               {func(_ *testing.T, c *Checker) { c.Config.TimeCheck = "127.0.0.1:1" }, "clock.server", Weak, "Asking the time server 127.0.0.1:1"},
		"none named":                   {func(*testing.T, *Checker) {}, "clock.server", NotAsked, "No time server was asked"},

		"no mail server":  {func(t *testing.T, c *Checker) { c.Config.Mail = mailServer(t, "smtp://127.0.0.1:1") }, "mail", Broken, "127.0.0.1:1"},
		"mail elsewhere":  {runs(`INSERT INTO meta (name, value) VALUES ('mail', 'on') ON CONFLICT (name) DO UPDATE SET value = 'on'`), "mail", NotAsked, "was not told"},
		"a given-up mail": {runs(addMail), "mail.queue", Weak, "1 message was refused or given up. The last answer: 550 no such user"},

		"strangers are trusted": {func(_ *testing.T, c *Checker) {
			c.Config.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}
		}, "proxy.trusted", Broken, "0.0.0.0/0, a network that strangers are in"},
		"half the internet": {func(_ *testing.T, c *Checker) {
			c.Config.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("128.0.0.0/1")}
		}, "proxy.trusted", Broken, "strangers"},
		"nobody is trusted": {func(t *testing.T, c *Checker) { c.Config.URL = address(t, at) }, "proxy.trusted", Weak, "No proxy is trusted"},
		"nobody said":       {func(*testing.T, *Checker) {}, "proxy.trusted", NotAsked, "not told which proxies"},

		"a stream that was given up": {runs(addStream, `UPDATE streams SET state = 'failed', failures = 20, answer = '500'`), "stream.state", Broken, "given up after 20 failures in a row. The last answer: 500."},
		"a stream that fails":        {runs(addStream, `UPDATE streams SET failures = 2`), "stream.state", Weak, "has failed 2 times"},
		"a stream that is paused":    {runs(addStream, `UPDATE streams SET state = 'paused'`), "stream.state", Weak, "It is paused since"},
		"a stream that is behind": {func(t *testing.T, c *Checker) {
			grow(t, c)
			runs(`DROP TRIGGER audit_no_update`, `UPDATE audit_log SET at = `+old, addStream)(t, c)
		}, "stream.lag", Weak, "events wait, the oldest since"},
		"events set aside":      {runs(addStream, `INSERT INTO dead_letters (stream_id, seq, answer, dead_at) VALUES ('s', 1, 'no', 1)`), "stream.aside", Weak, "1 event was refused"},
		"no backup":             {func(*testing.T, *Checker) {}, "backup", Weak, "No backup was ever made"},
		"backups elsewhere":     {runs(`INSERT INTO settings (name, value) VALUES ('backups_done', 'yes')`), "backup", NotAsked, "there are others"},
		"a good backup":         {runs(addBackup), "backup", Fine, "The newest backup is from"},
		"an old backup":         {runs(addBackup, `UPDATE backups SET ended_at = `+fmt.Sprint(time.Now().Add(-80*time.Hour).UnixMilli())), "backup", Weak, "is 3 days old"},
		"a failed backup":       {runs(addBackup, strings.Replace(addBackup, "'done'", "'failed'", 1), `UPDATE backups SET why = 'the disk is full' WHERE state = 'failed'`), "backup.result", Broken, "The last backup failed: the disk is full."},
		"a backup that is gone": {runs(addBackup, `UPDATE backups SET file = 'latchkey-1.age', encrypted = 1`), "backup.file", Broken, "its file is gone"},
		"a backup in the clear": {runs(addBackup, `UPDATE backups SET file = 'latchkey-1.tar'`), "backup.encrypted", Weak, "1 backup that is kept is not encrypted"},
		"an index that is gone": {runs(`DROP INDEX users_by_name`), "database.definitions", Broken, "index users_by_name"},
		"a trigger too many":    {runs(`CREATE TRIGGER more AFTER INSERT ON users BEGIN SELECT 1; END`), "database.definitions", Broken, "trigger more"},
		"events missed":         {runs(addStream, `UPDATE streams SET missed = 7`), "stream.missed", Weak, "Retention removed 7 events"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checker := checked(t, wiki())
			c.breaks(t, checker)
			all := checker.Run(context.Background())
			for _, f := range all {
				if f.ID == c.id && f.Level == c.want && strings.Contains(f.Says, c.says) && (f.Do != "") == (c.want != Fine) {
					return
				}
			}
			t.Errorf("no %s %s with %q in %+v", c.id, c.want, c.says, all)
		})
	}
}

// grow lets the folder be used by a server, which writes rows and notes the newest.
func grow(t *testing.T, c *Checker) {
	t.Helper()
	p := opened(t, c, program.Options{Create: true, Log: c.Log})
	must(t, p.CompareHead(time.Now()))
	must(t, p.NoteKeys(context.Background(), time.Now()))
	writeRows(t, p, 3)
	must(t, p.Close())
}

// TestCheck_Room: the room that a copy of the database needs has to be there.
func TestCheck_Room(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		free, size int64
		want       Level
	}{{1 << 40, 1 << 30, Fine}, {1 << 30, 1 << 30, Weak}, {leastRoom, 0, Fine}, {leastRoom - 1, 0, Weak}} {
		var checker Checker
		checker.judgeRoom(c.free, c.size)
		if got := checker.all[0]; got.Level != c.want {
			t.Errorf("%d free for %d: %+v", c.free, c.size, got)
		}
	}
}

// TestCheck_Mail signs in to a mail server and sends nothing.
func TestCheck_Mail(t *testing.T) {
	t.Parallel()
	c := checked(t, access.Wish{})
	inbox := mailtest.Start(t)
	c.Config.Mail = mailServer(t, "smtp://"+inbox.Address())
	if got := levels(c.Run(context.Background()))["mail"]; got != Fine {
		t.Errorf("it is %s", got)
	}
	if n := len(inbox.Messages()); n > 0 {
		t.Errorf("%d messages were sent", n)
	}
}

func mailServer(t *testing.T, at string) *mail.Server {
	t.Helper()
	s, err := mail.ParseServer(at)
	must(t, err)
	return &s
}

// TestCheck_Proxies: private networks of proxies, however large, and small public ones are fine.
func TestCheck_Proxies(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Level{"10.0.0.0/8": Fine, "127.0.0.1/32": Fine, "fd00::/8": Fine, "203.0.113.0/24": Fine, "2001:db8::/120": Fine,
		"::/0": Broken, "2000::/3": Broken, "203.0.0.0/8": Broken} {
		c := Checker{Config: config.Config{TrustedProxies: []netip.Prefix{netip.MustParsePrefix(text)}}}
		c.proxies(address(t, at))
		if got := c.all[0]; got.Level != want {
			t.Errorf("%s: %+v", text, got)
		}
	}
}

// rotate adds a key to the key file, as somebody does who comes no further.
func rotate(r *secret.Ring) (string, error) {
	lock, err := r.Lock()
	if err != nil {
		return "", err
	}
	id, err := lock.Rotate()
	return id, errors.Join(err, lock.Unlock())
}
