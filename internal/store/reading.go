package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"latchkey/internal/problem"
	"latchkey/internal/secret"
)

// OpenReading opens the database at path for a command that only reads. Where the folder
// can be written it is Open. Where it cannot, as on a mounted backup, the database is
// read as it is, and every Tx is refused; with scratch, for work that has to write on its
// way, it is a private copy that goes away with Close.
func OpenReading(ctx context.Context, path string, ring *secret.Ring, scratch bool) (*DB, error) {
	if isPostgres(path) {
		return Open(ctx, path, ring, false)
	}
	if syscall.Access(path, accessWrite) == nil && syscall.Access(filepath.Dir(path), accessWrite) == nil {
		return Open(ctx, path, ring, false)
	}
	db, err := OpenUntouched(ctx, path, ring)
	if err != nil || !scratch || db.scratch != "" {
		return db, err
	}
	copied, err := openCopy(ctx, path, ring, func(to string) error { return copyTo(ctx, db.pool, to) })
	return copied, errors.Join(err, db.Close())
}

// OpenUntouched opens the database at path for reading, and leaves it and its log as they
// are, also where the folder can be written.
func OpenUntouched(ctx context.Context, path string, ring *secret.Ring) (*DB, error) {
	if isPostgres(path) {
		return Open(ctx, path, ring, false)
	}
	if err := refuseLinks(path); err != nil {
		return nil, err
	}
	mode, err := readingMode(path)
	if err != nil {
		return nil, err
	}
	if mode == "" {
		return openCopy(ctx, path, ring, func(to string) error { return copyFiles(path, to) })
	}
	db := &DB{ring: ring, path: path}
	if err := db.openAside(ctx, mode); err != nil {
		return nil, opening(path, errors.Join(err, db.Close()))
	}
	return db, nil
}

// accessWrite is W_OK of access(2).
const accessWrite = 2

// readingMode is how SQLite opens a database in a folder that cannot be written, "" if it
// cannot. Without a log nobody has it open, and it may be taken for a file that does not
// change. With a log, SQLite needs the index of the log, which it cannot make there.
func readingMode(path string) (string, error) {
	wal, err := os.Stat(path + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return unchanging, nil
	}
	if err != nil {
		return "", fmt.Errorf("looking at the log of the database: %w", err)
	}
	_, err = os.Stat(path + "-shm")
	switch {
	case err == nil:
		return "ro", nil
	case !errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("looking at the log of the database: %w", err)
	case wal.Size() == 0:
		return unchanging, nil
	}
	return "", nil
}

// openAside opens the pool of readers alone.
func (db *DB) openAside(ctx context.Context, mode string) error {
	db.openPool(mode)
	if err := checkSchema(ctx, sqlite, db.pool); err != nil {
		return err
	}
	return db.checkKey(ctx, false)
}

// ReadOnly reports whether nothing that is written stays, because the folder cannot be
// written.
func (db *DB) ReadOnly() bool { return db.writer == nil || db.scratch != "" }

// refuseWriting is what Tx returns for a database that is only read.
func refuseWriting() error {
	return problem.New(problem.Unavailable, "The data folder cannot be written.")
}

// openCopy opens a copy of the database at path, which write makes, in a folder of its
// own that nobody else can look into.
func openCopy(ctx context.Context, path string, ring *secret.Ring, write func(to string) error) (*DB, error) {
	folder, err := os.MkdirTemp("", "latchkey-")
	if err != nil {
		return nil, fmt.Errorf("making a folder for a copy of the database: %w; name one with TMPDIR", err)
	}
	to := filepath.Join(folder, filepath.Base(path))
	if err := write(to); err != nil {
		return nil, errors.Join(fmt.Errorf("copying the database: %w; it needs room in %s, or in another folder that TMPDIR names", err, os.TempDir()), os.RemoveAll(folder))
	}
	db, err := Open(ctx, to, ring, false)
	if err != nil {
		if d := asDamage(err); d != nil {
			err = &damage{path: path, cause: d.cause}
		}
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	db.scratch = folder
	return db, nil
}

// copyFiles copies a database that nobody has open, with its log.
func copyFiles(path, to string) error {
	for _, suffix := range []string{"", "-wal"} {
		if err := copyFile(path+suffix, to+suffix); err != nil {
			return err
		}
	}
	return nil
}

func copyFile(path, to string) error {
	from, err := os.Open(path)
	if err != nil {
		return err
	}
	defer from.Close()
	file, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, from)
	return errors.Join(err, file.Close())
}

// QuickCheck looks at the pages of the database for as long as ctx lets it, and returns
// what is damaged. One that is too large to be looked through in that time passes: its
// damage is told when somebody meets it.
func (db *DB) QuickCheck(ctx context.Context) error {
	if !db.IsFile() {
		return nil // its server looks after its pages
	}
	var found string
	err := db.pool.QueryRowContext(ctx, quickCheck).Scan(&found)
	switch {
	case ctx.Err() != nil || errors.Is(err, sql.ErrNoRows):
		return nil
	case err == nil && found != "ok":
		err = &damage{cause: errors.New(found)}
	}
	return opening(db.path, err)
}
