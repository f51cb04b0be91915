package check

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"latchkey/internal/program"
	"latchkey/internal/store"
)

// backupFor is how old the newest backup may be, 2 days: one night may be missed.
const backupFor = 48 * time.Hour

// backups looks at how old the newest backup is, how the last try ended, and whether those that
// are kept are there.
func (c *Checker) backups(p *program.Program) {
	done, made, err := p.DB.LastBackup("", store.BackupDone)
	var last store.Backup
	if err == nil {
		last, _, err = p.DB.LastBackup("", "")
	}
	if err != nil {
		c.add(Finding{ID: "backup", Level: Broken, Says: sentence(err.Error()), Do: "See what is said of the database."})
		return
	}
	if last.State == store.BackupFailed {
		c.add(Finding{ID: "backup.result", Level: Broken, Says: sentence("the last backup failed: " + last.Why), Do: "Mend what is said, and make one with latchkey backup."})
	}
	age := time.Since(done.Ended)
	switch {
	case !made && p.Instance.Settings().BackupsDone:
		c.add(Finding{ID: "backup", Level: NotAsked, Says: "No backup was made by Latchkey; an administrator said that there are others.", Do: "See how old those are."})
	case !made:
		c.add(Finding{ID: "backup", Level: Weak, Says: "No backup was ever made by Latchkey.", Do: "Make one with latchkey backup, and keep it on another machine."})
	case age > backupFor:
		c.add(Finding{ID: "backup", Level: Weak, Says: fmt.Sprintf("The newest backup is %d days old.", int(age/(24*time.Hour))), Do: "Make one with latchkey backup, and see why none was made since."})
	default:
		c.add(Finding{ID: "backup", Level: Fine, Says: "The newest backup is from " + done.Ended.UTC().Format("2 January 2006, 15:04 UTC") + ", and was looked through."})
	}
	c.kept(p)
}

// kept looks for the files of the backups that the server keeps.
func (c *Checker) kept(p *program.Program) {
	all, err := p.DB.KeptBackups()
	if err != nil {
		c.add(Finding{ID: "backup", Level: Broken, Says: sentence(err.Error()), Do: "See what is said of the database."})
		return
	}
	open := 0
	for _, b := range all {
		info, err := os.Stat(filepath.Join(c.Folder, "backups", b.File))
		if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() != b.Bytes {
			c.found("backup.file", b.File, Broken, "Look for it on the disk, and make a new backup.", "It is kept, and its file is gone or was changed.")
		}
		if !b.Encrypted {
			open++
		}
	}
	if open > 0 {
		c.add(Finding{ID: "backup.encrypted", Level: Weak, Says: counted(open, "backup that is kept is", "backups that are kept are") + " not encrypted: each holds the keys in the clear.",
			Do: "Name a recipient for the backups, and remove those."})
	}
}
