package store

import (
	"context"
	"database/sql"
	"fmt"
)

// moment is the querier of several statements that see the database as it is at one moment.
type moment struct {
	pool *readPool
	tx   *sql.Tx
	// fresh are statements that no connection had yet. They are prepared for all once this one is free: to wait for
	// another while one is held would have readers wait for each other.
	fresh []string
}

// atOneMoment hands do a reader whose statements all see one moment. Inside a transaction they do in any case.
func (r Reader) atOneMoment(ctx context.Context, do func(Reader) error) error {
	pool, ok := r.q.(*readPool)
	if !ok {
		return do(r)
	}
	tx, err := pool.db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead}) // SQLite has no other
	if err != nil {
		return unavailable(fmt.Errorf("beginning to read: %w", err))
	}
	m := &moment{pool: pool, tx: tx}
	err = do(Reader{q: m})
	tx.Rollback() // it wrote nothing
	for _, text := range m.fresh {
		_, _ = pool.prepare(text) // it could be a moment ago
	}
	return err
}

func (m *moment) statement(ctx context.Context, text string) (*sql.Stmt, error) {
	if s, ok := m.pool.stmts.Load(text); ok {
		return m.tx.StmtContext(ctx, s.(*sql.Stmt)), nil
	}
	m.fresh = append(m.fresh, text)
	return m.tx.PrepareContext(ctx, sqlite.text(text))
}

func (m *moment) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	s, err := m.statement(ctx, text)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

func (m *moment) queryRow(text string, args ...any) *sql.Row {
	s, err := m.statement(context.Background(), text)
	if err != nil {
		return m.tx.QueryRow(sqlite.text(text), args...) // reports the same error from Scan
	}
	return s.QueryRow(args...)
}

func (m *moment) point(text string, args []string, dest ...any) error {
	all := make([]any, len(args))
	for i, arg := range args {
		all[i] = arg
	}
	return m.queryRow(text, all...).Scan(dest...)
}
