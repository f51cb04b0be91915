package postgrestest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Pair is a primary and a standby without which nothing is acknowledged. Either can be killed, as if
// its machine had lost its power, and come back.
type Pair struct {
	primary, standby *Server
}

// synchronous are the settings of both.
var synchronous = []string{"wal_level=replica", "max_wal_senders=8", "hot_standby=on", "synchronous_commit=on", "synchronous_standby_names=*"}

// StartPair makes both. Close them.
func StartPair() (*Pair, error) {
	p := &Pair{}
	var err, err2 error
	p.primary, err = settled()
	p.standby, err2 = settled()
	if err = errors.Join(err, err2); err == nil {
		err = p.primary.start(synchronous)
	}
	if err == nil {
		err = p.follow()
	}
	if err != nil {
		p.Close()
		return nil, fmt.Errorf("starting a PostgreSQL and its standby for the tests: %w", err)
	}
	return p, nil
}

// Close ends both and removes all of them.
func (p *Pair) Close() {
	p.primary.Close()
	p.standby.Close()
}

// Address is how a database is reached, whichever of them has it.
func (p *Pair) Address(database string) string {
	return p.primary.Address(database) + "," + p.standby.folder + "&target_session_attrs=read-write"
}

// Database makes a database and returns its name.
func (p *Pair) Database() (string, error) { return p.primary.Database("") }

// Promote kills the primary and has the standby take its place. Nothing is acknowledged until there is
// another standby.
func (p *Pair) Promote() error {
	if err := p.primary.kill(); err != nil {
		return err
	}
	p.primary, p.standby = p.standby, p.primary
	return p.primary.run("SELECT pg_promote()")
}

// Follow makes the one that is down a standby of the other, from nothing.
func (p *Pair) Follow() error {
	if err := os.RemoveAll(p.standby.data()); err != nil {
		return err
	}
	return p.follow()
}

func (p *Pair) follow() error {
	if err := p.standby.do("pg_basebackup", "-D", p.standby.data(), "-h", p.primary.folder, "-U", "latchkey", "--write-recovery-conf", "--checkpoint=fast", "--no-sync"); err != nil {
		return err
	}
	return p.StartStandby()
}

// KillStandby kills the standby.
func (p *Pair) KillStandby() error { return p.standby.kill() }

// StartStandby starts the standby again, and returns once commits are acknowledged.
func (p *Pair) StartStandby() error {
	if err := p.standby.launch(synchronous); err != nil {
		return err
	}
	ctx, done := context.WithTimeout(context.Background(), time.Minute)
	defer done()
	conn, err := pgx.Connect(ctx, p.primary.Address("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(context.Background())
	for n := 0; n == 0; time.Sleep(20 * time.Millisecond) {
		if err := conn.QueryRow(ctx, `SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND sync_state = 'sync'`).Scan(&n); err != nil {
			return fmt.Errorf("waiting for the standby: %w", err)
		}
	}
	return nil
}

func (s *Server) kill() error {
	if err := Kill(s.data()); err != nil {
		return err
	}
	<-s.ended
	return nil
}

// Kill ends all processes of the server whose files are in a folder, as if its machine had lost its
// power. The first of them is stopped before, so that it does not tell the others.
func Kill(data string) error {
	file, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return err
	}
	first, _, _ := strings.Cut(string(file), "\n")
	pid, err := strconv.Atoi(first)
	if err == nil {
		err = syscall.Kill(pid, syscall.SIGSTOP)
	}
	if err != nil {
		return err
	}
	for _, child := range childrenOf(pid) {
		_ = syscall.Kill(child, syscall.SIGKILL) // it may have ended
	}
	return syscall.Kill(pid, syscall.SIGKILL)
}

// childrenOf are the processes that a process has started.
func childrenOf(parent int) (pids []int) {
	all, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range all {
		text, _ := os.ReadFile(name)
		_, after, _ := strings.Cut(string(text), ") ") // behind the name: the state, and the parent
		fields := strings.Fields(after)
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(name))); err == nil && len(fields) > 1 && fields[1] == strconv.Itoa(parent) {
			pids = append(pids, pid)
		}
	}
	return pids
}
