package backup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"filippo.io/age"

	"latchkey/internal/audit"
	"latchkey/internal/store"
)

// Verified is an archive that was looked through.
type Verified struct {
	Manifest
	store.Copied
	Encrypted bool
	Bytes     int64
}

// Verify reads an archive to its end and looks through the database in it, as Make did. It needs
// room for the database in the folder for temporary files, and leaves nothing there.
func Verify(ctx context.Context, path string, identities []age.Identity, by audit.Entry) (v Verified, err error) {
	if v, err = verify(ctx, path, identities, by); err != nil && !errors.Is(err, context.Canceled) {
		err = fmt.Errorf("checking the backup %s: %w", path, plainly(err))
	}
	return v, err
}

func verify(ctx context.Context, path string, identities []age.Identity, by audit.Entry) (v Verified, err error) {
	about, err := os.Stat(path)
	if err != nil {
		return v, errors.Unwrap(err)
	}
	if err := roomFor(need{os.TempDir(), about.Size()}); err != nil {
		return v, fmt.Errorf("%w; name another folder with TMPDIR", err)
	}
	w, err := newWork(os.TempDir())
	if err != nil {
		return v, err
	}
	defer func() { err = errors.Join(err, w.end()) }()
	database := filepath.Join(w.path, databaseName)
	c, err := unpack(ctx, path, identities, database)
	if err != nil {
		return v, err
	}
	v = Verified{Manifest: c.Manifest, Encrypted: c.Encrypted, Bytes: c.Bytes}
	v.Copied, err = store.LookThrough(ctx, database, c.Ring, runtime.NumCPU(), by)
	return v, inside(err)
}

// inside says of a mistake that it is in the archive: its seal was whole, so it was put there.
func inside(err error) error {
	if err != nil && !errors.Is(err, context.Canceled) {
		err = fmt.Errorf("the database in it was refused: %w", err)
	}
	return err
}
