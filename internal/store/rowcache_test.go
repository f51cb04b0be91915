package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"latchkey/internal/auth"
	"latchkey/internal/secret"
	"latchkey/internal/user"
)

// eachWriter runs a test of a change twice: made by way of the database that is read, and by somebody else who has it open.
func eachWriter(t *testing.T, name string, test func(t *testing.T, db, writer testDB)) {
	for _, elsewhere := range []bool{false, true} {
		t.Run(fmt.Sprintf("%s, elsewhere %v", name, elsewhere), func(t *testing.T) {
			t.Parallel()
			db := open(t)
			writer := db
			if elsewhere {
				writer = db.again(t)
			}
			test(t, db, writer)
		})
	}
}

// again is the same database, opened once more.
func (db testDB) again(t testing.TB) testDB {
	t.Helper()
	other, err := Open(t.Context(), db.path, db.ring, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Close() })
	return testDB{other, db.path}
}

// kept is how many rows are kept and true.
func (db testDB) kept() int {
	c := db.readers.cache
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.off || c.index.state() != c.known {
		return 0
	}
	return len(c.rows)
}

// warm looks something up until its row is kept.
func (db testDB) warm(t testing.TB, look func() (bool, error)) {
	t.Helper()
	for range 2 { // a first look after somebody else's commit finds out about that
		if ok, err := look(); !ok || err != nil {
			t.Fatalf("before the change: %v, %v", ok, err)
		}
	}
	if !onPostgres && db.kept() == 0 {
		t.Fatal("nothing is kept")
	}
}

// signedIn adds anna, and a session of hers with the hash hash-a.
func (db testDB) signedIn(t testing.TB) (id string) {
	t.Helper()
	id = db.add(t, "anna")
	db.must(t, func(tx *Tx) error { return tx.AddSession(session(id, "a")) })
	return id
}

// warmSession looks her session up until its row is kept.
func (db testDB) warmSession(t testing.TB) {
	t.Helper()
	db.warm(t, func() (bool, error) { _, _, ok, err := db.SessionByHash("hash-a", start()); return ok, err })
}

// TestRowCache_KeepsWhatOthersHave: what changes rows of one user leaves the others known, and what is no matter of
// sessions leaves all.
func TestRowCache_KeepsWhatOthersHave(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	for name, c := range map[string]struct {
		change func(tx *Tx, anna string) error
		left   int
	}{
		"nothing": {func(*Tx, string) error { return nil }, 2},
		"audit":   {func(tx *Tx, _ string) error { return tx.Audit(note("anna")) }, 2},
		"setting": {func(tx *Tx, _ string) error { return tx.SetMeta("a", "b") }, 2},
		"confirm": {func(tx *Tx, _ string) error { _, err := tx.CountConfirm("hash-a"); return err }, 2},
		"touched": {func(tx *Tx, anna string) error { return tx.TouchSession(anna, "hash-a", start(), start()) }, 1},
		"message": {func(tx *Tx, anna string) error { return tx.SetFlash(anna, "id-a", "f") }, 1},
		"signed in": {func(tx *Tx, anna string) error {
			return firstOf(tx.AddSession(session(anna, "c")), tx.SignedIn(anna, start()))
		}, 1},
		"appearance":    {func(tx *Tx, anna string) error { return tx.SetAppearance(anna, user.ThemeDark, "UTC") }, 1},
		"locked":        {func(tx *Tx, anna string) error { return tx.SetLockedUntil(anna, start()) }, 1},
		"recovery code": {func(tx *Tx, anna string) error { return tx.TriedRecoveryCode(anna, start()) }, 1},
		"notice": {func(tx *Tx, anna string) error {
			return tx.AddNotice(Notice{ID: "n", UserID: anna, Kind: "k", Text: "t", At: start(), DoneBy: "b", UserAgent: "u"})
		}, 1},
		"renewed": {func(tx *Tx, anna string) error {
			_, err := tx.RenewSession(anna, "hash-a", "hash-c", 1, auth.Proofs{})
			return err
		}, 1},
		"signed out":        {func(tx *Tx, anna string) error { _, err := tx.EndSession(anna, "id-a"); return err }, 1},
		"signed out of all": {func(tx *Tx, anna string) error { _, err := tx.EndSessions(anna, ""); return err }, 1},
		"lapsed":            {func(tx *Tx, anna string) error { return tx.DropLapsed(anna, start().Add(9*time.Hour)) }, 1},
		"link":              {func(tx *Tx, anna string) error { return tx.AddLink(invitation(anna)) }, 1},
		"by a trigger": {func(tx *Tx, anna string) error {
			return firstOf(tx.AddLink(invitation(anna)), tx.exec(`DELETE FROM links`))
		}, 0},
		"raised":           {func(tx *Tx, anna string) error { _, err := tx.RaiseCredVersion(anna); return err }, 1},
		"nothing, of all":  {func(tx *Tx, _ string) error { return tx.EndRemembered() }, 2},
		"by hand":          {func(tx *Tx, anna string) error { return tx.exec(`UPDATE users SET name = 'x' WHERE id = $1`, anna) }, 0},
		"by a foreign key": {func(tx *Tx, anna string) error { return tx.exec(`DELETE FROM users WHERE id = $1`, anna) }, 0},
		"said of one only": {func(tx *Tx, anna string) error {
			return firstOf(tx.of(anna).exec(`SELECT 1`), tx.exec(`UPDATE users SET name = 'x'`))
		}, 0},
		"taken back":         {func(tx *Tx, anna string) error { tx.SetFlash(anna, "id-a", "f"); return errors.New("no") }, 1},
		"read and not known": {func(tx *Tx, _ string) error { _, _, _, err := tx.SessionByHash("none", start()); return err }, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			anna, bert := db.add(t, "anna"), db.add(t, "bert")
			db.must(t, func(tx *Tx) error {
				return firstOf(tx.AddSession(session(anna, "a")), tx.AddSession(session(bert, "b")))
			})
			for _, hash := range []string{"hash-a", "hash-b"} {
				db.warm(t, func() (bool, error) { _, _, ok, err := db.SessionByHash(hash, start()); return ok, err })
			}
			if db.kept() != 2 {
				t.Fatalf("%d rows are kept", db.kept())
			}
			db.Tx(t.Context(), func(tx *Tx) error { return c.change(tx, anna) })
			if got := db.kept(); got != c.left {
				t.Errorf("%d rows are kept, want %d", got, c.left)
			}
			for _, hash := range []string{"hash-a", "hash-b"} {
				s, u, ok, err := db.SessionByHash(hash, start())
				var want string
				db.must(t, func(tx *Tx) error {
					s, u, ok, err := tx.SessionByHash(hash, start())
					want = fmt.Sprintf("%+v %+v %v %v", s, u, ok, err)
					return nil
				})
				if got := fmt.Sprintf("%+v %+v %v %v", s, u, ok, err); got != want {
					t.Errorf("answered %s, the database says %s", got, want)
				}
			}
		})
	}
}

