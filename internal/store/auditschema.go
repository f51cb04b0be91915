package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"strings"
)

type schemaQuerier interface {
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
}

// compareDefinitions compares the definitions with those of this version: a trigger that is
// gone no longer keeps the log as it is, one that was added may change it, and an index or
// view that was changed shows something else.
func (v *verification) compareDefinitions(ctx context.Context) (*BrokenChain, error) {
	is, want, err := v.definitions(ctx)
	if err != nil {
		return nil, unavailable(fmt.Errorf("reading the definitions of the audit log: %w", err))
	}
	for name := range differing(is, want) {
		switch {
		case is[name] == "":
			return &BrokenChain{0, "the " + name + ", which belongs to it, is missing"}, nil
		case want[name] == "":
			return &BrokenChain{0, "the " + name + " does not belong to it"}, nil
		default:
			return &BrokenChain{0, "the " + name + " was changed"}, nil
		}
	}
	return nil, nil
}

// auditDefinitions returns the definitions of the audit log, and those of this version, without
// regard to white space.
func (db *DB) auditDefinitions(ctx context.Context) (is, want map[string]string, err error) {
	if db.server != nil {
		is, want, err = db.postgresDefinitionsNow(ctx)
		for _, all := range []map[string]string{is, want} {
			maps.DeleteFunc(all, func(name, text string) bool { return !strings.Contains(name+" "+text, "audit_") })
		}
		return is, want, err
	}
	if is, err = readDefinitions(ctx, db.pool, auditObjects); err == nil {
		want, err = wantedObjects(ctx)
	}
	return is, want, err
}

// wantedObjects makes the tables of this version in memory.
func wantedObjects(ctx context.Context) (map[string]string, error) {
	connector := newConnector("definitions", "memory")
	db := sql.OpenDB(connector)
	defer db.Close()
	db.SetMaxOpenConns(1)
	p, err := migrator(db)
	if err != nil {
		return nil, err
	}
	if _, err := p.Up(ctx); err != nil {
		return nil, err
	}
	return readDefinitions(ctx, db, auditObjects)
}
