package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
)

// Tx is one transaction: a savepoint on the only connection that writes. It is
// valid inside the function given to [DB.Tx] and on its goroutine only.
type Tx struct {
	Reader
	w *writer
}

// Statements is how many statements have run in transactions since the start: two requests
// with the same number did the same work (AU-06).
func (db *DB) Statements() uint64 { return db.writer.ran.Load() }

// exec runs a statement whose affected rows do not matter.
func (tx *Tx) exec(text string, args ...any) error {
	_, err := tx.change(text, args...)
	return err
}

// change runs a statement and returns how many rows it affected.
func (tx *Tx) change(text string, args ...any) (int64, error) {
	tx.w.ran.Add(1)
	s, err := tx.w.prepare(text)
	if err != nil {
		return 0, err
	}
	r, err := s.ExecContext(context.Background(), args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// once runs a conditional statement and reports whether it affected exactly one
// row: the caller who gets true has the thing, everybody else came too late.
func (tx *Tx) once(text string, args ...any) (bool, error) {
	n, err := tx.change(text, args...)
	return n == 1, err
}

// Attempt runs fn and undoes what it wrote if it fails, while the rest of the
// transaction stays.
func (tx *Tx) Attempt(fn func() error) error {
	if err := tx.exec("SAVEPOINT attempt"); err != nil {
		return err
	}
	err := fn()
	if err != nil {
		if e := tx.exec("ROLLBACK TO attempt"); e != nil {
			return errors.Join(err, e)
		}
	}
	return errors.Join(err, tx.exec("RELEASE attempt"))
}

// probe writes something small that differs from one time to the next.
func (tx *Tx) probe() error {
	return tx.exec(`INSERT INTO meta (name, value) VALUES ('probe', '1')
		ON CONFLICT (name) DO UPDATE SET value = CASE meta.value WHEN '1' THEN '2' ELSE '1' END`)
}

// isStorage reports whether err comes from the driver rather than from the
// function's own reasons.
func isStorage(err error) bool {
	return isDriverError(err) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone)
}

// exec runs a statement of the writer's own.
func (w *writer) exec(text string) error {
	s, err := w.prepare(text)
	if err != nil {
		return err
	}
	_, err = s.ExecContext(context.Background())
	return err
}

// ended reports whether no transaction is open on the connection.
func (w *writer) ended() bool {
	ended := true
	w.conn.Raw(func(c any) error { ended = autocommit(c); return nil })
	return ended
}

// prepare returns the statement for this text, which is parsed once.
func (w *writer) prepare(text string) (*sql.Stmt, error) {
	if s, ok := w.stmts[text]; ok {
		return s, nil
	}
	s, err := w.conn.PrepareContext(context.Background(), sqlite.text(text))
	if err != nil {
		return nil, err
	}
	w.stmts[text] = s
	return s, nil
}

func (w *writer) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	w.ran.Add(1)
	s, err := w.prepare(text)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

func (w *writer) queryRow(text string, args ...any) *sql.Row {
	w.ran.Add(1)
	s, err := w.prepare(text)
	if err != nil {
		return w.conn.QueryRowContext(context.Background(), sqlite.text(text), args...)
	}
	return s.QueryRowContext(context.Background(), args...)
}

func (w *writer) point(text string, args []string, dest ...any) error {
	all := make([]any, len(args))
	for i, a := range args {
		all[i] = a
	}
	return w.queryRow(text, all...).Scan(dest...)
}
