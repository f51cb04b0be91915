package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// isPostgres reports whether database is the address of a PostgreSQL and not the path of
// a file.
func isPostgres(database string) bool {
	return strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://")
}

// The SQLSTATE codes that mean something to us (PostgreSQL 15, appendix A).
const (
	stateSerialization = "40001"
	stateDeadlock      = "40P01"
	stateReadOnly      = "25006" // somebody was promoted in its place
	stateLockTimeout   = "55P03"
)

// postgresTexts are the statements in the words of PostgreSQL, by the text that is shared.
var postgresTexts sync.Map

func postgresText(shared string) string {
	if text, ok := postgresTexts.Load(shared); ok {
		return text.(string)
	}
	text := postgres.text(shared)
	postgresTexts.Store(shared, text)
	return text
}

// plain makes of arguments what package database/sql would make of them: whoever is stored as
// a text is stored as that text, whatever methods it has.
func plain(args []any) ([]any, error) {
	args = slices.Clone(args)
	for i, arg := range args {
		if v, ok := arg.(driver.Valuer); ok {
			value, err := v.Value()
			if err != nil {
				return nil, err
			}
			args[i] = value
			continue
		}
		switch v := reflect.ValueOf(arg); v.Kind() {
		case reflect.String:
			args[i] = v.String()
		case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
			args[i] = v.Int()
		case reflect.Bool:
			args[i] = v.Bool()
		case reflect.Float64, reflect.Float32:
			args[i] = v.Float()
		case reflect.Invalid: // nil
		default:
			return nil, fmt.Errorf("argument %d is a %T, which no column takes", i+1, arg)
		}
	}
	return args, nil
}

// noRow is the row of a statement that was not asked.
type noRow struct{ err error }

// Scan returns why.
func (r noRow) Scan(...any) error { return r.err }

// postgresPool is the querier of DB on PostgreSQL.
type postgresPool struct{ pool *pgxpool.Pool }

// streamed are the rows of a reader, which has the connection until they are closed.
type streamed struct{ pgx.Rows }

// Close lets the connection go.
func (r streamed) Close() error {
	r.Rows.Close()
	return r.Err()
}

func (p postgresPool) query(ctx context.Context, text string, args ...any) (rows, error) {
	args, err := plain(args)
	if err != nil {
		return nil, err
	}
	found, err := p.pool.Query(ctx, postgresText(text), args...)
	if err != nil {
		return nil, err
	}
	return streamed{found}, nil
}

// timedRow is a row whose statement may not take for ever.
type timedRow struct {
	pgx.Row
	done func()
}

// Scan reads the row.
func (r timedRow) Scan(dest ...any) error {
	defer r.done()
	return r.Row.Scan(dest...)
}

func (p postgresPool) queryRow(text string, args ...any) scanner {
	args, err := plain(args)
	if err != nil {
		return noRow{err}
	}
	ctx, done := context.WithTimeout(context.Background(), shortly)
	return timedRow{p.pool.QueryRow(ctx, postgresText(text), args...), done}
}

func (p postgresPool) point(text string, args []string, dest ...any) error {
	return p.queryRow(text, anys(args)...).Scan(dest...)
}

func anys(texts []string) []any {
	all := make([]any, len(texts))
	for i, text := range texts {
		all[i] = text
	}
	return all
}

// isPostgresError reports whether err was made by PostgreSQL, or on the way to it.
func isPostgresError(err error) bool {
	if _, ok := errors.AsType[*pgconn.PgError](err); ok {
		return true
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	return pgconn.SafeToRetry(err) || pgconn.Timeout(err)
}

// stateOf is the SQLSTATE of an error of PostgreSQL, "" for any other.
func stateOf(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}
