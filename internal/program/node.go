package program

import (
	"context"
	"errors"
	"fmt"
	"os"

	"latchkey/internal/secret"
	"latchkey/internal/store"
)

// openNode returns the key ring of a folder whose database is a PostgreSQL. Every node of an
// instance has the same ring. With create, a folder without one gets a new ring, and the
// database, if it is an empty one, the tables that belong to it. fresh says that they were made
// now.
//
// The ring has a name of its own until the database knows it: a database without tables beside
// a key that was used is one that somebody has emptied, and to make new tables would let a
// stranger set the instance up (AV-05).
func openNode(ctx context.Context, folder, database string, create bool) (ring *secret.Ring, fresh bool, err error) {
	key, unused := KeyPath(folder), KeyPath(folder)+unfinished
	has, err := exists(key)
	if err != nil {
		return nil, false, err
	}
	if has || !create {
		ring, err = NodeRing(folder)
		return ring, false, err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, false, fmt.Errorf("making the data folder: %w; choose another with --data", err)
	}
	if ring, err = ringToUse(unused); err != nil {
		return nil, false, err
	}
	if err := makeDatabase(ctx, database, ring); err != nil {
		if errors.Is(err, store.ErrOtherKey) {
			err = errors.Join(fmt.Errorf("the database belongs to an instance with another key; copy latchkey.key from the data folder of another node into %s", folder), os.Remove(unused))
		}
		return nil, false, err
	}
	if err := rename(unused, key); err != nil {
		return nil, false, fmt.Errorf("making the data folder: %w", err)
	}
	ring, err = secret.LoadRing(key)
	return ring, true, err
}

// NodeRing is the key ring of a folder whose database is a PostgreSQL.
func NodeRing(folder string) (*secret.Ring, error) {
	has, err := exists(KeyPath(folder))
	if err != nil {
		return nil, err
	}
	if !has {
		return nil, fmt.Errorf("there is no key in %s; copy latchkey.key from the data folder of another node, or run latchkey serve there first", folder)
	}
	return secret.LoadRing(KeyPath(folder))
}

// ringToUse is a new ring, or the one that a start has made that was cut off.
func ringToUse(path string) (*secret.Ring, error) {
	begun, err := exists(path)
	if err != nil {
		return nil, err
	}
	if begun {
		return secret.LoadRing(path)
	}
	return secret.CreateRing(path)
}

// makeDatabase makes the tables and notes the key. Of several nodes that start at once one
// does, and the others have another key.
func makeDatabase(ctx context.Context, database string, ring *secret.Ring) error {
	db, err := store.Open(ctx, database, ring, true)
	if err != nil {
		return err
	}
	return db.Close()
}
