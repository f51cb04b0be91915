package store

import (
	"context"
	"errors"
	flags "flag"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"latchkey/internal/problem"
)

// rounds is how often each race between two nodes is run. A race that is lost in one of a hundred
// rounds is seen in 200: go test -run Nodes -rounds 200.
var rounds = flags.Int("rounds", 5, "how often each race between two nodes is run")

// nodes are two processes on one database: each has a writer of its own, as on two machines.
type nodes [2]testDB

// twoNodes opens a database twice, with further settings in its address. On SQLite the second is what a
// command is beside the server.
func twoNodes(t testing.TB, settings string) (both nodes) {
	t.Helper()
	path, ring := closed(t)
	for i := range both {
		db, err := Open(t.Context(), path+settings, ring, false)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Error("Close:", err)
			}
		})
		both[i] = testDB{db, path}
	}
	return both
}

// contest is something that two nodes do at the same moment. Every name in it ends with the
// round.
type contest struct {
	// prepare makes what it is about.
	prepare func(tx *Tx, round string) error
	// act is what each of them does; won says that it was told to have succeeded.
	act func(tx *Tx, round string, node int) (won bool, err error)
	// wins is how many are told so in every round: exactly one, unless it is anyNumber.
	wins int
	// holds reports what is wrong afterwards, "" for nothing.
	holds func(r Reader, round string, won [2]bool) (string, error)
}

const anyNumber = -1

// run runs a contest and returns in how many rounds it went wrong, and how the first did; again is
// how often a transaction was begun once more.
func (n nodes) run(t *testing.T, c contest) (broken int, first string, again int) {
	t.Helper()
	begun := n.begun()
	defer func() { again = n.begun() - begun - 3**rounds }()
	for i := range *rounds {
		round := fmt.Sprint("-", i)
		n[0].must(t, func(tx *Tx) error { return c.prepare(tx, round) })
		var won [2]bool
		var errs [2]error
		race(2, func(node int) {
			errs[node] = n[node].Tx(context.Background(), func(tx *Tx) (err error) { won[node], err = c.act(tx, round, node); return err })
			won[node] = won[node] && errs[node] == nil
		})
		if wrong := c.wrong(t, n, round, won, errs); wrong != "" {
			if broken++; first == "" {
				first = wrong
			}
		}
	}
	return broken, first, 0
}

// begun is how many transactions both have begun; 0 on SQLite.
func (n nodes) begun() (all int) {
	for _, db := range n {
		if c, ok := db.writer.conn.(*postgresConnection); ok {
			all += int(c.token)
		}
	}
	return all
}

// raceAll runs contests, each between two nodes of its own. Settings under which the server calls
// transactions off have to do so in at least one of them.
func raceAll(t *testing.T, settings string, all map[string]contest) {
	t.Helper()
	var offs atomic.Int64
	if settings != "" {
		t.Cleanup(func() {
			if offs.Load() == 0 {
				t.Error("no transaction was called off: this test tried nothing")
			}
		})
	}
	for name, c := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			broken, first, again := twoNodes(t, settings).run(t, c)
			if broken > 0 {
				t.Errorf("wrong in %d of %d rounds: %s", broken, *rounds, first)
			}
			offs.Add(int64(again))
		})
	}
}

// wrong says what went wrong in a round. An error that is no answer to a person is wrong as well.
func (c contest) wrong(t *testing.T, n nodes, round string, won [2]bool, errs [2]error) string {
	for _, err := range errs {
		if p := problem.As(err); err != nil && !errors.Is(err, errOwn) && (p == nil || p.Kind == problem.Unavailable) {
			return err.Error()
		}
	}
	winners := strings.Count(fmt.Sprint(won), "true")
	if c.wins != anyNumber && winners != c.wins {
		return fmt.Sprint(winners, " succeeded")
	}
	if c.holds == nil {
		return ""
	}
	text, err := c.holds(n[1].Reader, round, won)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// exactly says how many rows a statement counts, if it is another number than wanted.
func exactly(what string, want int64, text string, args ...any) func(r Reader, round string, won [2]bool) (string, error) {
	return func(r Reader, round string, _ [2]bool) (string, error) {
		all := make([]any, len(args))
		for i, arg := range args {
			if name, ok := arg.(string); ok {
				arg = name + round
			}
			all[i] = arg
		}
		n, _, err := one(r.q.queryRow(text, all...), single[int64], "counting")
		if err == nil && n != want {
			return fmt.Sprint(n, " ", what), nil
		}
		return "", err
	}
}

// does runs functions one after the other.
func does(all ...func() error) error {
	for _, f := range all {
		if err := f(); err != nil {
			return err
		}
	}
	return nil
}
