package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
)

type schemaQuerier interface {
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
}

// readObjects returns the definitions of the audit log, without regard to white space.
func readObjects(ctx context.Context, q schemaQuerier) (map[string]string, error) {
	return readDefinitions(ctx, q, auditObjects)
}

// compareDefinitions compares the definitions with those of this version, made in memory:
// a trigger that is gone no longer keeps the log as it is, one that was added may change
// it, and an index or view that was changed shows something else.
func (v *verification) compareDefinitions(ctx context.Context) (*BrokenChain, error) {
	is, err := readObjects(ctx, v.schema)
	if err != nil {
		return nil, unavailable(fmt.Errorf("reading the definitions of the audit log: %w", err))
	}
	want, err := wantedObjects(ctx)
	if err != nil {
		return nil, fmt.Errorf("making the definitions of the audit log: %w", err)
	}
	both := maps.Clone(is)
	maps.Copy(both, want)
	for _, name := range slices.Sorted(maps.Keys(both)) {
		switch {
		case is[name] == want[name]:
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
	return readObjects(ctx, db)
}
