package app

import (
	"errors"
	"fmt"
	"time"

	"latchkey/internal/app/cli"
	"latchkey/internal/program"
	"latchkey/internal/store"
)

type migrateCommand struct{}

// Help shows how it is used.
func (migrateCommand) Help() string { return cli.Examples("migrate --data /var/lib/latchkey") }

// Run brings the database to the schema of this program, as the next start of the server
// would.
func (migrateCommand) Run(r *cli.Run) (err error) {
	if r.Database != "" {
		return migrateServer(r)
	}
	if _, _, err := program.OpenFolder(r.Ctx, r.Data, false); err != nil {
		return err // before the lock, which would make a folder
	}
	lock, err := program.LockFolder(r.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	ring, _, err := program.OpenFolder(r.Ctx, r.Data, false)
	if err != nil {
		return err
	}
	m, err := store.Migrate(r.Ctx, program.DatabasePath(r.Data), ring, cli.AuditBase(time.Now()))
	if err != nil {
		return err
	}
	if !m.Done() {
		_, err = fmt.Fprintf(r.Stdout, "Nothing to do: the database already has schema %d.\n", m.To)
		return err
	}
	_, err = fmt.Fprintf(r.Stdout, "Schema %s. Copy of the old database: %s\n", m.Schema(), m.Copy)
	return err
}

// migrateServer does it for a PostgreSQL, of which no copy is made.
func migrateServer(r *cli.Run) error {
	ring, err := program.NodeRing(r.Data)
	if err != nil {
		return err
	}
	m, err := store.Migrate(r.Ctx, r.Database, ring, cli.AuditBase(time.Now()))
	if err != nil {
		return err
	}
	if !m.Done() {
		_, err = fmt.Fprintf(r.Stdout, "Nothing to do: the database already has schema %d.\n", m.To)
		return err
	}
	_, err = fmt.Fprintf(r.Stdout, "Schema %s.\n", m.Schema())
	return err
}
