package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// postgresPool is the querier of DB on PostgreSQL.
type postgresPool struct{ pool *pgxpool.Pool }

func (p postgresPool) query(ctx context.Context, text string, args ...any) (rows, error) {
	args, err := plain(args)
	if err != nil {
		return nil, err
	}
	r := &streamed{ctx: ctx, pool: p.pool, text: postgresText(text), args: args}
	err = r.ask()
	if r.lost(err) {
		err = r.askAgain()
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (p postgresPool) queryRow(text string, args ...any) scanner { return pooledRow{p, text, args} }

func (p postgresPool) point(read *pointRead, args []string, dest ...any) error {
	return pooledRow{p, read.text, anys(args)}.Scan(dest...)
}

func anys(texts []string) []any {
	all := make([]any, len(texts))
	for i, text := range texts {
		all[i] = text
	}
	return all
}

// pooledRow is a row whose statement may not take for ever.
type pooledRow struct {
	p    postgresPool
	text string
	args []any
}

// Scan asks for the row and reads it.
func (r pooledRow) Scan(dest ...any) error {
	ctx, done := context.WithTimeout(context.Background(), shortly)
	defer done()
	rows, err := r.p.query(ctx, r.text, r.args...)
	if err == nil {
		found := rows.(*streamed)
		if found.Next() {
			return firstOf(found.Scan(dest...), found.finish())
		}
		err = found.finish()
	}
	switch {
	case err == nil:
		return pgx.ErrNoRows
	case errors.Is(err, context.DeadlineExceeded):
		return &errLost{errSilent.Error()}
	}
	return err
}

// streamed are the rows of a reader, which has the connection until they are closed. A
// connection that broke while nobody used it, because the server was started anew, is replaced.
type streamed struct {
	ctx  context.Context
	pool *pgxpool.Pool
	text string
	args []any

	conn  *pgxpool.Conn // nil once it was given back
	rows  pgx.Rows
	done  context.CancelFunc
	asked context.Context
	again bool // it is not asked once more
	err   error
}

// ask sends the statement.
func (r *streamed) ask() (err error) {
	ctx, done := context.WithTimeout(r.ctx, shortly)
	r.conn, err = r.pool.Acquire(ctx)
	over := ctx.Err() != nil && r.ctx.Err() == nil
	done()
	switch {
	case over:
		r.again = true
		return &errLost{"no connection became free, or could be made"}
	case err != nil:
		return told(r.ctx, err)
	}
	r.asked, r.done = watched(r.ctx, r.conn.Conn())
	if r.rows, err = r.conn.Query(r.asked, r.text, r.args...); err != nil {
		return r.release(err)
	}
	return nil
}

// askAgain sends it on a new connection. The others that nobody uses broke as well.
func (r *streamed) askAgain() error {
	r.again = true
	r.pool.Reset()
	return r.ask()
}

// lost reports whether the connection broke, and whether asking again may help.
func (r *streamed) lost(err error) bool {
	lost, ok := errors.AsType[*errLost](err)
	return ok && !r.again && lost.cause != errSilent.Error() && r.ctx.Err() == nil
}

// release gives the connection back, and says of an error what it means for the caller.
func (r *streamed) release(err error) error {
	if r.conn == nil {
		return err
	}
	err = told(r.asked, err)
	if err != nil && r.conn.Conn().IsClosed() && r.ctx.Err() == nil {
		if _, ok := errors.AsType[*errLost](err); !ok {
			err = &errLost{err.Error()}
		}
	}
	r.done()
	r.conn.Release()
	r.conn = nil
	return err
}

// Next goes to the next row.
func (r *streamed) Next() bool {
	for r.conn != nil {
		if r.rows.Next() {
			r.again = true // from here on it would begin anew
			return true
		}
		r.err = r.release(r.rows.Err())
		if r.lost(r.err) {
			r.err = r.askAgain()
		}
	}
	return false
}

// Scan reads the row.
func (r *streamed) Scan(dest ...any) error { return r.rows.Scan(dest...) }

// Err is why there are no more rows, nil if that were all.
func (r *streamed) Err() error { return r.err }

// finish reads the rest and lets the connection go.
func (r *streamed) finish() error {
	if r.conn != nil {
		r.rows.Close()
		r.err = r.release(r.rows.Err())
	}
	return r.err
}

// Close lets the connection go. Of rows that nobody has read the server is told to send no more.
func (r *streamed) Close() error {
	if r.conn == nil {
		return r.err
	}
	r.done()
	r.finish()
	r.err = nil
	return nil
}
