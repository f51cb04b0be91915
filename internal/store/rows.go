package store

import (
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
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

// collect reads all rows and closes them.
func collect[T any](rows *sql.Rows, scan func(scanner) (T, error)) ([]T, error) {
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

// numbers reads whole numbers that a statement has joined by concat_ws(' ', …). None
// of the columns may be NULL, which concat_ws would leave out. One text costs less
// than its numbers scanned one by one, of which each is an allocation and a
// conversion: the look-up of a session has 25 and takes 4.2 µs in place of 5.6.
type numbers []int64

// Scan is called by database/sql.
func (n numbers) Scan(value any) error {
	rest, _ := value.(string)
	for i := range n {
		var word string
		word, rest, _ = strings.Cut(rest, " ")
		var err error
		if n[i], err = strconv.ParseInt(word, 10, 64); err != nil {
			return fmt.Errorf("number %d of %d: %w", i+1, len(n), err)
		}
	}
	if rest != "" {
		return fmt.Errorf("more than %d numbers", len(n))
	}
	return nil
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
