// Package keys looks after the keys in latchkey.key: it adds one, seals everything under
// the newest, and tells what is still under which. All of it works beside a server that
// serves.
//
// A key is in its file, and the file is on disk, before anything is made under it; the
// database is told after that. So whatever is cut off, and wherever, every value in the
// database has its key in the file. No key is ever taken out of the file again: see Rekey.
package keys

import (
	"context"
	"errors"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/instance"
	"latchkey/internal/store"
)

// Rotated is what Rotate did.
type Rotated struct {
	Old, New string // ids
	// Finished says that the new key was there already: it was added by somebody who came no
	// further.
	Finished bool
}

// Rotate adds a key to the key file, from which on it is used for all that is new, and writes
// the row that says so. If the newest key was added by somebody who was cut off before that row,
// the rest is done, and no further key is added.
func Rotate(ctx context.Context, i *instance.Instance, e audit.Entry) (done Rotated, err error) {
	lock, err := i.Ring.Lock()
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, lock.Unlock()) }()
	if err := i.Ring.Refresh(); err != nil {
		return done, err
	}
	// What is there before is noted before, or the new one would be taken for all there is.
	if done, err = note(ctx, i, e, time.Time{}); err != nil || done.Finished {
		return done, err
	}
	if done.New, err = lock.Rotate(); err != nil {
		return done, err
	}
	noted, err := note(ctx, i, e, time.Time{})
	done.Old = noted.Old
	return done, err
}

// Note brings the database up to date where a key was added and whoever did it came no
// further than the key file; it says whether that was so. The first keys that are
// noted at all are as old as the instance, which is made then, or zero if that is not known.
func Note(ctx context.Context, i *instance.Instance, e audit.Entry, made time.Time) (Rotated, error) {
	return note(ctx, i, e, made)
}

// Unnoted returns the newest key if the database does not know of it; "" if it does.
func Unnoted(i *instance.Instance) (string, error) {
	noted, err := i.DB.EncryptionKeys()
	if err != nil {
		return "", err
	}
	newest := i.Ring.Newest()
	for _, k := range noted {
		if k.ID == newest {
			return "", nil
		}
	}
	return newest, nil
}

func note(ctx context.Context, i *instance.Instance, e audit.Entry, made time.Time) (done Rotated, err error) {
	if id, err := Unnoted(i); err != nil || id == "" {
		return done, err
	}
	err = i.DB.Tx(ctx, func(tx *store.Tx) error {
		done = Rotated{}
		noted, err := tx.EncryptionKeys()
		if err != nil {
			return err
		}
		ids := i.Ring.IDs()
		for n, id := range ids {
			k := store.EncryptionKey{ID: id, Made: e.At}
			if len(noted) == 0 {
				k.Made = made
			}
			added, err := tx.NoteKey(k)
			if err != nil || !added || len(noted) == 0 {
				if err != nil {
					return err
				}
				continue
			}
			done = Rotated{New: id, Finished: true}
			if n > 0 {
				done.Old = ids[n-1]
			}
		}
		if err := tx.RaiseKeyCheck(); err != nil || !done.Finished {
			return err
		}
		e.Event, e.Result = audit.KeysRotated, audit.ResultOK
		e.Details = []audit.Detail{{Name: "key", Before: done.Old, After: done.New}}
		return tx.Audit(e)
	})
	return done, err
}
