package store

import (
	"context"
	"fmt"

	"github.com/pressly/goose/v3"
)

// Schema returns the version of the database's schema: the number of the last
// migration.
func (r Reader) Schema() (version int64, err error) {
	err = r.q.queryRow(`SELECT max(version_id) FROM goose_db_version`).Scan(&version)
	if err != nil {
		return 0, unavailable(fmt.Errorf("reading the version of the schema: %w", err))
	}
	return version, nil
}

// refuseNewer refuses a database that a later program has changed already: this
// one would write rows that no longer mean the same.
func refuseNewer(ctx context.Context, p *goose.Provider) error {
	has, known, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("reading the version of the database: %w", err)
	}
	if has > known {
		return fmt.Errorf("the database has schema %d and this program knows up to %d; run the newer latchkey that it was used with", has, known)
	}
	return nil
}
