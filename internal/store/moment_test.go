package store

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
)

// TestAtOneMoment_SeesNothingNewer: what is written between two statements is seen by neither.
func TestAtOneMoment_SeesNothingNewer(t *testing.T) {
	t.Parallel()
	db := open(t)
	db.add(t, "first")
	everybody := sqlText(`SELECT count(*) FROM users`)
	err := db.atOneMoment(t.Context(), func(r Reader) error {
		for _, name := range []string{"second", "third"} {
			if n, err := r.number(t.Context(), everybody); n != 1 || err != nil {
				t.Errorf("%d users before %s, %v", n, name, err)
			}
			if _, err := r.UserByName(name); err == nil {
				t.Errorf("%s is there already", name)
			}
			db.add(t, name)
		}
		return nil
	})
	if n, err2 := db.Reader.number(t.Context(), everybody); n != 3 || firstOf(err, err2) != nil {
		t.Errorf("%d users at last, %v, %v", n, err, err2)
	}
}

// TestAtOneMoment_ReadersDoNotWaitForEachOther: more readers than there are connections, each with a statement that
// nobody had before.
func TestAtOneMoment_ReadersDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	aboutSQLite(t)
	db := open(t)
	connections := db.pool.Stats().MaxOpenConnections
	var all, taken sync.WaitGroup
	var readers atomic.Int64
	taken.Add(connections)
	for i := range 3 * connections {
		all.Go(func() {
			err := db.atOneMoment(t.Context(), func(r Reader) error {
				if readers.Add(1) <= int64(connections) {
					taken.Done()
				}
				taken.Wait() // every connection is
				n, err := r.number(t.Context(), sqlText(fmt.Sprintf(`SELECT %d FROM meta LIMIT 1`, i)))
				if n != i {
					t.Errorf("%d, want %d", n, i)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if _, ok := db.readers.stmts.Load(`SELECT 0 FROM meta LIMIT 1`); !ok {
		t.Error("a statement is prepared anew at each use")
	}
}
