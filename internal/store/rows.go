package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"latchkey/internal/problem"
)

// scanner is a row: of sql.Row or of sql.Rows.
type scanner interface{ Scan(dest ...any) error }

// notFound turns the absence of a row into a problem.NotFound, and any other
// error into a problem.Unavailable.
func notFound(err error, what string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return problem.New(problem.NotFound, "There is no such "+what+".")
	}
	return unavailable(fmt.Errorf("reading a %s: %w", what, err))
}

// one returns what scan makes of the only row of a statement; ok is false if there is
// none. doing says for the log what failed.
func one[T any](row scanner, scan func(scanner) (T, error), doing string) (v T, ok bool, err error) {
	found, err := scan(row)
	if errors.Is(err, sql.ErrNoRows) {
		return v, false, nil
	}
	if err != nil {
		return v, false, unavailable(fmt.Errorf("%s: %w", doing, err))
	}
	return found, true, nil
}

// list returns what scan makes of each row of a statement. doing says for the log what
// failed.
func list[T any](ctx context.Context, q querier, scan func(scanner) (T, error), doing, text string, args ...any) ([]T, error) {
	rows, err := q.query(ctx, text, args...)
	if err != nil {
		return nil, unavailable(fmt.Errorf("%s: %w", doing, err))
	}
	return collect(rows, scan)
}

// scanPlace scans the number and MAC of a row of the audit log.
func scanPlace(row scanner) (p place, err error) {
	err = row.Scan(&p.seq, &p.mac)
	return p, err
}

// single scans a row of one column.
func single[T any](row scanner) (v T, err error) {
	err = row.Scan(&v)
	return v, err
}

// collect reads all rows and closes them.
func collect[T any](rows rows, scan func(scanner) (T, error)) ([]T, error) {
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, unavailable(err)
		}
		all = append(all, one)
	}
	if err := rows.Err(); err != nil {
		return nil, unavailable(err)
	}
	return all, nil
}

// Where columns of whole numbers go: conversions of a field's address that say what the
// number means. A type with a Scan of its own
// is handed the whole number; anything else is taken by way of a text.
type (
	number int64
	count  int
	flag   bool
	stamp  time.Time
)

// Scan is called with the column's value.
func (n *number) Scan(value any) error {
	v, ok := value.(int64)
	if !ok {
		return fmt.Errorf("a column holds %T, not a whole number", value)
	}
	*n = number(v)
	return nil
}

// Scan is called with the column's value.
func (c *count) Scan(value any) error {
	var n number
	err := n.Scan(value)
	*c = count(n)
	return err
}

// Scan is called with the column's value.
func (f *flag) Scan(value any) error {
	if is, ok := value.(bool); ok { // PostgreSQL has a type for it
		*f = flag(is)
		return nil
	}
	var n number
	err := n.Scan(value)
	*f = n != 0
	return err
}

// Scan is called with the column's value.
func (s *stamp) Scan(value any) error {
	var n number
	err := n.Scan(value)
	*s = stamp(at(int64(n)))
	return err
}

// ms is a time as it is stored; the zero time is 0.
func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// at is the time stored as n.
func at(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMilli(n).UTC()
}

// null is s as it is stored in a column that may be NULL: "" is NULL.
func null(s string) sql.NullString { return sql.NullString{String: s, Valid: s != ""} }

// Reader reads; it is part of both DB and Tx. Inside a transaction it sees what
// the transaction wrote.
//
// Point reads take no context: they last microseconds, and a context that can be
// cancelled costs a goroutine for every query.
type Reader struct {
	q querier
}
