package store

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"
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
// a text is stored as that text, whatever methods it has. A text holds no NUL and no bytes that are no
// UTF-8, which PostgreSQL refuses; somebody who asks for such a name finds nothing.
func plain(args []any) ([]any, error) {
	args = slices.Clone(args)
	for i, arg := range args {
		if v, ok := arg.(driver.Valuer); ok {
			value, err := v.Value()
			if err != nil {
				return nil, err
			}
			arg, args[i] = value, value
			if _, text := value.(string); !text {
				continue
			}
		}
		switch v := reflect.ValueOf(arg); v.Kind() {
		case reflect.String:
			args[i] = storable(v.String())
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

// storable is a text with another character in the place of what PostgreSQL stores in none.
func storable(s string) string {
	if !strings.Contains(s, "\x00") && utf8.ValidString(s) {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// isPostgresError reports whether err was made by PostgreSQL, or on the way to it.
func isPostgresError(err error) bool {
	if _, ok := errors.AsType[*pgconn.PgError](err); ok {
		return true
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if _, ok := errors.AsType[*errLost](err); ok {
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
