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
	"latchkey/internal/factor"
	"latchkey/internal/program"
	"latchkey/internal/secret"
	"latchkey/internal/store"
)

// Restored is what was restored.
type Restored struct {
	Verified
	// Refill are the event streams that may have rows which the archive lacks. While there are
	// any, the row of the restore waits for the refill or for the next start of the server: it
	// would take the place of the first row that comes back.
	Refill []string
}

// Target is where an archive is restored.
type Target struct {
	Folder   string // the data folder
	Database string // the address of an empty PostgreSQL; "" for a file in the folder
	Show     Show   // of the rows copied into a PostgreSQL
}

// Restore restores an archive into an empty folder, or one that is not there yet, which no server
// may be using. Nothing from before works in it: sessions, pending sign-ins, browsers, links,
// codes up to now; recovery codes are marked. Killed in the middle, it leaves a folder in which
// the server does not start and in which it can be done again.
func Restore(ctx context.Context, to Target, path string, identities []age.Identity, by audit.Entry) (r Restored, err error) {
	if r, err = restore(ctx, to, path, identities, by); err != nil && !errors.Is(err, context.Canceled) {
		err = fmt.Errorf("restoring %s: %w", path, plainly(err))
	}
	return r, err
}

func restore(ctx context.Context, target Target, path string, identities []age.Identity, by audit.Entry) (r Restored, err error) {
	about, err := os.Stat(path)
	if err != nil {
		return r, errors.Unwrap(err)
	}
	to, err := program.BeginRestore(target.Folder)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, to.Close(err == nil)) }()
	if err := roomFor(need{target.Folder, about.Size()}); err != nil {
		return r, err
	}
	c, err := unpack(ctx, path, identities, to.Database)
	if err != nil {
		return r, err
	}
	r.Verified = Verified{Manifest: c.Manifest, Encrypted: c.Encrypted, Bytes: c.Bytes}
	if r.Copied, err = store.LookThrough(ctx, to.Database, c.Ring, runtime.NumCPU(), by); err != nil {
		return r, inside(err)
	}
	if err := c.Ring.Create(to.Key); err != nil {
		return r, err
	}
	head, err := r.disarm(ctx, to.Database, c.Ring, filepath.Base(path), by)
	if err != nil {
		return r, err
	}
	if target.Database == "" {
		return r, to.Finish(c.Ring, head)
	}
	return r, to.FinishNode(func() error { return r.fill(ctx, target, to.Database, c.Ring) })
}

// fill copies the rows into a PostgreSQL, and looks at what has become of them there.
func (r *Restored) fill(ctx context.Context, target Target, path string, ring *secret.Ring) error {
	if err := store.CopyIntoPostgres(ctx, path, target.Database, func(done, of int) { target.Show.show(100 * done / of) }); err != nil {
		return err
	}
	users, err := store.LookAtPostgres(ctx, target.Database, ring)
	if err == nil && users != r.Copied.Users {
		err = fmt.Errorf("%d of %d users are in the database", users, r.Copied.Users)
	}
	return err
}

// disarm makes harmless what the copy accepts, and says so in its log.
func (r *Restored) disarm(ctx context.Context, path string, ring *secret.Ring, name string, by audit.Entry) (head program.Head, err error) {
	db, err := store.Open(ctx, path, ring, false)
	if err != nil {
		return head, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if r.Refill, err = db.FullStreams(); err != nil {
		return head, err
	}
	by.Event, by.Result = audit.RestoreDone, audit.ResultOK
	by.Details = []audit.Detail{{Name: "backup", After: name}, {Name: "newest row", After: r.Copied.Head()}}
	err = db.Tx(ctx, func(tx *store.Tx) error {
		if err := tx.DisarmCopy(by.At, factor.Step(by.At)); err != nil {
			return err
		}
		if len(r.Refill) > 0 {
			return tx.RestorePending(by.ActorName, name)
		}
		return tx.Audit(by)
	})
	if err != nil {
		return head, err
	}
	head.Seq, head.MAC, err = db.AuditHead()
	return head, err
}
