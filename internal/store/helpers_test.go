package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/problem"
	"latchkey/internal/secret"
	"latchkey/internal/user"
)

// testDB is a database in a file of its own.
type testDB struct {
	*DB
	path string
}

// newDatabase makes the ring and the content of an empty database. It is made once and
// copied, because running all migrations takes longer than most tests.
var newDatabase = sync.OnceValues(func() (*secret.Ring, []byte) {
	folder, err := os.MkdirTemp("", "latchkey")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)
	ring, path := secret.NewRing(), filepath.Join(folder, "latchkey.db")
	db, err := Open(context.Background(), path, ring, true)
	if err != nil {
		panic(err)
	}
	if err := db.Close(); err != nil {
		panic(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	return ring, content
})

// oddName is a folder's name that patterns, addresses and SQL would read as something else.
const oddName = "[data] 'n\"%41?x=#*"

// open makes a new database that is closed with the test.
func open(t testing.TB) testDB {
	t.Helper()
	path, ring := closed(t)
	db, err := Open(t.Context(), path, ring, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error("Close:", err)
		}
		if !onPostgres {
			testDB{db, path}.prepareAll(t)
		}
	})
	return testDB{db, path}
}

// closed is a new database that nobody has open.
func closed(t testing.TB) (path string, ring *secret.Ring) {
	t.Helper()
	if onPostgres {
		s, err := postgresServer()
		if err != nil {
			t.Fatal(err)
		}
		return s.copied(t), s.ring
	}
	ring, content := newDatabase()
	path = filepath.Join(t.TempDir(), oddName, "latchkey.db")
	if err := errors.Join(os.Mkdir(filepath.Dir(path), 0o700), os.WriteFile(path, content, 0o600)); err != nil {
		t.Fatal(err)
	}
	return path, ring
}

// nowhere is where a database can be made: a file that is not there, or a database without tables.
func nowhere(t testing.TB) string {
	t.Helper()
	if !onPostgres {
		return filepath.Join(t.TempDir(), "latchkey.db")
	}
	s, err := postgresServer()
	if err != nil {
		t.Fatal(err)
	}
	return s.empty(t)
}

// onPostgres says that the tests run on PostgreSQL instead of SQLite.
var onPostgres = os.Getenv("LATCHKEY_TEST_DATABASE") == "postgres"

// dialectOfTests is what the database of the tests speaks.
var dialectOfTests = map[bool]dialect{true: postgres}[onPostgres]

// onFile is the connection that writes to SQLite's file.
func (db testDB) onFile(t testing.TB) *sql.Conn {
	t.Helper()
	c, ok := db.writer.conn.(*sqliteConnection)
	if !ok {
		t.Fatal("this database is no file")
	}
	return c.conn
}

// aboutSQLite is for a test of what only SQLite has: its file, its planner, its pragmas.
func aboutSQLite(t testing.TB) {
	t.Helper()
	if onPostgres {
		t.Skip("this is about SQLite")
	}
}

