package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"

	"latchkey/internal/secret"
	"latchkey/internal/store/postgrestest"
)

// server is a PostgreSQL of the tests' own with the tables of the product. It prepares what the
// tests of this package run on SQLite, or has the databases that they run on.
type server struct {
	*postgrestest.Server
	ring   *secret.Ring
	first  string // the database that others are copies of
	copies *postgrestest.Copies
	conn   *pgx.Conn
	schema *sql.DB // of the same database

	mu   sync.Mutex
	seen map[string]error // what became of each statement
}

// postgresServer starts it once for all tests; TestMain ends it.
var postgresServer = sync.OnceValues(func() (*server, error) {
	cluster, err := postgrestest.Start()
	if err != nil {
		return nil, err
	}
	s := &server{Server: cluster, ring: secret.NewRing(), seen: map[string]error{}}
	running.Store(s)
	return s, s.fill()
})

// running is the server that TestMain has to end, if a test started one.
var running atomic.Pointer[server]

// fill makes the tables.
func (s *server) fill() (err error) {
	if s.first, err = s.Database(""); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	db, err := Open(ctx, s.Address(s.first), s.ring, true)
	if err != nil {
		return err
	}
	if err := db.Close(); err != nil {
		return err
	}
	if s.copies, err = s.Copies(s.first); err != nil {
		return err
	}
	mine, err := s.Database(s.first)
	if err != nil {
		return err
	}
	if s.conn, err = pgx.Connect(ctx, s.Address(mine)); err == nil {
		s.schema = stdlib.OpenDB(*s.conn.Config())
	}
	return err
}

// empty is a new database without tables.
func (s *server) empty(t testing.TB) (address string) {
	t.Helper()
	name, err := s.Database("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Drop(name); err != nil {
			t.Error(err)
		}
	})
	return s.Address(name)
}

// copied is a database with the tables.
func (s *server) copied(t testing.TB) (address string) {
	t.Helper()
	name, err := s.copies.Take()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.copies.GiveBack(name); err != nil {
			t.Error(err)
		}
	})
	return s.Address(name)
}

func (s *server) close() {
	if s.conn != nil {
		s.conn.Close(context.Background())
		s.schema.Close()
	}
	s.Close()
}

// prepare has PostgreSQL prepare a statement of the store.
func (s *server) prepare(shared string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err, known := s.seen[shared]
	if !known {
		var statement *pgconn.StatementDescription
		if statement, err = s.conn.PgConn().Prepare(context.Background(), "", postgres.text(shared), nil); err == nil {
			err = parametersFit(statement)
		}
		s.seen[shared] = err
	}
	return err
}

// parametersFit refuses parameters that PostgreSQL takes for something else than a column can
// hold: a time does not fit into the number that it makes of $1 - 1000. A result is no number of
// its own kinds either.
func parametersFit(statement *pgconn.StatementDescription) error {
	for i, oid := range statement.ParamOIDs {
		switch oid {
		case pgtype.TextOID, pgtype.Int8OID, pgtype.BoolOID:
		default:
			return fmt.Errorf("parameter $%d is of the type %d; CAST it", i+1, oid)
		}
	}
	for _, column := range statement.Fields {
		if column.DataTypeOID == pgtype.NumericOID {
			return fmt.Errorf("the column %s is a NUMERIC, as a sum is; CAST it", column.Name)
		}
	}
	return nil
}

// explain asks for the plan of the statement behind it.
var explain = either("EXPLAIN QUERY PLAN ", "EXPLAIN ")

// sqliteOnly is a statement of a test that asks for what other databases do not have.
func sqliteOnly(text string) string { return either(text, "") }

// postgresOrSkip is the server for a test that needs it.
func postgresOrSkip(t *testing.T) *server {
	t.Helper()
	s, err := postgresServer()
	if errors.Is(err, postgrestest.ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// prepareAll shows PostgreSQL every statement that a test has run, once the database is
// closed.
func (db testDB) prepareAll(t testing.TB) {
	s, err := postgresServer()
	if errors.Is(err, postgrestest.ErrMissing) {
		return // TestPostgresPreparesStatements says so
	}
	if err != nil {
		t.Error(err)
		return
	}
	for text := range db.ran() {
		if err := s.prepare(text); err != nil {
			t.Errorf("PostgreSQL cannot prepare this: %v\n%s", err, postgres.text(text))
		}
	}
}

// ran yields every statement that was prepared on the database.
func (db testDB) ran() func(yield func(string) bool) {
	return func(yield func(string) bool) {
		if !yield(sessionByHash.text) {
			return
		}
		for text := range db.writer.conn.(*sqliteConnection).stmts {
			if !yield(text) {
				return
			}
		}
		db.q.(*readPool).stmts.Range(func(text, _ any) bool { return yield(text.(string)) })
	}
}
