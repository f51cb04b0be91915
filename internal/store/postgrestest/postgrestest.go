// Package postgrestest is a PostgreSQL of the tests' own: a cluster in a folder that goes away,
// on a socket that nobody else reaches. It is for tests only.
package postgrestest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrMissing says that PostgreSQL is not installed.
var ErrMissing = errors.New("PostgreSQL is not installed; on Debian the package is called postgresql")

// Server is a running cluster. Its methods are safe for concurrent use.
type Server struct {
	bin    string // the folder of PostgreSQL's programs
	as     *syscall.SysProcAttr
	folder string
	stop   func()
	ended  chan struct{} // closed once nothing of it runs
	made   atomic.Int64  // databases
	making sync.Mutex
}

// Start makes a cluster and runs it with further settings, each NAME=VALUE. Close it.
func Start(settings ...string) (*Server, error) {
	s, err := settled()
	if err == nil {
		err = s.start(settings)
	}
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("starting a PostgreSQL for the tests: %w", err)
	}
	return s, nil
}

// Wanted reports whether the tests are to run on PostgreSQL instead of SQLite, as the variable
// LATCHKEY_TEST_DATABASE says.
func Wanted() bool { return os.Getenv("LATCHKEY_TEST_DATABASE") == "postgres" }

// Shared is a cluster that all tests of a process share. It ends with the process.
var Shared = sync.OnceValues(func() (*Server, error) { return Start() })

// Close ends the cluster and removes all of it.
func (s *Server) Close() {
	s.stop()
	os.RemoveAll(s.folder)
}

// Address is how a database of the cluster is reached.
func (s *Server) Address(database string) string {
	return "postgres:///" + database + "?user=latchkey&host=" + s.folder
}

// Database makes a database, a copy of template if that is not "", and returns its name. Nobody
// may have the template open.
func (s *Server) Database(template string) (name string, err error) {
	name = "test" + strconv.FormatInt(s.made.Add(1), 10)
	text := "CREATE DATABASE " + name
	if template != "" {
		text += " TEMPLATE " + template + " STRATEGY wal_log"
	}
	return name, s.run(text)
}

// Ran says how often each statement ran in a database since it was made.
func (s *Server) Ran(ctx context.Context, database string) (map[string]int64, error) {
	conn, err := pgx.Connect(ctx, s.Address("postgres"))
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, `CREATE EXTENSION IF NOT EXISTS pg_stat_statements`); err != nil {
		return nil, err
	}
	rows, err := conn.Query(ctx, `SELECT s.query, s.calls FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid WHERE d.datname = $1`, database)
	if err != nil {
		return nil, err
	}
	all := map[string]int64{}
	var text string
	var calls int64
	_, err = pgx.ForEachRow(rows, []any{&text, &calls}, func() error { all[text] += calls; return nil })
	return all, err
}

// Drop removes a database, whoever has it open.
func (s *Server) Drop(name string) error { return s.run("DROP DATABASE " + name + " WITH (FORCE)") }

// run runs a statement about databases, one at a time: PostgreSQL copies no template twice at once.
func (s *Server) run(text string) error {
	s.making.Lock()
	defer s.making.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.Address("postgres"))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, text)
	return errors.Join(err, conn.Close(ctx))
}

// programs is the folder of initdb and postgres, of the newest version; Debian
// keeps them off the path.
func programs() string {
	if path, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil { // not all of them may be linked
			path = real
		}
		return filepath.Dir(path)
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return ""
	}
	return filepath.Dir(found[len(found)-1])
}

// settled is a cluster that has a folder and nothing else, of an account as which PostgreSQL runs.
func settled() (s *Server, err error) {
	s = &Server{bin: programs(), as: &syscall.SysProcAttr{}, stop: func() {}}
	if s.bin == "" {
		return s, ErrMissing
	}
	if s.folder, err = os.MkdirTemp("", "latchkey-pg"); err != nil {
		return s, err
	}
	if os.Getuid() == 0 { // as whom PostgreSQL refuses to run
		if s.as.Credential, err = Nobody(); err == nil {
			err = os.Chown(s.folder, int(s.as.Credential.Uid), int(s.as.Credential.Gid))
		}
	}
	return s, err
}

func (s *Server) start(settings []string) error {
	if err := s.do("initdb", "-D", s.data(), "-U", "latchkey", "--auth=trust", "--no-sync", "--lc-collate=C", "--lc-ctype=C.UTF-8", "--encoding=UTF8"); err != nil {
		return err
	}
	return s.launch(settings)
}

// data is the folder of the cluster's files.
func (s *Server) data() string { return filepath.Join(s.folder, "data") }

// do runs a program of PostgreSQL to its end.
func (s *Server) do(program string, args ...string) error {
	command := exec.Command(filepath.Join(s.bin, program), args...)
	command.Dir, command.SysProcAttr = s.folder, s.as
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", program, err, out)
	}
	return nil
}

// launch runs the server, with further settings.
func (s *Server) launch(settings []string) error {
	args := []string{"-c", untilAlone, s.folder, filepath.Join(s.bin, "postgres"), "-D", s.data(), "-k", s.folder}
	for _, setting := range append([]string{"listen_addresses=", "shared_preload_libraries=pg_stat_statements", "pg_stat_statements.save=off", "fsync=off", "full_page_writes=off", "synchronous_commit=off", "autovacuum=off", "jit=off", "max_wal_size=4GB", "max_connections=400", "shared_buffers=64MB"}, settings...) {
		args = append(args, "-c", setting)
	}
	serve := exec.Command("sh", args...)
	serve.Dir, serve.SysProcAttr = s.folder, s.as
	return s.serve(serve)
}

// untilAlone runs a server until it ends, or until nobody holds the other end of its input any
// more. Then its folder is removed as well: however a test ends, nothing of it is left.
const untilAlone = `exec 3<&0
trap 'alone=yes; kill -INT $server' TERM
"$@" </dev/null 3<&- & server=$!
{ read -r _ <&3; kill -TERM $$; } & reader=$!
wait $server; wait $server
[ -n "$alone" ] || exec kill $reader
cd / && rm -rf "$0"`

// serve runs the server until stop, or the end of this process, and returns once it accepts
// connections.
func (s *Server) serve(command *exec.Cmd) error {
	hold, err := command.StdinPipe()
	if err != nil {
		return err
	}
	said, err := command.StderrPipe()
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return err
	}
	ready, ended := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(ended)
		all, is := "", false
		for lines := bufio.NewScanner(said); lines.Scan(); {
			if is {
				continue
			}
			all += lines.Text() + "\n"
			if is = strings.Contains(lines.Text(), "ready to accept "); is {
				ready <- nil
			}
		}
		if err := command.Wait(); !is {
			ready <- fmt.Errorf("%w\n%s", errors.Join(errors.New("it ended"), err), all)
		}
	}()
	s.stop, s.ended = func() { hold.Close(); <-ended }, ended
	return <-ready
}

// Nobody is an account without rights, for programs that root must not run.
func Nobody() (*syscall.Credential, error) {
	account, err := user.Lookup("nobody")
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(account.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(err, err2)
}
