package app

import (
	"errors"
	"fmt"
	"time"

	"latchkey/internal/store"
)

type migrateCommand struct{}

// Help shows how it is used.
func (migrateCommand) Help() string { return examples("migrate --data /var/lib/latchkey") }

// Run brings the database to the schema of this program, as the next start of the server
// would.
func (migrateCommand) Run(r *run) (err error) {
	if _, _, err := r.openFolder(false); err != nil {
		return err // before the lock, which would make a folder
	}
	lock, err := lockFolder(r.data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	ring, _, err := r.openFolder(false)
	if err != nil {
		return err
	}
	m, err := store.Migrate(r.ctx, databasePath(r.data), ring, auditBase(time.Now()))
	if err != nil {
		return err
	}
	if !m.Done() {
		_, err = fmt.Fprintf(r.stdout, "Nothing to do: the database already has schema %d.\n", m.To)
		return err
	}
	_, err = fmt.Fprintf(r.stdout, "Schema %s. Copy of the old database: %s\n", m.Schema(), m.Copy)
	return err
}
