package store

import (
	"context"
	"fmt"
	"time"
)

// BackupKind says who wanted a backup.
type BackupKind string

// The kinds.
const (
	BackupNightly BackupKind = "nightly" // nobody, it was due
	BackupPage    BackupKind = "page"    // an administrator, on the page
	BackupCommand BackupKind = "command" // somebody on the server's machine
)

// BackupState says how far a backup is.
type BackupState string

// The states.
const (
	BackupRunning BackupState = "running"
	BackupDone    BackupState = "done"
	BackupFailed  BackupState = "failed"
)

// Backup is a backup that was made or tried.
type Backup struct {
	Seq          int64 // in the order in which they began
	Kind         BackupKind
	State        BackupState
	ByID, ByName string
	Began, Ended time.Time
	Percent      int
	// File is its name in the folder of backups; "" for one that is not there.
	File       string
	Bytes      int64
	Users      int
	HeadSeq    int64
	HeadMAC    string
	Encrypted  bool
	Recipients string // one a line
	Why        string // it failed
}

const (
	backupColumns = `seq, kind, state, by_id, by_name, began_at, ended_at, percent, file, bytes, users, head_seq, head_mac, encrypted, recipients, why`
	// backupsKept is how many backups are remembered whose files are not kept: 400, so that a
	// year of them can be looked at.
	backupsKept = 400
)

func scanBackup(row scanner) (b Backup, err error) {
	err = row.Scan(&b.Seq, &b.Kind, &b.State, &b.ByID, &b.ByName, (*stamp)(&b.Began), (*stamp)(&b.Ended), &b.Percent, &b.File,
		&b.Bytes, &b.Users, &b.HeadSeq, &b.HeadMAC, &b.Encrypted, &b.Recipients, &b.Why)
	return b, err
}

// AddBackup notes a backup and returns its number. One of a server begins only while no other of
// it runs; ok is false otherwise. Two of them never get the same number, because one writer
// writes after the other.
func (tx *Tx) AddBackup(b Backup) (seq int64, ok bool, err error) {
	ok, err = tx.once(`INSERT INTO backups (seq, kind, state, by_id, by_name, began_at, ended_at, percent, file, bytes, users, head_seq, head_mac, encrypted, recipients, why)
		SELECT coalesce(max(o.seq), 0) + 1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15 FROM backups o
		HAVING $2 <> 'running' OR count(CASE WHEN o.state = 'running' THEN 1 END) = 0`,
		string(b.Kind), string(b.State), b.ByID, b.ByName, ms(b.Began), ms(b.Ended), b.Percent, b.File, b.Bytes, b.Users, b.HeadSeq, b.HeadMAC, b.Encrypted, b.Recipients, b.Why)
	if err != nil || !ok {
		return 0, false, err
	}
	if err := tx.q.queryRow(`SELECT max(seq) FROM backups`).Scan(&seq); err != nil {
		return 0, false, err
	}
	return seq, true, tx.exec(`DELETE FROM backups WHERE file = '' AND seq <= $1`, seq-backupsKept)
}

// MoveBackup notes how far a backup that runs is.
func (tx *Tx) MoveBackup(seq int64, percent int) error {
	return tx.exec(`UPDATE backups SET percent = $1 WHERE seq = $2 AND state = 'running'`, percent, seq)
}

// EndBackup notes how a backup that runs has ended.
func (tx *Tx) EndBackup(b Backup) (ok bool, err error) {
	return tx.once(`UPDATE backups SET state = $1, ended_at = $2, percent = $3, file = $4, bytes = $5, users = $6, head_seq = $7, head_mac = $8,
		encrypted = $9, recipients = $10, why = $11 WHERE seq = $12 AND state = 'running'`,
		string(b.State), ms(b.Ended), b.Percent, b.File, b.Bytes, b.Users, b.HeadSeq, b.HeadMAC, b.Encrypted, b.Recipients, b.Why, b.Seq)
}

// StopBackups ends those that run: the process that made them is gone.
func (tx *Tx) StopBackups(now time.Time) error {
	return tx.exec(`UPDATE backups SET state = 'failed', ended_at = $1, why = 'The server stopped before it was made' WHERE state = 'running'`, ms(now))
}

// ForgetBackupFile notes that the file of a backup is not kept any more.
func (tx *Tx) ForgetBackupFile(seq int64) error {
	return tx.exec(`UPDATE backups SET file = '' WHERE seq = $1`, seq)
}

// Backups returns backups, the newest first, those before a number if it is not 0.
func (r Reader) Backups(before int64, most int) ([]Backup, error) {
	rows, err := r.q.query(context.Background(), `SELECT `+backupColumns+` FROM backups WHERE seq < $1 OR CAST($1 AS BIGINT) = 0 ORDER BY seq DESC LIMIT $2`, before, most)
	if err != nil {
		return nil, unavailable(fmt.Errorf("reading backups: %w", err))
	}
	return collect(rows, scanBackup)
}

// KeptBackups returns those whose files are kept, the newest first.
func (r Reader) KeptBackups() ([]Backup, error) {
	rows, err := r.q.query(context.Background(), `SELECT `+backupColumns+` FROM backups WHERE file <> '' ORDER BY seq DESC`)
	if err != nil {
		return nil, unavailable(fmt.Errorf("reading the backups that are kept: %w", err))
	}
	return collect(rows, scanBackup)
}

// BackupBySeq returns one backup.
func (r Reader) BackupBySeq(seq int64) (Backup, bool, error) {
	return one(r.q.queryRow(`SELECT `+backupColumns+` FROM backups WHERE seq = $1`, seq), scanBackup, "reading a backup")
}

// LastBackup returns the newest one, of one kind if it is not "" and in one state if that is not
// "".
func (r Reader) LastBackup(kind BackupKind, state BackupState) (Backup, bool, error) {
	return one(r.q.queryRow(`SELECT `+backupColumns+` FROM backups WHERE (kind = $1 OR $1 = '') AND (state = $2 OR $2 = '') ORDER BY seq DESC LIMIT 1`,
		string(kind), string(state)), scanBackup, "reading the last backup")
}
