package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// moments is a querier on which several statements can see the database as it is at one moment.
type moments interface {
	atOneMoment(ctx context.Context, do func(querier) error) error
}

// atOneMoment hands do a reader whose statements all see one moment. Inside a transaction they do in any case.
func (r Reader) atOneMoment(ctx context.Context, do func(Reader) error) error {
	pool, ok := r.q.(moments)
	if !ok {
		return do(r)
	}
	return pool.atOneMoment(ctx, func(q querier) error { return do(Reader{q: q}) })
}

// sqliteMoment is the querier of one moment of the file.
type sqliteMoment struct {
	pool *readPool
	tx   *sql.Tx
	// fresh are statements that no connection had yet. They are prepared for all once this one is free: to wait for
	// another while one is held would have readers wait for each other.
	fresh []string
}

func (p *readPool) atOneMoment(ctx context.Context, do func(querier) error) error {
	tx, err := p.db.BeginTx(ctx, nil)
	if err != nil {
		return unavailable(fmt.Errorf("beginning to read: %w", err))
	}
	m := &sqliteMoment{pool: p, tx: tx}
	err = do(m)
	tx.Rollback() // it wrote nothing
	for _, text := range m.fresh {
		_, _ = p.prepare(text) // it could be a moment ago
	}
	return err
}

func (m *sqliteMoment) statement(ctx context.Context, text string) (*sql.Stmt, error) {
	if s, ok := m.pool.stmts.Load(text); ok {
		return m.tx.StmtContext(ctx, s.(*sql.Stmt)), nil
	}
	m.fresh = append(m.fresh, text)
	return m.tx.PrepareContext(ctx, sqlite.text(text))
}

func (m *sqliteMoment) query(ctx context.Context, text string, args ...any) (rows, error) {
	s, err := m.statement(ctx, text)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

func (m *sqliteMoment) queryRow(text string, args ...any) scanner {
	s, err := m.statement(context.Background(), text)
	if err != nil {
		return noRow{err}
	}
	return s.QueryRow(args...)
}

func (m *sqliteMoment) point(read *pointRead, args []string, dest ...any) error {
	return m.queryRow(read.text, anys(args)...).Scan(dest...)
}

// postgresMoment is the querier of one moment of a PostgreSQL.
type postgresMoment struct {
	ctx context.Context // ends as well when the server is silent
	tx  pgx.Tx
}

func (p postgresPool) atOneMoment(ctx context.Context, do func(querier) error) error {
	tx, err := p.reading(ctx)
	if _, lost := errors.AsType[*errLost](err); lost {
		p.pool.Reset()
		tx, err = p.reading(ctx)
	}
	if err != nil {
		return unavailable(fmt.Errorf("beginning to read: %w", err))
	}
	watching, done := watched(ctx, tx.Conn())
	defer done()
	err = told(watching, do(postgresMoment{watching, tx}))
	_ = tx.Rollback(context.WithoutCancel(ctx)) // it wrote nothing
	return err
}

// reading opens a transaction on a connection of the pool. A connection that broke while nobody used it is lost.
func (p postgresPool) reading(ctx context.Context) (pgx.Tx, error) {
	soon, done := context.WithTimeout(ctx, shortly)
	defer done()
	tx, err := p.pool.BeginTx(soon, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil && stateOf(err) == "" && ctx.Err() == nil {
		err = &errLost{err.Error()}
	}
	return tx, err
}

func (m postgresMoment) query(_ context.Context, text string, args ...any) (rows, error) {
	args, err := plain(args)
	if err != nil {
		return nil, err
	}
	found, err := m.tx.Query(m.ctx, postgresText(text), args...)
	if err != nil {
		return nil, err
	}
	return closing{found}, nil
}

func (m postgresMoment) queryRow(text string, args ...any) scanner {
	args, err := plain(args)
	if err != nil {
		return noRow{err}
	}
	return m.tx.QueryRow(m.ctx, postgresText(text), args...)
}

func (m postgresMoment) point(read *pointRead, args []string, dest ...any) error {
	return m.queryRow(read.text, anys(args)...).Scan(dest...)
}