func invitation(userID string) Link {
	return Link{TokenHash: "l", Purpose: PurposeInvite, UserID: userID, CredVersion: 1, Created: start(), Ends: start().Add(time.Hour)}
}

// TestEX01_RowCacheIsBounded: strangers add nothing to it, and nobody more than it may hold.
func TestEX01_RowCacheIsBounded(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	db := open(t)
	db.signedIn(t)
	db.warmSession(t)
	for i := range 100 {
		db.SessionByHash(fmt.Sprint("stranger-", i), start())
		db.OpenedByHash(fmt.Sprint("stranger-", i), "wiki", "wiki.example.com", start())
	}
	if n := db.kept(); n != 1 {
		t.Errorf("%d rows are kept after strangers asked", n)
	}
	c := db.readers.cache
	for i := range maxCachedRows + 100 {
		c.keep(question{args: [3]string{strconv.Itoa(i)}}, nil, c.known)
	}
	long := question{args: [3]string{"long"}}
	c.keep(long, []driver.Value{strings.Repeat("x", maxRowText), "y"}, c.known)
	if row, _ := c.find(long); row != nil {
		t.Error("a row with too much text is kept")
	}
	if n := len(c.rows); n != maxCachedRows {
		t.Errorf("%d rows are kept, want %d", n, maxCachedRows)
	}
}

// TestRowCache_SomebodyCommitsBehindUs: what another process commits between our commit and our look at the index is
// not taken for ours.
func TestRowCache_SomebodyCommitsBehindUs(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	db := open(t)
	id, other := db.signedIn(t), db.again(t)
	db.warmSession(t)
	c := db.readers.cache
	c.begun()
	c.committing()
	other.must(t, func(tx *Tx) error { return tx.Audit(note("anna")) }) // stands for our commit
	if _, _, ok, err := db.SessionByHash("hash-a", start()); !ok || err != nil || c.known == c.index.state() {
		t.Errorf("before our commit has said what it changed: %v, %v", ok, err)
	}
	other.must(t, func(tx *Tx) error { _, err := tx.Disable(true, id); return err })
	c.committed(effect{}, nil)
	if _, _, ok, err := db.SessionByHash("hash-a", start()); ok || err != nil {
		t.Errorf("disabled by somebody else: %v, %v", ok, err)
	}
}

