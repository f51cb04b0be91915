package backup

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"latchkey/internal/audit"
	"latchkey/internal/store"
)

// Record notes a backup that a command has made, in the list of backups and in the audit log.
func Record(db *store.DB, by audit.Entry, m Made, recipients []string) error {
	b := ended(store.Backup{Kind: store.BackupCommand, ByName: by.ActorName, Began: by.At, Ended: by.At}, m, recipients)
	err := db.Tx(context.Background(), func(tx *store.Tx) error {
		if _, _, err := tx.AddBackup(b); err != nil {
			return err
		}
		return tx.Audit(madeEntry(by, m, recipients))
	})
	if err != nil {
		err = fmt.Errorf("the backup %s was made, but not recorded: %w", m.Path, err)
	}
	return err
}

// ended is a backup with what came of it.
func ended(b store.Backup, m Made, recipients []string) store.Backup {
	b.State, b.Percent = store.BackupDone, 100
	b.Bytes, b.Users, b.HeadSeq, b.HeadMAC = m.Bytes, m.Users, m.HeadSeq, m.HeadMAC
	b.Encrypted, b.Recipients = m.Encrypted, strings.Join(recipients, "\n")
	return b
}

// madeEntry is the audit row of a backup that was made.
func madeEntry(by audit.Entry, m Made, recipients []string) audit.Entry {
	by.Event, by.Result = audit.BackupMade, audit.ResultOK
	encrypted := "no"
	if m.Encrypted {
		encrypted = "yes"
	}
	by.Details = []audit.Detail{
		{Name: "file", After: filepath.Base(m.Path)}, {Name: "bytes", After: strconv.FormatInt(m.Bytes, 10)},
		{Name: "users", After: strconv.Itoa(m.Users)}, {Name: "head", After: m.Head()}, {Name: "encrypted", After: encrypted},
	}
	for _, r := range recipients {
		by.Details = append(by.Details, audit.Detail{Name: "for", After: r})
	}
	return by
}
