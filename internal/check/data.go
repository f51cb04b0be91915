package check

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"latchkey/internal/auth"
	"latchkey/internal/program"
	"latchkey/internal/store"
)

const (
	// quickCheckFor is how long the pages of the database are looked through, 10 seconds.
	quickCheckFor = 10 * time.Second
	// chainFor is how long the audit log is verified, 20 seconds: enough for some millions of rows.
	chainFor = 20 * time.Second
	// countFor is how long what is under which key is counted, 20 seconds.
	countFor = 20 * time.Second
	// leastRoom is how much of the disk has to be free in any case, 256 MiB.
	leastRoom = 256 << 20
	// fileSlack is how far in the future the time of a file may be, 1 minute.
	fileSlack = time.Minute
)

// database looks for damage, for one that was put back, and for what somebody changed.
func (c *Checker) database(ctx context.Context, p *program.Program) {
	quick, cancel := context.WithTimeout(ctx, quickCheckFor)
	defer cancel()
	if err := p.DB.QuickCheck(quick); err != nil {
		c.add(Finding{ID: "database", Level: Broken, Says: sentence(err.Error()), Do: "Restore a backup."})
		return
	}
	c.add(Finding{ID: "database", Level: Fine, Says: "The database can be read, and no page of it is damaged."})
	if err := p.HeadHeld(); err != nil {
		c.add(Finding{ID: "database.head", Level: Broken, Says: sentence(err.Error()), Do: "See “An older database” in docs/operating.md."})
	} else {
		c.add(Finding{ID: "database.head", Level: Fine, Says: "The audit log goes as far as was noted."})
	}
	c.chain(ctx, p)
	if err := p.DB.CompareDefinitions(ctx); err != nil {
		c.add(Finding{ID: "database.definitions", Level: Broken, Says: sentence(err.Error()), Do: "Find out who can write the database file, and restore a backup."})
	} else {
		c.add(Finding{ID: "database.definitions", Level: Fine, Says: "The tables, indexes and triggers are as this version made them."})
	}
	path := program.DatabasePath(c.Folder)
	if c.Database != "" {
		if err := p.DB.Healthy(ctx); err != nil {
			c.add(Finding{ID: "database.write", Level: Broken, Says: sentence(err.Error()), Do: "Look whether the server of the database takes writes; while it does not, nobody can sign in."})
		}
		return
	}
	if syscall.Access(path, 2) != nil || syscall.Access(c.Folder, 2) != nil {
		c.add(Finding{ID: "database.write", Level: Weak, Says: "The database cannot be written from here.", Do: "Run this as the user that the server runs as, on its machine."})
	}
}

// chain verifies the audit log, with the definitions of its tables.
func (c *Checker) chain(ctx context.Context, p *program.Program) {
	bounded, cancel := context.WithTimeout(ctx, chainFor)
	defer cancel()
	_, _, err := p.DB.VerifyAudit(bounded, p.Instance.Ring, "")
	broken, is := errors.AsType[*store.BrokenChain](err)
	switch {
	case is:
		c.add(Finding{ID: "database.chain", Level: Broken, Says: sentence(broken.Error()), Do: "Find out who can write the database file; see “Audit log” in docs/operating.md."})
	case err != nil && bounded.Err() != nil:
		c.add(Finding{ID: "database.chain", Level: NotAsked, Says: fmt.Sprintf("The audit log could not be verified within %s.", chainFor), Do: "Run latchkey audit verify."})
	case err != nil:
		c.add(Finding{ID: "database.chain", Level: Broken, Says: sentence(err.Error()), Do: "Restore a backup."})
	default:
		c.add(Finding{ID: "database.chain", Level: Fine, Says: "The audit log is unbroken."})
	}
}

// room looks whether the disk has room for what the server writes, and for a copy of the
// database, which a new version and a backup make.
func (c *Checker) room(p *program.Program) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(c.Folder, &disk); err != nil {
		c.add(Finding{ID: "disk", Level: NotAsked, Says: sentence("how much room the disk has cannot be asked: " + err.Error()), Do: "Look with df."})
		return
	}
	free := int64(disk.Bavail) * int64(disk.Bsize)
	var size int64
	if info, err := os.Stat(p.DB.Path()); err == nil {
		size = info.Size()
	}
	c.judgeRoom(free, size)
}

func (c *Checker) judgeRoom(free, size int64) {
	if need := leastRoom + size; free < need {
		c.add(Finding{ID: "disk", Level: Weak, Says: fmt.Sprintf("The disk of the data folder has %d MiB left; a copy of the database, as for a new version or a backup, needs %d.", free>>20, need>>20),
			Do: "Make room, or move the data folder to a larger disk. When the disk is full, nobody can sign in."})
		return
	}
	c.add(Finding{ID: "disk", Level: Fine, Says: "The disk has room for a copy of the database."})
}

// clock compares the clock with the newest row of the audit log and the times of the files, and
// with a time server if one is named.
func (c *Checker) clock(p *program.Program) {
	newest, err := p.DB.NewestAuditTime()
	if err != nil {
		c.add(Finding{ID: "clock", Level: Broken, Says: sentence(err.Error()), Do: "See what is said of the database."})
		return
	}
	now := time.Now()
	wrong := auth.ClockWarnings(now, newest, 0)
	if file, when := c.newestFile(); when.Sub(now) > fileSlack {
		wrong = append(wrong, fmt.Sprintf("%s was written in the future, on %s.", file, when.UTC().Format("2 January 2006, 15:04 UTC")))
	}
	if len(wrong) > 0 {
		c.add(Finding{ID: "clock", Level: Broken, Says: sentence(strings.Join(wrong, " ")), Do: "Set the clock, and keep it right with NTP."})
	} else {
		c.add(Finding{ID: "clock", Level: Fine, Says: "The clock is not behind the audit log, nor behind the files."})
	}
	c.timeServer(now)
}

// newestFile returns the file of the data folder that was written last.
func (c *Checker) newestFile() (name string, when time.Time) {
	for _, file := range []string{"latchkey.db", "latchkey.db-wal", "latchkey.key", "latchkey.head"} {
		if info, err := os.Stat(filepath.Join(c.Folder, file)); err == nil && info.ModTime().After(when) {
			name, when = file, info.ModTime()
		}
	}
	return name, when
}

// timeServer asks the one that is named.
func (c *Checker) timeServer(now time.Time) {
	if c.Config.TimeCheck == "" {
		c.add(Finding{ID: "clock.server", Level: NotAsked, Says: "No time server was asked.", Do: "Name one with --time-check, such as pool.ntp.org."})
		return
	}
	offset, err := program.AskTime(c.Config.TimeCheck)
	if err != nil {
		c.add(Finding{ID: "clock.server", Level: Weak, Says: sentence(err.Error()), Do: "See whether the network lets NTP through (UDP port 123), or name another server with --time-check."})
		return
	}
	if wrong := auth.ClockWarnings(now, time.Time{}, offset); len(wrong) > 0 {
		c.add(Finding{ID: "clock.server", Level: Broken, Says: strings.Join(wrong, " "), Do: "Set the clock, and keep it right with NTP."})
		return
	}
	c.add(Finding{ID: "clock.server", Level: Fine, Says: fmt.Sprintf("The clock differs from %s by %s.", c.Config.TimeCheck, offset.Abs().Round(time.Millisecond))})
}