// TestRowCache_OutdatedRowIsNotKept: a row that was read before somebody's commit, and comes late.
func TestRowCache_OutdatedRowIsNotKept(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	db := open(t)
	id, other := db.signedIn(t), db.again(t)
	db.warmSession(t)
	c, q := db.readers.cache, asking(sessionByHash, []string{"hash-a"})
	row, at := c.find(q)
	other.must(t, func(tx *Tx) error { _, err := tx.Disable(true, id); return err })
	c.find(question{}) // somebody else's look finds out
	c.keep(q, row, at)
	if _, _, ok, err := db.SessionByHash("hash-a", start()); ok || err != nil {
		t.Errorf("a disabled user: %v, %v", ok, err)
	}
}

// TestRowCache_CountsAfterOthers: what every page shows of the whole instance is right once somebody's session was looked up.
func TestRowCache_CountsAfterOthers(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	db := open(t)
	db.signedIn(t)
	other := db.again(t)
	for i, want := range []bool{true, false, true} {
		other.must(t, func(tx *Tx) error {
			if i == 0 {
				_, err := tx.AddApplication(Application{Slug: "wiki", Name: "Wiki", Everyone: true, Hosts: []string{"wiki.example.com"}, Created: start()})
				return err
			}
			_, err := tx.SetApplicationDisabled("wiki", !want, int64(i), start())
			return err
		})
		db.warmSession(t)
		if got := db.HasApplications(); got != want {
			t.Errorf("after change %d of another process there are applications: %v", i, got)
		}
	}
}

// TestRowCache_StaysOn: a transaction that writes nothing, after somebody else has, is no sign of a wrong index.
func TestRowCache_StaysOn(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	db := open(t)
	nothing := func(*Tx) error { return nil }
	db.must(t, nothing)
	db.again(t).must(t, func(tx *Tx) error { return tx.Audit(note("anna")) })
	db.must(t, nothing)
	db.must(t, func(tx *Tx) error { return tx.Audit(note("anna")) })
	db.must(t, nothing)
	if db.readers.cache.off {
		t.Error("it was switched off")
	}
}

// TestRowCache_AnotherIndexEndsIt: an index that does not change with a commit is not that of the database.
func TestRowCache_AnotherIndexEndsIt(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	db := open(t)
	id := db.signedIn(t)
	c := db.readers.cache
	c.mu.Lock()
	right := c.index.memory
	c.index.memory = slices.Repeat([]byte{7}, walHeaderSize)
	c.known, c.after = c.index.state(), c.index.state()
	c.mu.Unlock()
	db.warmSession(t)
	db.must(t, func(tx *Tx) error {
		_, err := tx.Disable(true, id)
		return firstOf(err, tx.Audit(note("anna")))
	})
	if _, _, ok, err := db.SessionByHash("hash-a", start()); ok || err != nil || !c.off {
		t.Errorf("a disabled user: %v, %v; off: %v", ok, err, c.off)
	}
	c.index.memory = right
}

// TestRowCache_ClosesWithTheLast: the index stays mapped as long as anybody in this process has the database open.
func TestRowCache_ClosesWithTheLast(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	db := open(t)
	db.signedIn(t)
	for range 3 {
		other := db.again(t)
		if err := errors.Join(other.Close(), other.readers.cache.close(true)); err != nil {
			t.Fatal(err)
		}
		if _, _, _, err := other.SessionByHash("hash-a", start()); err == nil {
			t.Error("a closed database answers")
		}
	}
	db.warmSession(t)
	shared.Lock()
	defer shared.Unlock()
	if f := shared.files[db.readers.cache.index.file]; f == nil || f.users != 1 {
		t.Errorf("mapped: %+v", f)
	}
}

// changingChild is the variable by which a test runs itself once more, as another process that changes the database.
const changingChild = "LATCHKEY_TEST_CHANGING"

// tally is memory that two processes can share: what one of them has seen acknowledged, and the other reads.
type tally []byte

// Which they are: the newest version of anna's credentials, and the newest session of hers that has ended.
const (
	newestVersion = iota
	newestEnded
)

