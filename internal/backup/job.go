package backup

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/instance"
	"latchkey/internal/store"
)

const (
	// lookEvery is how often it is looked whether a backup is due.
	lookEvery = time.Minute
	// againAfter is how long after a failure the server tries a backup again that was due: an
	// hour. A disk that is full stays full for a while, and each try copies the database.
	//
	//limit:backups Wait before a backup that was due and failed is tried again
	againAfter = time.Hour
	// tellEvery is how often the page is told how far a backup is.
	tellEvery = 2 * time.Second
	// maxWhy bounds the reason of a failure, in characters.
	maxWhy = 400
)

// keeper makes the backups of a server, one at a time.
type keeper struct {
	i     *instance.Instance
	begun bool
}

// Job makes the backups that are due, and those that administrators ask for, and removes the
// oldest of its own.
func Job(i *instance.Instance) instance.Job {
	k := &keeper{i: i}
	return instance.Job{Name: "making backups", Every: lookEvery, Wake: i.BackupDue, Run: k.run}
}

func (k *keeper) run(ctx context.Context) error {
	if !k.begun { // after a server that was killed
		dropWork(k.i.Folder)
		if err := k.i.DB.Tx(ctx, func(tx *store.Tx) error { return tx.StopBackups(k.i.Now()) }); err != nil {
			return err
		}
		k.begun = true
	}
	b, ok, err := k.i.DB.LastBackup("", store.BackupRunning)
	if err == nil && !ok {
		b, ok, err = k.due(ctx)
	}
	if err != nil || !ok {
		return err
	}
	return k.make(ctx, b)
}

// due begins a backup if its time has come.
func (k *keeper) due(ctx context.Context) (b store.Backup, ok bool, err error) {
	last, had, err := k.i.DB.LastBackup(store.BackupNightly, "")
	if err != nil || !isDue(k.i.Settings().Backups, last, had, k.i.Now()) {
		return b, false, err
	}
	b = store.Backup{Kind: store.BackupNightly, State: store.BackupRunning, Began: k.i.Now()}
	err = k.i.DB.Tx(ctx, func(tx *store.Tx) (err error) {
		b.Seq, ok, err = tx.AddBackup(b)
		return err
	})
	return b, ok, err
}

// isDue says whether a backup has to be made. One that seems to be from the future is no reason to
// wait: the clock was wrong once.
func isDue(s auth.Backups, last store.Backup, had bool, now time.Time) bool {
	slot, on := s.Before(now)
	switch {
	case !on:
		return false
	case !had, last.Began.Before(slot), last.Began.After(now.Add(time.Minute)):
		return true
	}
	return last.State == store.BackupFailed && now.Sub(last.Began) >= againAfter
}

// make makes a backup and notes how it ended.
func (k *keeper) make(ctx context.Context, b store.Backup) error {
	recipients := strings.Fields(k.i.Settings().Backups.Recipients)
	m, err := k.write(ctx, b, recipients)
	done := ended(b, m, recipients)
	entry := madeEntry(audit.Entry{At: k.i.Now(), ActorID: b.ByID, ActorName: cmp.Or(b.ByName, "server")}, m, recipients)
	if err != nil {
		done = b
		done.State, done.Why = store.BackupFailed, audit.CleanText(reason(err), maxWhy)
		entry.Result, entry.Details = audit.ResultFailed, []audit.Detail{{Name: "why", After: done.Why}}
	} else {
		done.File = filepath.Base(m.Path)
	}
	done.Ended = k.i.Now()
	noted := k.i.DB.Tx(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		if _, err := tx.EndBackup(done); err != nil {
			return err
		}
		return tx.Audit(entry)
	})
	if err != nil || noted != nil {
		return errors.Join(err, noted)
	}
	k.i.Log.Info("a backup was made", "file", m.Path, "bytes", m.Bytes, "head", m.Head(), "encrypted", m.Encrypted)
	return forget(ctx, k.i, k.i.Settings().Backups.Keep)
}

// reason is why a backup failed, without the path that everybody knows.
func reason(err error) string {
	if errors.Is(err, context.Canceled) {
		return "the server was stopped"
	}
	return cmp.Or(errors.Unwrap(err), err).Error()
}

// write writes the archive into the folder of backups.
func (k *keeper) write(ctx context.Context, b store.Backup, recipients []string) (Made, error) {
	ages, err := Recipients(recipients)
	if err != nil {
		return Made{}, err
	}
	folder := Folder(k.i.Folder)
	if err := ownFolder(folder); err != nil {
		return Made{}, err
	}
	next := time.Now().Add(tellEvery)
	show := func(percent int) {
		if now := time.Now(); now.After(next) {
			next = now.Add(tellEvery)
			// The page is only late if this fails.
			_ = k.i.DB.Tx(ctx, func(tx *store.Tx) error { return tx.MoveBackup(b.Seq, percent) })
		}
	}
	s := Source{DB: k.i.DB, Folder: k.i.Folder, Version: k.i.Version, Cores: max(1, runtime.NumCPU()/2)}
	return Make(ctx, s, freeName(folder, k.i.Now(), len(ages) > 0), ages, k.i.Now(), show)
}
