package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"latchkey/internal/secret"
	"latchkey/internal/store/postgrestest"
)

// aCluster is a PostgreSQL whose settings a test may change, with a database on it.
func aCluster(t *testing.T) (db testDB, admin *pgx.Conn) {
	t.Helper()
	if !onPostgres {
		t.Skip("a file is not replicated")
	}
	s, err := postgrestest.Start("wal_level=replica", "max_wal_senders=4", "max_replication_slots=4")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if admin, err = pgx.Connect(t.Context(), s.Address("postgres")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { admin.Close(context.Background()) })
	change(t, admin, alterDatabase+`synchronous_commit = on`)
	opened, err := Open(t.Context(), s.Address("postgres"), secret.NewRing(), true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { opened.Close() })
	return testDB{opened, s.Address("postgres")}, admin
}

// change runs statements of the administrator of a server.
func change(t *testing.T, admin *pgx.Conn, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if _, err := admin.Exec(context.Background(), text); err != nil {
			t.Fatal(err)
		}
	}
}

// Those of all new connections to the database, and of the server. What stands in the command line
// counts more than the second.
const (
	alterDatabase = `ALTER DATABASE postgres SET `
	alterServer   = `ALTER SYSTEM SET `
	reload        = `SELECT pg_reload_conf()`
)

// TestAV10_AWaitForTheStandbyThatIsEndedIsNoAnswer: a commit that is in the server and not in its
// standby would be lost with the server. Nobody is told of it before the standby has it, or something
// later.
func TestAV10_AWaitForTheStandbyThatIsEndedIsNoAnswer(t *testing.T) {
	t.Parallel()
	db, admin := aCluster(t)
	db.must(t, setMeta("a"))
	change(t, admin, alterServer+`synchronous_standby_names = 'nowhere'`, reload)
	// waiting returns the process of the server that waits for the standby.
	waiting := func(not int) (pid int) {
		t.Helper()
		for {
			err := admin.QueryRow(t.Context(), `SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND pid <> $1`, not).Scan(&pid)
			if err == nil {
				return pid
			}
			if !errors.Is(err, pgx.ErrNoRows) {
				t.Fatal(err)
			}
		}
	}
	told := make(chan error, 1)
	var enough atomic.Bool
	go func() {
		var err error
		for err == nil && !enough.Load() { // until the server has read its settings again
			err = db.Tx(context.Background(), setMeta("b"))
		}
		told <- err
	}()
	first := waiting(0)
	enough.Store(true)
	change(t, admin, fmt.Sprintf(`SELECT pg_cancel_backend(%d)`, first))
	waiting(first) // something later, which has to reach the standby as well
	select {
	case err := <-told:
		t.Errorf("told %v before the standby had anything", err)
	default:
	}
	change(t, admin, alterServer+`synchronous_standby_names = ''`, reload)
	if err := <-told; err != nil {
		t.Error(err)
	}
	if got := db.metas(t, "a", "b"); len(got) != 2 {
		t.Errorf("written: %v", got)
	}
}

// TestRisks: the server says at its start what could lose what people were told.
func TestRisks(t *testing.T) {
	t.Parallel()
	db, admin := aCluster(t)
	check := func(want ...string) {
		t.Helper()
		var risks []string
		for range 1000 { // until the server has read its settings again
			db.server.Reset()
			var err error
			if risks, err = db.Risks(t.Context()); err != nil {
				t.Fatal(err)
			}
			fits := func(risk, want string) bool { return strings.Contains(risk, want) }
			if len(risks) == len(want) && slices.EqualFunc(risks, want, fits) {
				return
			}
		}
		t.Errorf("%q, want %q", risks, want)
	}
	check("fsync is off")
	change(t, admin, alterDatabase+`synchronous_commit = off`)
	check("fsync is off", "synchronous_commit is off")
	change(t, admin, alterDatabase+`synchronous_commit = local`)
	check("fsync is off")
	change(t, admin, `SELECT pg_create_physical_replication_slot('standby')`)
	check("fsync is off", "synchronous_commit is local")
	change(t, admin, alterDatabase+`synchronous_commit = remote_apply`)
	check("fsync is off", "synchronous_standby_names is empty")
	change(t, admin, alterServer+`synchronous_standby_names = 'standby'`, reload)
	check("fsync is off")
}
