package store

import "strconv"

// What every process keeps in memory of the database, because every page needs it: the settings,
// how many requests wait, whether there are applications. Where several processes serve one
// database each change of it raises a version, which every request asks for: with its session, where it has one.

// versionNow is the version as a column of what a request reads first. A file has no other process to learn it from.
const versionNow = "⟨''¦coalesce((SELECT m.value FROM meta m WHERE m.name = 'version'), '')⟩"

// metaVersion is how often it was changed.
const metaVersion = "version"

// noteChange notes that something of it changes with this transaction.
func (tx *Tx) noteChange() { tx.w.changed = true }

// raiseVersion raises the version, in a transaction that has changed something.
func (tx *Tx) raiseVersion() error {
	text, err := tx.Meta(metaVersion)
	if err != nil {
		return err
	}
	n, _ := strconv.ParseInt(text, 10, 64) // 0 before the first
	return tx.SetMeta(metaVersion, strconv.FormatInt(n+1, 10))
}

// Version says how often what processes keep in memory was changed. A database in a file is
// served by one process, which knows; there it is "" and costs nothing.
func (db *DB) Version() (string, error) {
	if !db.Shared() {
		return "", nil
	}
	return db.Meta(metaVersion)
}

// Recount counts again what OpenRequests and HasApplications return, after somebody else changed it.
func (db *DB) Recount() error {
	if db.writer == nil {
		return nil
	}
	return db.writer.count(db.Reader)
}
