package store

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"latchkey/migrations"
)

// server is a PostgreSQL of the tests' own, with the tables of the product. It prepares
// what the tests of this package run on SQLite.
type server struct {
	folder string
	stop   func()
	conn   *pgx.Conn
	schema *sql.DB

	mu   sync.Mutex
	seen map[string]error // what became of each statement
}

var errNoPostgres = errors.New("PostgreSQL is not installed (on Debian the package is called postgresql), so no statement was shown to it")

// postgresServer starts it once for all tests; TestMain ends it.
var postgresServer = sync.OnceValues(func() (*server, error) {
	bin := postgresPrograms()
	if bin == "" {
		return nil, errNoPostgres
	}
	s := &server{seen: map[string]error{}, stop: func() {}}
	running.Store(s)
	err := s.start(bin)
	if err != nil {
		err = fmt.Errorf("starting a PostgreSQL for the tests: %w", err)
	}
	return s, err
})

// running is the server that TestMain has to end, if a test started one.
var running atomic.Pointer[server]

// postgresPrograms is the folder of initdb and postgres, of the newest version; Debian
// keeps them off the path.
func postgresPrograms() string {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path)
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return ""
	}
	return filepath.Dir(found[len(found)-1])
}

func (s *server) start(bin string) (err error) {
	if s.folder, err = os.MkdirTemp("", "latchkey-pg"); err != nil {
		return err
	}
	as := &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT}
	if os.Getuid() == 0 { // as whom PostgreSQL refuses to run
		if as.Credential, err = nobody(); err == nil {
			err = os.Chown(s.folder, int(as.Credential.Uid), int(as.Credential.Gid))
		}
		if err != nil {
			return err
		}
	}
	data := filepath.Join(s.folder, "data")
	init := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "latchkey", "--auth=trust", "--no-sync", "--lc-collate=C", "--lc-ctype=C.UTF-8", "--encoding=UTF8")
	init.Dir, init.SysProcAttr = s.folder, &syscall.SysProcAttr{Credential: as.Credential}
	if out, err := init.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	// Nobody else reaches the socket: its folder is the owner's alone.
	serve := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-k", s.folder, "-c", "listen_addresses=", "-c", "fsync=off")
	serve.Dir, serve.SysProcAttr = s.folder, as
	if err := s.serve(serve); err != nil {
		return err
	}
	return s.connect()
}

// serve runs the server until stop, or the end of this process, and returns once it
// accepts connections.
func (s *server) serve(command *exec.Cmd) error {
	said, err := command.StderrPipe()
	if err != nil {
		return err
	}
	started, ended := make(chan error, 1), make(chan struct{})
	go func() {
		runtime.LockOSThread() // the signal at the end of the parent is that of its thread
		defer close(ended)
		if err := command.Start(); err != nil {
			started <- err
			return
		}
		all, ready := "", false
		for lines := bufio.NewScanner(said); lines.Scan(); {
			if !ready {
				all += lines.Text() + "\n"
			}
			if strings.Contains(lines.Text(), "ready to accept connections") {
				ready = true
				started <- nil
			}
		}
		if err := command.Wait(); !ready {
			started <- fmt.Errorf("%w\n%s", errors.Join(errors.New("it ended"), err), all)
		}
	}()
	if err := <-started; err != nil {
		return err
	}
	s.stop = func() {
		command.Process.Signal(syscall.SIGINT) // a fast shutdown
		<-ended
	}
	return nil
}

// connect makes the tables.
func (s *server) connect() (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	dsn := "user=latchkey database=postgres host=" + s.folder
	if s.schema, err = sql.Open("pgx", dsn); err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectPostgres, s.schema, migrations.Postgres(), goose.WithDisableGlobalRegistry(true))
	if err == nil {
		_, err = p.Up(ctx)
	}
	if err == nil {
		s.conn, err = pgx.Connect(ctx, dsn)
	}
	return err
}

// nobody is an account without rights.
func nobody() (*syscall.Credential, error) {
	account, err := user.Lookup("nobody")
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(account.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(err, err2)
}

func (s *server) close() {
	if s.conn != nil {
		s.conn.Close(context.Background())
	}
	if s.schema != nil {
		s.schema.Close()
	}
	s.stop()
	os.RemoveAll(s.folder)
}

// prepare has PostgreSQL prepare a statement of the store.
func (s *server) prepare(shared string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err, known := s.seen[shared]
	if !known {
		_, err = s.conn.PgConn().Prepare(context.Background(), "", postgres.text(shared), nil)
		s.seen[shared] = err
	}
	return err
}

// explain asks for the plan of the statement behind it.
var explain = either("EXPLAIN QUERY PLAN ", "EXPLAIN ")

// sqliteOnly is a statement of a test that asks for what other databases do not have.
func sqliteOnly(text string) string { return either(text, "") }

// postgresOrSkip is the server for a test that needs it.
func postgresOrSkip(t *testing.T) *server {
	t.Helper()
	s, err := postgresServer()
	if errors.Is(err, errNoPostgres) {
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
	if errors.Is(err, errNoPostgres) {
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
		if !yield(sessionByHash) {
			return
		}
		for text := range db.writer.stmts {
			if !yield(text) {
				return
			}
		}
		db.q.(*readPool).stmts.Range(func(text, _ any) bool { return yield(text.(string)) })
	}
}
