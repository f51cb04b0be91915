package faults

import (
	"database/sql"
	"encoding/csv"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"latchkey/internal/factor"
	"latchkey/internal/password"
)

const firstPassword = "tall grey horses swim"

// person is somebody with a password and a phone.
type person struct {
	name string
	key  []byte
	// passwords are those that may be the current one: two while a change was not answered.
	passwords []string
	// left is the browser whose session may have ended by what was sent.
	left *browser
}

// people are the users of the folder that all tests copy: administrators ada-0 … and users
// anna-0 …. Each test uses its own copy, so that they may share names and keys.
type people struct {
	data           string
	administrators []person
	users          []person
}

const (
	manyAdministrators = 4
	fewUsers           = 40
)

// folder is the one that is copied; the first test that needs it makes it.
var folder struct {
	sync.Once
	people
}

// instance returns a new copy of a data folder with people in it, its server stopped.
func instance(t testing.TB) people {
	t.Helper()
	folder.Do(func() { folder.people = makePeople(t, filepath.Join(scratch, "people"), fewUsers) })
	if folder.data == "" {
		t.Fatal("there are no people")
	}
	return folder.people.copied(t, filepath.Join(t.TempDir(), "data"))
}

// copied is these people in a copy of their folder.
func (p people) copied(t testing.TB, data string) people {
	t.Helper()
	if err := os.CopyFS(data, os.DirFS(p.data)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"latchkey.db", "latchkey.key", "latchkey.head"} { // CopyFS adds modes of its own
		if err := os.Chmod(filepath.Join(data, name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(data, 0o700); err != nil {
		t.Fatal(err)
	}
	p.data = data
	return p
}

// makePeople makes a folder with so many users, all of whom have the same cheap hash and each
// a key of their own. A server has run on it twice, so that the head file is there. The flags say
// where the database is, if it is not in the folder, and there is no such file.
func makePeople(t testing.TB, data string, users int, flags ...string) (p people) {
	t.Helper()
	hash := password.Cost{MemoryKiB: 8 << 10, Time: 1, Threads: 1}.Hash(firstPassword)
	rows := [][]string{{"username", "role", "password_hash", "otp_secret"}}
	add := func(name, role string) person {
		one := person{name: name, key: factor.NewSecret(), passwords: []string{firstPassword}}
		rows = append(rows, []string{name, role, hash, factor.EncodeSecret(one.key)})
		return one
	}
	for i := range manyAdministrators {
		p.administrators = append(p.administrators, add(fmt.Sprintf("ada-%d", i), "admin"))
	}
	for i := range users {
		p.users = append(p.users, add(fmt.Sprintf("anna-%d", i), "user"))
	}
	file, err := os.Create(data + ".csv")
	if err == nil {
		err = errors.Join(csv.NewWriter(file).WriteAll(rows), file.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	stop := func(s *server) {
		if err := s.stop(t); err != nil {
			t.Fatal(err)
		}
	}
	s := start(t, data, how{flags: flags})
	must(t, data, append([]string{"import", file.Name()}, flags...)...)
	stop(s)
	if len(flags) == 0 {
		stop(start(t, data, how{}))
	}
	p.data = data
	return p
}

// code is what the person's phone shows so many steps of 30 seconds from now.
func (p *person) code(steps int64) string {
	return factor.Code(p.key, factor.Step(time.Now())+steps)
}

// begin takes the first step of signing in with the password, in this browser. Of two that
// may be it, the one that works is the password from then on.
func (p *person) begin(b *browser) answer {
	var a answer
	for _, typed := range p.passwords {
		a = b.post("/login", "username", p.name, "password", typed)
		for range 20 { // the queue of hashes may be full for a moment
			if a.status != http.StatusServiceUnavailable {
				break
			}
			a = b.post("/login", "username", p.name, "password", typed)
		}
		if a.leads("/") {
			p.passwords = []string{typed}
			return a
		}
	}
	return a
}

// signIn signs the person in with the code of so many steps from now.
func (p *person) signIn(s *server, steps int64) (*browser, answer) {
	b := newBrowser(s)
	if a := p.begin(b); !a.leads("/login/code") {
		return b, a
	}
	return b, b.post("/login/code", "code", p.code(steps))
}

// must signs the person in.
func (p *person) must(t testing.TB, s *server, steps int64) *browser {
	t.Helper()
	b, a := p.signIn(s, steps)
	if a.status != http.StatusSeeOther || !b.signedIn() {
		t.Fatalf("%s cannot sign in: %d %s %.300s\nthe log: %s", p.name, a.status, a.to, a.body, s.said())
	}
	return b
}

// database opens the database of a folder beside whoever uses it.
func database(t testing.TB, data string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(data, "latchkey.db")+"?_busy_timeout=10000")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// value returns the first column of the first row, "" if there is none.
func value(t testing.TB, db *sql.DB, query string, args ...any) (text string) {
	t.Helper()
	var found sql.NullString
	if err := db.QueryRow(query, args...).Scan(&found); err != nil && err != sql.ErrNoRows {
		t.Fatalf("%s: %v", query, err)
	}
	return found.String
}

// integrity is what SQLite says of the whole database of a folder.
func integrity(t testing.TB, data string) string {
	t.Helper()
	return integrityOf(t, filepath.Join(data, "latchkey.db"))
}

// integrityOf is what it says of a file. The connection is a new one: of the index of texts
// an old one remembers a part, and calls it corrupt once others have written.
func integrityOf(t testing.TB, path string) string {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+path+"?_busy_timeout=10000")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	return value(t, db, `PRAGMA integrity_check`)
}
