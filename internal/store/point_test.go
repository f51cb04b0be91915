package store

import (
	"fmt"
	"sync/atomic"
	"testing"
)

// openDoor is a database in which somebody has an application open, with ten groups.
func openDoor(t testing.TB) testDB {
	db := open(t)
	id := db.add(t, "anna")
	for i := range 10 {
		db.must(t, func(tx *Tx) error {
			g := Group{Name: fmt.Sprint("group-", 9-i), Created: start()}
			if _, err := tx.AddGroup(g); err != nil {
				return err
			}
			_, err := tx.AddMember(g.Name, id, "", start())
			return err
		})
	}
	db.must(t, func(tx *Tx) error {
		_, err := tx.AddApplication(Application{Slug: "wiki", Name: "Wiki", Groups: []string{"group-7", "group-3"}, Hosts: []string{"wiki.example.com"}, Public: []string{"/a", "/b"}, Created: start()})
		return firstOf(err, tx.AddSession(session(id, "a")), tx.AddOpened("", "app-hash", "app-id", "id-a", "wiki", "wiki.example.com", start()))
	})
	return db
}

// TestOpenedLookUpStaysPrepared: SQLite parses the statement once for each connection, and whoever asks in a
// transaction learns the same.
func TestOpenedLookUpStaysPrepared(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	db := openDoor(t)
	db.readers.cache = nil
	execRaw(t, db.raw(t), "ANALYZE")
	var parsed atomic.Int64
	countParsing(t, db.DB, &parsed)
	look := func() (o Opened) {
		o, ok, err := db.OpenedByHash("app-hash", "wiki", "wiki.example.com", start())
		if err != nil || !ok {
			t.Fatalf("%v, %v", ok, err)
		}
		return o
	}
	got := fmt.Sprintf("%+v", look())
	warm := parsed.Load()
	for range 100 {
		look()
	}
	if n := parsed.Load(); warm == 0 || n != warm {
		t.Errorf("parsed %d times for one look-up and %d for a hundred more", warm, n-warm)
	}
	db.must(t, func(tx *Tx) error {
		o, ok, err := tx.OpenedByHash("app-hash", "wiki", "wiki.example.com", start())
		if in := fmt.Sprintf("%+v", o); !ok || in != got {
			t.Errorf("in a transaction %s, else %s", in, got)
		}
		return err
	})
}

// Most of what the look-up allocates are the texts and times of its row.
func TestOpenedLookUpAllocatesLittle(t *testing.T) {
	aboutSQLite(t)
	db := openDoor(t)
	for _, most := range []float64{11, 42} { // from a row that is kept, and from the database
		got := testing.AllocsPerRun(200, func() {
			if _, ok, err := db.OpenedByHash("app-hash", "wiki", "wiki.example.com", start()); !ok || err != nil {
				t.Fatalf("%v, %v", ok, err)
			}
		})
		if got > most {
			t.Errorf("%.0f allocations, want at most %.0f", got, most)
		}
		db.readers.cache = nil
	}
}

// TestPointReadsSayWhatIsWrong: no row, and a column that is not what is asked for.
func TestPointReadsSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	db := openDoor(t)
	var text string
	if _, ok, err := db.OpenedByHash("", "wiki", "wiki.example.com", start()); ok || err != nil {
		t.Errorf("no row: %v, %v", ok, err)
	}
	wrong := map[string]any{`SELECT 'a' WHERE 'a' = $1`: new(number), `SELECT NULL WHERE 'a' = $1`: &text, `SELECT nothing`: &text}
	if !onPostgres { // whose driver makes a text of a number
		wrong[`SELECT 1 WHERE 'a' = $1`], wrong[`SELECT 2 WHERE 'a' = $1`] = &text, new(int)
	}
	for statement, dest := range wrong {
		if err := db.q.point(&pointRead{statement}, []string{"a"}, dest); err == nil {
			t.Errorf("%s was read into %T", statement, dest)
		}
	}
}