func shareTally(path string) (tally, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if err := file.Truncate(16); err != nil {
		return nil, err
	}
	return syscall.Mmap(int(file.Fd()), 0, 16, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
}

func (n tally) load(which int) int64 { return atomic.LoadInt64(n.at(which)) }

func (n tally) at(which int) *int64 { return (*int64)(unsafe.Pointer(&n[8*which])) }

// changeAll signs anna out, disables and enables her, changes her role and her password, over and over, and notes
// what was acknowledged.
func changeAll(db testDB, anna, sessions string, n tally, done func() bool) error {
	pace := time.NewTicker(2 * time.Millisecond) // leaves the other process its turn
	defer pace.Stop()
	for i := int64(1); !done(); i++ {
		name := fmt.Sprint(sessions, i)
		var version int64
		changes := []func(tx *Tx) error{
			func(tx *Tx) error { _, err := tx.Disable(true, anna); return err },
			func(tx *Tx) error { _, err := tx.Enable(anna); return err },
			func(tx *Tx) error { _, err := tx.SetRole(true, anna, user.RoleAdmin); return err },
			func(tx *Tx) error { _, err := tx.SetRole(true, anna, user.RoleUser); return err },
			func(tx *Tx) error { _, err := tx.SetPassword(anna, "h", start()); return err },
			func(tx *Tx) error { return tx.AddSession(session(anna, name)) },
			func(tx *Tx) error { _, err := tx.EndSession(anna, "id-"+name); return err },
		}
		for _, change := range changes {
			err := db.Tx(context.Background(), func(tx *Tx) error {
				if err := change(tx); err != nil {
					return err
				}
				u, err := tx.User(anna)
				version = u.CredVersion
				return err
			})
			if err != nil {
				return err
			}
			atomic.StoreInt64(n.at(newestVersion), version)
			pace.Reset(2 * time.Millisecond)
			<-pace.C
		}
		atomic.StoreInt64(n.at(newestEnded), i)
	}
	return nil
}

// TestSE08_NothingStaleInAMillionRequests: while this process and another one change all that decides, no look-up
// answers with anything older than what was acknowledged when it began.
func TestSE08_NothingStaleInAMillionRequests(t *testing.T) {
	aboutSQLite(t)
	if path := os.Getenv(changingChild); path != "" {
		beAnotherProcess(t, path)
		return
	}
	t.Parallel()
	db := open(t)
	anna := db.add(t, "anna")
	db.must(t, func(tx *Tx) error { return tx.AddSession(session(anna, "a")) })
	there, err := shareTally(db.path + ".tally")
	if err != nil {
		t.Fatal(err)
	}
	if err := db.ring.Create(db.path + ".key"); err != nil {
		t.Fatal(err)
	}
	child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	child.Env = append(os.Environ(), changingChild+"="+db.path)
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	until, err := child.StdinPipe() // which ends with this process at the latest
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { until.Close(); child.Wait() })

	const requests = 1_000_000
	here := make(tally, 16)
	var asked, known atomic.Int64
	done := func() bool { return asked.Load() >= requests || t.Failed() }
	var all sync.WaitGroup
	all.Go(func() {
		if err := changeAll(db, anna, "here-", here, done); err != nil {
			t.Error(err)
		}
	})
	for range 4 {
		all.Go(func() {
			for n := asked.Add(2); n <= requests && !t.Failed(); n = asked.Add(2) {
				if n%1000 == 0 && db.kept() > 0 {
					known.Add(1)
				}
				version := max(here.load(newestVersion), there.load(newestVersion))
				if s, u, ok, err := db.SessionByHash("hash-a", start()); err != nil || u.CredVersion < version || ok && s.CredVersion < version {
					t.Errorf("answered version %d after %d: %v, %v", u.CredVersion, version, ok, err)
				}
				ended := fmt.Sprint("hash-here-", here.load(newestEnded))
				if n%4 < 2 {
					ended = fmt.Sprint("hash-there-", there.load(newestEnded))
				}
				if _, _, ok, err := db.SessionByHash(ended, start()); ok || err != nil {
					t.Errorf("%s has ended, and is answered %v, %v", ended, ok, err)
				}
			}
		})
	}
	all.Wait()
	t.Logf("%d rounds of changes here, %d there", here.load(newestEnded), there.load(newestEnded))
	if here.load(newestEnded) < 10 || there.load(newestEnded) < 10 || known.Load() < requests/1000/2 || db.readers.cache.off {
		t.Errorf("too little happened to say anything: rows were kept in %d of %d looks", known.Load(), requests/1000)
	}
}

// beAnotherProcess changes the database until the first process ends.
func beAnotherProcess(t *testing.T, path string) {
	go func() { io.Copy(io.Discard, os.Stdin); os.Exit(0) }()
	ring, err := secret.LoadRing(path + ".key")
	if err != nil {
		t.Fatal(err)
	}
	there, err := shareTally(path + ".tally")
	if err != nil {
		t.Fatal(err)
	}
	opened, err := Open(t.Context(), path, ring, false)
	if err != nil {
		t.Fatal(err)
	}
	db := testDB{opened, path}
	var anna string
	err = opened.q.queryRow(`SELECT id FROM users WHERE username = 'anna'`).Scan(&anna)
	if err = firstOf(err, changeAll(db, anna, "there-", there, func() bool { return false })); err != nil {
		t.Fatal(err)
	}
}
