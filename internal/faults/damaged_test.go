package faults

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// harm is something that happens to the files of an instance.
type harm struct {
	name string
	do   func(t *testing.T, p people, other string)
	// told says that the server must notice; else it may go on, if nothing that it needs is gone.
	told bool
	// starts says that a server may start on it.
	starts bool
}

// cut shortens a file to a part of its length, given in percent.
func cut(name string, percent int64) func(*testing.T, people, string) {
	return func(t *testing.T, p people, _ string) {
		t.Helper()
		path := filepath.Join(p.data, name)
		info, err := os.Stat(path)
		if err == nil {
			err = os.Truncate(path, info.Size()*percent/100)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// replaced puts another file in the place of the database: written over, or under its name.
func replaced(over bool) func(*testing.T, people, string) {
	return func(t *testing.T, p people, other string) {
		t.Helper()
		path := filepath.Join(p.data, "latchkey.db")
		to := path
		if !over {
			to += "-coming"
		}
		err := copyFile(other, to)
		if err == nil && !over {
			err = os.Rename(to, path)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

var harms = []harm{
	{"deleted", func(t *testing.T, p people, _ string) { moved(t, filepath.Join(p.data, "latchkey.db")) }, true, false},
	{"its log deleted", func(t *testing.T, p people, _ string) { moved(t, filepath.Join(p.data, "latchkey.db-wal")) }, true, true},
	{"emptied", cut("latchkey.db", 0), true, false},
	{"cut to a half", cut("latchkey.db", 50), true, false},
	{"without its end", cut("latchkey.db", 97), true, false},
	{"its log emptied", cut("latchkey.db-wal", 0), true, true},
	{"its log cut to a half", cut("latchkey.db-wal", 50), true, true},
	{"another instance's under its name", replaced(false), true, false},
	{"another instance's written over it", replaced(true), true, false},
}

// looked is what the server says once it has looked at its files and noted how far it had come,
// which is a moment after the first request that failed.
var looked = regexp.MustCompile(`"msg":"[^"]*while it was in use`)

// TestAV05_HarmedWhileServing does it to the files of a server that runs: nobody is let in
// by what is not there, nothing panics, the log and /readyz say what is wrong, a start says
// why it does not, or begins without anything from before. With the right files everything
// is as it was.
func TestAV05_HarmedWhileServing(t *testing.T) {
	t.Parallel()
	other := instance(t) // another key, other people
	if err := errors.Join(os.RemoveAll(other.data), os.Mkdir(other.data, 0o700)); err != nil {
		t.Fatal(err)
	}
	s := start(t, other.data, how{})
	if err := s.stop(t); err != nil {
		t.Fatal(err)
	}
	for _, h := range harms {
		t.Run(h.name, func(t *testing.T) {
			t.Parallel()
			h.whileServing(t, filepath.Join(other.data, "latchkey.db"))
		})
	}
}

func (h harm) whileServing(t *testing.T, other string) {
	p := instance(t)
	s := start(t, p.data, how{})
	in := p.users[0].must(t, s, 0)
	code := p.users[1].code(0)
	p.users[1].must(t, s, 0)
	good := p.copied(t, filepath.Join(t.TempDir(), "good"))
	s.hush()
	h.do(t, p, other)
	if h.told {
		s.ready(t, http.StatusServiceUnavailable)
	}
	for range 3 {
		if a := newBrowser(s).post("/login", "username", p.users[2].name, "password", firstPassword); a.status != http.StatusServiceUnavailable {
			t.Errorf("a sign-in is answered %d %s", a.status, a.to)
		}
		if a := in.copied().get("/profile"); a.status != http.StatusOK && a.status != http.StatusServiceUnavailable {
			t.Errorf("a page is answered %d %s", a.status, a.to)
		}
	}
	for _, words := range []string{"panic", "goroutine "} {
		if strings.Contains(s.said(), words) {
			t.Errorf("the log says %q: %s", words, s.said())
		}
	}
	s.waitLog(t, "ERROR")
	if h.told && !within(patience, func() bool { return looked.MatchString(s.said()) }) {
		t.Errorf("the server has not looked at its files: %s", s.said())
	}
	if *long {
		t.Logf("the log says: %.600s", lineWith(s.said(), "ERROR"))
	}
	s.kill()
	if again, err := serve(t, p.data, how{}); err == nil {
		if !h.starts {
			t.Error("a server starts on it")
		}
		if again.setup != "" {
			t.Errorf("it asks for a set-up: %s", again.setup)
		}
		again.ready(t, http.StatusOK)
		b := newBrowser(again)
		p.users[1].begin(b)
		if a := b.post("/login/code", "code", code); a.leads("/profile") {
			t.Error("a code works twice")
		}
		again.kill()
	} else if text := refusal(t, h.name, err); *long {
		t.Logf("a start says: %s", text)
	}
	s = start(t, good.data, how{})
	recovers(t, h.name, s, in.at(s), &p.users[3])
}

// lineWith is the first line of a text with a word in it.
func lineWith(text, word string) string {
	for line := range strings.Lines(text) {
		if strings.Contains(line, word) {
			return line
		}
	}
	return ""
}

// TestAV05_FlippedBits changes a bit in a page of the database, of each table and index in
// turn, and starts a server on it. It says that the database is damaged; or it serves, and
// then answers nothing but pages, refusals and 503, and lets nobody in by what was used.
func TestAV05_FlippedBits(t *testing.T) {
	t.Parallel()
	p := instance(t)
	s := start(t, p.data, how{})
	code := p.users[1].code(0)
	p.users[1].must(t, s, 0)
	if err := s.stop(t); err != nil {
		t.Fatal(err)
	}
	pages := roots(t, p.data)
	chance := rand.New(rand.NewPCG(1, 2))
	if !*long {
		chance.Shuffle(len(pages), func(i, j int) { pages[i], pages[j] = pages[j], pages[i] })
		at := slices.IndexFunc(pages, func(r root) bool { return r.name == "users" })
		pages = append(pages[:3:3], pages[at])
	}
	refused, served := 0, 0
	for _, page := range pages {
		for _, at := range []int{chance.IntN(8), 8 + chance.IntN(1000), 4096 - 1 - chance.IntN(200)} {
			again := p.copied(t, filepath.Join(t.TempDir(), "data"))
			flip(t, filepath.Join(again.data, "latchkey.db"), int64(page.number-1)*4096+int64(at), byte(1<<chance.IntN(8)))
			what := fmt.Sprintf("a bit of byte %d of page %d (%s)", at, page.number, page.name)
			s, err := serve(t, again.data, how{})
			if err != nil {
				refused++
				refusal(t, what, err)
				continue
			}
			served++
			judgeDamaged(t, what, s, again, code)
			s.kill()
		}
	}
	if *long {
		t.Logf("of %d damaged databases %d were refused at the start, %d served", refused+served, refused, served)
	}
}

func judgeDamaged(t *testing.T, what string, s *server, p people, code string) {
	t.Helper()
	b := newBrowser(s)
	for _, a := range []answer{
		newBrowser(s).get("/login"), newBrowser(s).get("/readyz"),
		p.users[1].begin(b), b.post("/login/code", "code", code),
		newBrowser(s).post("/login", "username", p.users[2].name, "password", "wrong"),
	} {
		if a.leads("/profile") || a.status == 0 || a.status >= 500 && a.status != http.StatusServiceUnavailable {
			t.Errorf("%s: answered %d %s: %.200s; the log: %s", what, a.status, a.to, a.body, lineWith(s.said(), "ERROR"))
		}
	}
	if s.setup != "" || strings.Contains(s.said(), "panic") {
		t.Errorf("%s: set-up %q, the log: %s", what, s.setup, s.said())
	}
}

// root is the first page of a table or an index.
type root struct {
	name   string
	number int
}

func roots(t *testing.T, data string) (all []root) {
	t.Helper()
	db := database(t, data)
	defer db.Close()
	rows, err := db.Query(`SELECT name, rootpage FROM sqlite_schema WHERE rootpage > 0`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	all = []root{{"the first page", 1}}
	for rows.Next() {
		var r root
		if err := rows.Scan(&r.name, &r.number); err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	if rows.Err() != nil || len(all) < 20 {
		t.Fatalf("%d pages, %v", len(all), rows.Err())
	}
	return all
}

func flip(t *testing.T, path string, at int64, bit byte) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var one [1]byte
	if _, err := file.ReadAt(one[:], at); err != nil {
		t.Fatal(err)
	}
	one[0] ^= bit
	if _, err := file.WriteAt(one[:], at); err != nil {
		t.Fatal(err)
	}
}
