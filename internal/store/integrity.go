package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// checkIntegrity looks through every page of a copy, and through every index of each table: of a
// million users that takes half a minute of one core.
func checkIntegrity(ctx context.Context, path string, cores int) error {
	db := sql.OpenDB(newConnector(path, unchanging))
	defer db.Close()
	_, tables, err := schemaOf(ctx, sqlite, db)
	if err != nil {
		return err
	}
	turn := make(chan struct{}, max(1, cores))
	errs := make([]error, len(tables)+1)
	var all sync.WaitGroup
	ask := func(n int, text string, args ...any) {
		all.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			errs[n] = wholeBy(ctx, path, text, args...)
		})
	}
	ask(0, quickCheck)
	for n, table := range tables {
		ask(n+1, integrityOf, table)
	}
	all.Wait()
	return errors.Join(errs...)
}

// wholeBy asks one question about a copy, on a connection that reads it as memory: its pages are
// read once each, in no order.
func wholeBy(ctx context.Context, path, text string, args ...any) (err error) {
	db := sql.OpenDB(newConnector(path, unchanging))
	db.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.ExecContext(ctx, readAsMemory); err != nil {
		return err
	}
	var found string
	if err := db.QueryRowContext(ctx, text, args...).Scan(&found); err != nil {
		return err
	}
	if found != "ok" {
		return &damage{cause: errors.New(found)}
	}
	return nil
}
