package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"latchkey/internal/problem"
)

// onWire opens a database by way of a wire, and again without it.
func onWire(t *testing.T) (w *wire, far, near testDB) {
	t.Helper()
	if !onPostgres {
		t.Skip("a file has no way to it")
	}
	near = open(t)
	w, address := wired(t, near.path)
	db, err := Open(t.Context(), address, near.ring, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return w, testDB{db, address}, near
}

// TestAV10_NobodyIsToldWhatIsNotSo: a COMMIT whose way is cut has happened or not, and the number of
// the process tells which. What did not happen is done again, with the same functions.
func TestAV10_NobodyIsToldWhatIsNotSo(t *testing.T) {
	t.Parallel()
	w, far, near := onWire(t)
	for name, how := range map[string]int32{"passes": passes, "cut before": cutBefore, "cut after": cutAfter} {
		for i := range 5 {
			ran := 0
			key := name + strings.Repeat("x", i)
			told := far.together(t, func(tx *Tx) error {
				if ran++; ran == 1 {
					w.commit.Store(how)
				}
				return tx.SetMeta(key, "set")
			}, func(tx *Tx) error { return errOwn }, setMeta(key+" too"))
			if told[0] != nil || told[1] != errOwn || told[2] != nil {
				t.Fatalf("%s: told %v", name, told)
			}
			if want := map[int32]int{passes: 1, cutBefore: 2, cutAfter: 1}[how]; ran != want {
				t.Errorf("%s: ran %d times, want %d", name, ran, want)
			}
			if got := near.metas(t, key, key+" too"); len(got) != 2 {
				t.Errorf("%s: written %v", name, got)
			}
			if w.commit.Load() != passes {
				t.Fatalf("%s: no COMMIT came by", name)
			}
		}
	}
}

// TestAV10_AServerThatStaysAway: nobody can know, and everybody is told so. Afterwards it goes on.
func TestAV10_AServerThatStaysAway(t *testing.T) {
	t.Parallel()
	for name, how := range map[string]int32{"not done": goneBefore, "done": goneAfter} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, far, near := onWire(t)
			told := far.together(t, func(tx *Tx) error { w.commit.Store(how); return tx.SetMeta("a", "set") }, func(*Tx) error { return errOwn })
			wantProblem(t, told[0], problem.Unavailable)
			if !strings.Contains(told[0].Error(), "outcome of a commit is unknown") || told[1] != errOwn {
				t.Errorf("told %v", told)
			}
			ran := false
			wantProblem(t, far.Tx(t.Context(), func(*Tx) error { ran = true; return nil }), problem.Unavailable)
			_, err := far.User("id-anna")
			wantProblem(t, err, problem.Unavailable)
			if ran {
				t.Error("a function ran without a database")
			}
			if got := near.metas(t, "a"); len(got) != map[int32]int{goneBefore: 0, goneAfter: 1}[how] {
				t.Errorf("written: %v", got)
			}
			w.gone.Store(false)
			far.must(t, setMeta("b"))
			if err := far.Healthy(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestAV10_ALostConnectionIsNotNoticed: the server ends connections when it is started anew, and
// whenever an administrator says so.
func TestAV10_ALostConnectionIsNotNoticed(t *testing.T) {
	t.Parallel()
	w, far, near := onWire(t)
	id := near.add(t, "anna")
	raw := near.raw(t)
	far.must(t, setMeta("a"))
	end := func() {
		if _, err := raw.ExecContext(context.Background(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database() AND application_name = 'latchkey'`); err != nil {
			t.Error(err)
		}
	}
	for i := range 5 {
		for _, lose := range []func(){w.cut, end} {
			lose()
			if i%2 == 0 {
				far.must(t, setMeta("b"))
			}
			if far.user(t, id).Username != "anna" {
				t.Error("another user was read")
			}
			if got, err := far.Users(t.Context(), UserFilter{Limit: 5}); len(got) != 1 || err != nil {
				t.Errorf("%d users, %v", len(got), err)
			}
			far.must(t, setMeta("c"))
			ran := 0
			far.must(t, func(tx *Tx) error { // in the middle of a transaction
				if ran++; ran == 1 {
					if err := tx.SetMeta("d", "half"); err != nil {
						return err
					}
					lose()
				}
				return tx.SetMeta("e", "set")
			})
			if ran != 2 || near.metas(t, "d") != nil {
				t.Errorf("ran %d times, and left %v", ran, near.metas(t, "d"))
			}
		}
	}
}

// TestAV10_ASilentServerIsGivenUp: one whose machine is gone, or that was stopped, neither answers nor
// breaks the connection. Nobody waits for it for long.
func TestAV10_ASilentServerIsGivenUp(t *testing.T) {
	t.Parallel()
	w, far, near := onWire(t)
	id := near.add(t, "anna")
	far.must(t, setMeta("a"))
	far.user(t, id)
	w.silent.Store(true)
	errs := make([]error, 4)
	race(4, func(i int) {
		switch i {
		case 0:
			_, errs[i] = far.User(id)
		case 1:
			_, errs[i] = far.Users(context.Background(), UserFilter{Limit: 5})
		case 2:
			errs[i] = far.Tx(context.Background(), setMeta("b"))
		case 3:
			errs[i] = far.TxAlone(context.Background(), setMeta("b"))
		}
	})
	for i, err := range errs {
		wantProblem(t, err, problem.Unavailable)
		if errors.Is(err, context.Canceled) {
			t.Errorf("%d: it looks as if nobody waited any more: %v", i, err)
		}
	}
	w.silent.Store(false)
	w.cut()
	far.must(t, setMeta("c"))
	far.user(t, id)
}

// TestReads_StopWithTheirReader, and take nothing with them: the next one gets the connection.
func TestReads_StopWithTheirReader(t *testing.T) {
	t.Parallel()
	_, far, _ := onWire(t)
	crowd(t, far, 30)
	before := far.server.Stat().NewConnsCount()
	for range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		rows, err := far.q.query(ctx, `SELECT u.username FROM users u, generate_series(1, 100000) ORDER BY 1`)
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Millisecond, cancel)
		for rows.Next() {
		}
		if err := rows.Err(); !errors.Is(err, context.Canceled) {
			t.Fatalf("%v, want context.Canceled", err)
		}
	}
	rows, err := far.q.query(t.Context(), `SELECT u.username FROM users u, generate_series(1, 100000)`)
	if err != nil || !rows.Next() || rows.Close() != nil { // broken off
		t.Error(err)
	}
	if n := far.server.Stat().NewConnsCount() - before; n > 4 {
		t.Errorf("%d connections were made for readers who left", n)
	}
}

// frozenChild is the variable by which a test runs itself once more, as a node that is stopped.
const frozenChild = "LATCHKEY_TEST_FROZEN"

// TestAV10_AFrozenNodeLetsOthersOn: a process that is stopped in the middle of a transaction, with
// the lock, loses it. When it goes on it begins once more.
func TestAV10_AFrozenNodeLetsOthersOn(t *testing.T) {
	if address := os.Getenv(frozenChild); address != "" {
		freeze(t, address)
		return
	}
	t.Parallel()
	if !onPostgres {
		t.Skip("a file has one process")
	}
	db := open(t)
	child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	child.Env = append(os.Environ(), frozenChild+"="+db.path)
	out, err := child.StdoutPipe()
	if err == nil {
		err = child.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(child.Process.Pid, &status, syscall.WUNTRACED, nil); err != nil || !status.Stopped() {
		t.Fatalf("the child was not stopped: %v, %v", status, err)
	}
	db.must(t, setMeta("a"))
	if err := child.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	said, err := io.ReadAll(out)
	if err := errors.Join(err, child.Wait()); err != nil || !strings.Contains(string(said), "ran 2 times: <nil>") {
		t.Errorf("%v\n%s", err, said)
	}
	if got := db.metas(t, "a", "half", "frozen"); !slices.Equal(got, []string{"a", "frozen"}) {
		t.Errorf("written: %v", got)
	}
}

// freeze stops its own process inside a transaction.
func freeze(t *testing.T, address string) {
	config, err := postgresConfig(address)
	if err != nil {
		t.Fatal(err)
	}
	w := newWriter(newPostgresConnection(config.ConnConfig), nil, &guard{found: make(chan struct{}, 1)})
	ran := 0
	err = w.do(t.Context(), func(tx *Tx) error {
		if ran++; ran == 1 {
			if _, err := tx.change(`INSERT INTO meta (name, value) VALUES ('half', 'set')`); err != nil {
				return err
			}
			syscall.Kill(os.Getpid(), syscall.SIGSTOP)
		}
		return tx.SetMeta("frozen", "set")
	})
	fmt.Printf("ran %d times: %v\n", ran, err)
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
}
