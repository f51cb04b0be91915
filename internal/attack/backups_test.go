package attack

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/backup"
	"latchkey/internal/lease"
	"latchkey/internal/store"
)

// keepBackup has the server keep an encrypted backup, number 1, if it keeps none.
func keepBackup(t *testing.T, a *apptest.App) {
	t.Helper()
	if _, ok, err := a.DB.BackupBySeq(1); err != nil || ok {
		return
	}
	const name = "latchkey-20260302T030000Z.age"
	a.Tx(func(tx *store.Tx) error {
		_, _, err := tx.AddBackup(store.Backup{Kind: store.BackupNightly, State: store.BackupDone, Began: a.Clock.Now(), File: name, Encrypted: true})
		return err
	})
	if err := os.MkdirAll(backup.Folder(a.Folder), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(backup.Folder(a.Folder), name), []byte("age-encryption.org/v1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// The story of the page: a backup now, one that is encrypted and downloaded, the oldest that goes,
// and what is not ours, which stays.
func TestBackups_Story(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := a.Browser()
	b.SignIn(a.Admin)
	job := lease.Alone(a.Site.Instance, backup.Job(a.Site.Instance))
	if err := job.Run(t.Context()); err != nil { // the first look of a server
		t.Fatal(err)
	}
	b.Open("/admin").Sees("Make backups")
	b.Open("/admin/backups").Sees("There is no backup yet.")
	b.Submit("Make a backup now").At("/admin/backups").Sees("The backup has been started.", "A backup is being made.")
	b.Post("/admin/backups", "now", "1").Redirects("/admin/backups")
	b.Open("/admin/backups").Sees("being made already")
	if err := job.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.Open("/admin/backups").Sees("Backed up", "and the backup opens.", "Not encrypted", "Nobody: it holds the key in the clear").SeesNot("Download the backup of")
	first, _, _ := a.DB.LastBackup("", "")
	b.Get("/admin/backups/1").Is(http.StatusNotFound)
	folder := backup.Folder(a.Folder)
	if about, err := os.Stat(folder); err != nil || about.Mode().Perm() != 0o700 {
		t.Errorf("%v %v", about, err)
	}
	foreign := filepath.Join(folder, "latchkey-20200101T000000Z.tar")
	if err := os.WriteFile(foreign, nil, 0o600); err != nil {
		t.Fatal(err)
	}

	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	b.Post("/admin/backups", "every", "night", "at", "03:00", "keep", "1", "recipients", id.Recipient().String()+"\r\n").Redirects("/admin/backups")
	if e := a.Newest(); e.Event != audit.SettingsChanged || !strings.Contains(apptest.Details(e.Details), "backup_every:off>night") {
		t.Errorf("%+v", e)
	}
	a.Clock.Add(time.Minute)
	if err := job.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	last, _, _ := a.DB.LastBackup("", "")
	if last.Kind != store.BackupNightly || last.State != store.BackupDone || !last.Encrypted {
		t.Fatalf("%+v", last)
	}
	if _, err := os.Stat(filepath.Join(folder, first.File)); err == nil {
		t.Error("the oldest is kept")
	}
	if _, err := os.Stat(foreign); err != nil {
		t.Error("a file that is not ours is gone")
	}
	p := b.Get("/admin/backups/2")
	p.Is(http.StatusOK)
	if !strings.HasPrefix(p.Body, "age-encryption.org/v1") || !strings.Contains(p.Header.Get("Content-Disposition"), last.File) {
		t.Errorf("%.40q %v", p.Body, p.Header)
	}
	if e := a.Newest(); e.Event != audit.BackupDownloaded || e.Detail("file") != last.File {
		t.Errorf("%+v", e)
	}
	if err := job.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if again, _, _ := a.DB.LastBackup("", ""); again.Seq != last.Seq {
		t.Error("made again before it is due")
	}
	a.Clock.Add(11 * time.Minute)
	b.Get("/admin/backups/2").Redirects("/confirm?next=%2Fadmin%2Fbackups%2F2")
	a.Clock.Add(9 * 24 * time.Hour)
	c := a.Browser()
	c.SignIn(a.Admin)
	a.AddUser("alice")
	c.Open("/admin").Sees("The last backup is")
}

// What stands in the way of a backup is said, and nothing is left of it.
func TestBackups_Failures(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	a.AddUser("alice")
	b := a.Browser()
	b.SignIn(a.Admin)
	elsewhere := t.TempDir()
	if err := os.Symlink(elsewhere, backup.Folder(a.Folder)); err != nil {
		t.Fatal(err)
	}
	job := backup.Job(a.Site.Instance)
	job.Run(t.Context())
	b.Post("/admin/backups", "now", "1").Redirects("/admin/backups")
	if err := job.Run(t.Context()); err == nil {
		t.Error("it went through a link")
	}
	b.Open("/admin/backups").Sees("The last backup failed.", "is a link or not a folder", "There is no other backup.")
	b.Open("/admin").Sees("The last backup failed.")
	if e, _ := a.DB.Headlines(t.Context(), 1); len(e) == 0 || e[0].Event != audit.BackupMade || e[0].Result != audit.ResultFailed {
		t.Errorf("%+v", e)
	}
	if entries, _ := os.ReadDir(elsewhere); len(entries) > 0 {
		t.Error("something was written there")
	}
	for _, values := range [][]string{
		{"every", "sometimes"}, {"at", "25:00"}, {"keep", "0"}, {"keep", "366"}, {"recipients", "nonsense"},
		{"recipients", "AGE-SECRET-KEY-1QQQQ"}, {"recipients", "age1" + strings.Repeat("q", 58)},
	} {
		b.Post("/admin/backups", values...).Is(http.StatusUnprocessableEntity)
	}
	b.Post("/admin/backups", "now", "1", "keep", "3").Is(http.StatusBadRequest)
	b.Post("/admin/backups", "folder", "/tmp").Is(http.StatusBadRequest)
	if s := a.Site.Instance.Settings().Backups; s != auth.DefaultSettings().Backups {
		t.Errorf("saved %+v", s)
	}
}