// must runs fn in a transaction that has to succeed. fn must not end the test by
// itself: it runs on the writer's goroutine.
func (db testDB) must(t testing.TB, fn func(tx *Tx) error) {
	t.Helper()
	if err := db.Tx(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// once runs a conditional write and returns what it said.
func (db testDB) once(t *testing.T, fn func(tx *Tx) (bool, error)) (done bool) {
	t.Helper()
	db.must(t, func(tx *Tx) (err error) { done, err = fn(tx); return err })
	return done
}

// sql runs a statement as it is.
func (db testDB) sql(t *testing.T, text string, args ...any) {
	t.Helper()
	db.must(t, func(tx *Tx) error { return tx.exec(text, args...) })
}

// number reads one number.
func (db testDB) number(t *testing.T, text string, args ...any) (n int64) {
	t.Helper()
	if err := db.q.queryRow(text, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return n
}

// raws are the connections of raw, by path. On PostgreSQL it takes longer to make one than to use it.
var raws sync.Map

// raw is a second program with the database open: it knows nothing of the writer.
func (db testDB) raw(t *testing.T) *sql.Conn {
	t.Helper()
	if conn, ok := raws.Load(db.path); ok {
		return conn.(*sql.Conn)
	}
	pool := sql.OpenDB(newConnector(db.path, "rw"))
	if onPostgres {
		config, err := pgx.ParseConfig(db.path)
		if err != nil {
			t.Fatal(err)
		}
		pool = stdlib.OpenDB(*config)
	}
	t.Cleanup(func() { pool.Close() })
	conn, err := pool.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	raws.Store(db.path, conn)
	t.Cleanup(func() { raws.Delete(db.path); conn.Close() })
	return conn
}

// inRaw is a statement of a test in the words of its database.
func inRaw(text string) string {
	if onPostgres {
		return postgres.text(text)
	}
	return choice.ReplaceAllString(text, "${1}")
}

// orReplace inserts a row in the place of the one that has its key.
func orReplace(table, row, key string) string {
	return either(`INSERT OR REPLACE INTO `+table+row, `INSERT INTO `+table+row+` ON CONFLICT (`+key+`) DO UPDATE SET `+key+` = excluded.`+key)
}

func execRaw(t *testing.T, conn *sql.Conn, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := conn.ExecContext(context.Background(), inRaw(s)); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// start is the time at which the tests begin. It has no part below a millisecond,
// as nothing that is stored has.
func start() time.Time { return time.UnixMilli(1_900_000_000_000).UTC() }

// person is a new user with a password, whose texts follow from the name.
func person(name string) NewUser {
	return NewUser{
		ID: "id-" + name, Username: name, Name: "The " + name, Email: name + "@Example.org", EmailKey: name + "@example.org",
		Role: user.RoleUser, Hash: "hash of " + name, CreatedAt: start(), ChangedAt: start(),
	}
}

// add adds a person, changed by the given functions, and returns the id.
func (db testDB) add(t testing.TB, name string, change ...func(*NewUser)) string {
	t.Helper()
	n := person(name)
	for _, c := range change {
		c(&n)
	}
	db.must(t, func(tx *Tx) error { return tx.AddUser(n) })
	return n.ID
}

func administrator(n *NewUser) { n.Role = user.RoleAdmin }

// user reads a user that has to exist.
func (db testDB) user(t *testing.T, id string) user.User {
	t.Helper()
	u, err := db.User(id)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// session is a session of a user, whose token hash and id follow from the name.
func session(userID, name string) Session {
	now := start()
	return Session{
		IDHash: "hash-" + name, ID: "id-" + name, UserID: userID, CredVersion: 1,
		Proofs:  auth.Proofs{Password: now, Second: now, SecondKind: auth.SecondCode},
		Created: now, LastSeen: now, IdleUntil: now.Add(time.Hour), Ends: now.Add(24 * time.Hour),
		IP: "192.0.2.1", UserAgent: "Browser/1",
	}
}

// race runs f n times at once and waits for all.
func race(n int, f func(i int)) {
	var all sync.WaitGroup
	begin := make(chan struct{})
	for i := range n {
		all.Go(func() { <-begin; f(i) })
	}
	close(begin)
	all.Wait()
}

// winners races n callers of a conditional write and returns how many were told
// that they have it.
func (db testDB) winners(t *testing.T, n int, fn func(tx *Tx, i int) (bool, error)) (won int) {
	t.Helper()
	var mu sync.Mutex
	race(n, func(i int) {
		var done bool
		err := db.Tx(context.Background(), func(tx *Tx) (err error) { done, err = fn(tx, i); return err })
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			t.Errorf("caller %d: %v", i, err)
		}
		if done {
			won++
		}
	})
	return won
}

// note writes an audit entry about somebody.
func note(name string) audit.Entry {
	return audit.Entry{
		At: start(), Event: audit.LoginPassword, Result: audit.ResultFailed, ActorID: "id-" + name, ActorName: name,
		SubjectID: "id-" + name, SubjectName: name, IP: "192.0.2.1", UserAgent: "Browser/1", RequestID: "req-" + name,
		Details: []audit.Detail{{Name: "reason", After: "wrong"}},
	}
}

// wantProblem checks that err is a problem of this kind.
func wantProblem(t *testing.T, err error, kind problem.Kind) {
	t.Helper()
	if !problem.Is(err, kind) {
		t.Errorf("error %v (%T), want a problem of kind %d", err, err, kind)
	}
}

var errOwn = errors.New("a reason of its own")

// names turns users into their names.
func names(users []user.User) string {
	text := ""
	for _, u := range users {
		text += fmt.Sprint(u.Username, " ")
	}
	return text
}
