package main

import (
	"database/sql"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// database opens the database of ./data in a folder.
func database(t *testing.T, folder string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", filepath.Join(folder, "data", "latchkey.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// column returns the first column of the first row.
func column(t *testing.T, db *sql.DB, query string) (value string) {
	t.Helper()
	if err := db.QueryRow(query).Scan(&value); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return value
}

// tries is the count of the one network that all tries of a test come from.
func tries(t *testing.T, db *sql.DB) int {
	t.Helper()
	n, err := strconv.Atoi(column(t, db, `SELECT sum(tries) FROM limits WHERE bucket = 'password-network'`))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// guess sends wrong passwords for several names at once until the server is gone,
// and calls enough when so many were answered. It returns how many were.
func guess(t *testing.T, s *server, many int, enough func()) int {
	t.Helper()
	var answered atomic.Int64
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			p := newPerson(t, s.url)
			for range 8 { // below the limit of a name: each of them is counted
				if status, _ := p.post("/login", "username", "nobody-"+strconv.Itoa(i), "password", "wrong"); status == 0 {
					return
				}
				if answered.Add(1) == int64(many) {
					enough()
				}
			}
		})
	}
	all.Wait()
	return int(answered.Load())
}

// secondUse types the code of a time again, in another browser, and returns the
// status.
func secondUse(t *testing.T, s *server, at time.Time) (status int) {
	t.Helper()
	thief := newPerson(t, s.url)
	thief.post("/login", "username", "grace", "password", testPassword)
	status, _ = thief.post("/login/code", "code", code(t, testKey, at))
	return status
}

// What was answered is on disk, whenever the process dies: users, tries, a used
// code, a session; and what was used up stays so.
func TestAV03_KillLosesNothingThatWasAnswered(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := start(t, folder)
	withUser(t, folder, "grace", "admin")
	now := time.Now()
	p := newPerson(t, s.url)
	p.post("/login", "username", "grace", "password", testPassword)
	if status, to := p.post("/login/code", "code", code(t, testKey, now)); status != http.StatusSeeOther {
		t.Fatalf("the code leads to %d %s", status, to)
	}
	answered := guess(t, s, 12, s.kill)
	if answered < 12 {
		t.Fatalf("only %d tries were answered", answered)
	}

	s = start(t, folder)
	if status := p.at(s).status("/profile"); status != http.StatusOK {
		t.Errorf("the session is gone: /profile answers %d", status)
	}
	if status := secondUse(t, s, now); status != http.StatusUnprocessableEntity {
		t.Errorf("a code that was used before the crash is answered %d after it", status)
	}
	db := database(t, folder)
	before := tries(t, db)
	if before < answered {
		t.Errorf("%d tries were answered, %d are counted", answered, before)
	}
	more := guess(t, s, 1, s.kill)
	if after := tries(t, db); after < before+more {
		t.Errorf("%d tries were counted, %d more answered, %d are counted after the second crash", before, more, after)
	}
	if got := column(t, db, `PRAGMA integrity_check`); got != "ok" {
		t.Errorf("integrity_check: %s", got)
	}
	if out := latchkey(t, folder, "audit", "verify"); !strings.Contains(out, "unbroken") {
		t.Errorf("audit verify: %s", out)
	}
}
