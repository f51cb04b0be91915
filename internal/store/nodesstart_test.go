package store

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"latchkey/internal/audit"
	"latchkey/internal/secret"
)

// starts is how often two nodes are started at once, which takes longer than other rounds.
func starts() int { return max(2, *rounds/10) }

// TestNodes_FirstStart: of two nodes that make a database at once, with two keys, one has it and the
// other is told that it has the wrong key. With one key both have it.
func TestNodes_FirstStart(t *testing.T) {
	t.Parallel()
	if !onPostgres {
		t.Skip("a file is made by one process, which locks its folder")
	}
	for range starts() {
		for _, rings := range [][2]*secret.Ring{{secret.NewRing(), secret.NewRing()}, {postgresRing(t), postgresRing(t)}} {
			path, same := nowhere(t), rings[0] == rings[1]
			var dbs [2]*DB
			var errs [2]error
			race(2, func(i int) { dbs[i], errs[i] = Open(context.Background(), path, rings[i], true) })
			opened := 0
			for i, db := range dbs {
				if errs[i] != nil {
					if same || !errors.Is(errs[i], ErrOtherKey) {
						t.Error(errs[i])
					}
					continue
				}
				opened++
				if err := db.Tx(t.Context(), func(tx *Tx) error { return tx.Audit(note("anna")) }); err != nil {
					t.Error(err)
				}
				if _, _, err := db.VerifyAudit(t.Context(), rings[i], ""); err != nil {
					t.Error(err)
				}
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			}
			if want := map[bool]int{true: 2, false: 1}[same]; opened != want {
				t.Errorf("%d opened, want %d: %v", opened, want, errs)
			}
		}
	}
}

// TestNodes_TheHeadAndTheKeyAreOneNodes: who seals the head of a new database has its key, even if the
// other comes before it has done anything else.
func TestNodes_TheHeadAndTheKeyAreOneNodes(t *testing.T) {
	t.Parallel()
	if !onPostgres {
		t.Skip("a file is made by one process, which locks its folder")
	}
	path, first := nowhere(t), secret.NewRing()
	config, err := pgx.ParseConfig(path)
	if err == nil {
		err = makePostgresTables(t.Context(), config, first)
	}
	if err != nil {
		t.Fatal(err)
	}
	if db, err := Open(t.Context(), path, secret.NewRing(), true); !errors.Is(err, ErrOtherKey) {
		t.Errorf("%v, want ErrOtherKey", err)
		db.Close()
	}
	db, err := Open(t.Context(), path, first, true)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := db.VerifyAudit(t.Context(), first, ""); err != nil {
		t.Error(err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

// postgresRing is a key ring, the same each time.
func postgresRing(t *testing.T) *secret.Ring {
	t.Helper()
	s, err := postgresServer()
	if err != nil {
		t.Fatal(err)
	}
	return s.ring
}

// TestNodes_MigrateOnce: two nodes of a new version start at once. One migrates, the other waits, and the
// log tells of it once.
func TestNodes_MigrateOnce(t *testing.T) {
	t.Parallel()
	if !onPostgres {
		t.Skip("nobody else may have a file open that is migrated")
	}
	for range starts() {
		path, ring := nowhere(t), secret.NewRing()
		config, err := pgx.ParseConfig(path)
		if err != nil {
			t.Fatal(err)
		}
		db := stdlib.OpenDB(*config)
		older38(t, db, ring)
		db.Close()
		if db, err := Open(t.Context(), path, ring, false); err == nil {
			db.Close()
			t.Fatal("an older schema was opened")
		}
		var did [2]Migrated
		var errs [2]error
		race(2, func(i int) { did[i], errs[i] = Migrate(context.Background(), path, ring, serverRow()) })
		if err := errors.Join(errs[:]...); err != nil {
			t.Fatal(err)
		}
		again, err := Open(t.Context(), path, ring, false)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := again.AuditEntries(t.Context(), AuditFilter{Event: audit.DatabaseMigrated, Limit: 10})
		if err != nil || len(rows) != 1 || did[0].Done() == did[1].Done() {
			t.Errorf("%d rows, %v, %+v", len(rows), err, did)
		}
		if _, _, err := again.VerifyAudit(t.Context(), ring, ""); err != nil {
			t.Error(err)
		}
		again.Close()
	}
}

// older38 makes the tables of schema 38.
func older38(t *testing.T, db *sql.DB, ring *secret.Ring) {
	t.Helper()
	p, err := postgresMigrator(db)
	if err == nil {
		_, err = p.UpTo(t.Context(), 38)
	}
	if err == nil {
		_, err = db.Exec(`INSERT INTO meta (name, value) VALUES ('instance', 'i'), ('key_check', $1)`, ring.CheckValue())
	}
	if err != nil {
		t.Fatal(err)
	}
}
