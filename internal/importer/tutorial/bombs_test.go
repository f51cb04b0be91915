package tutorial

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"latchkey/internal/problem"
)

// crafted is a database of the tutorial with one user, as bytes that a test then breaks:
// pages of 4096 bytes, the schema in the first and the users in the second.
func crafted(t *testing.T, statements ...string) []byte {
	t.Helper()
	statements = append([]string{"PRAGMA page_size=4096", usersTable, "INSERT INTO users (id, username, hashed_password) VALUES (1, 'ada', '" + goodHash + "')"}, statements...)
	content, err := os.ReadFile(database(t, statements...))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

const testPage = 4096

// page returns a page of the file, from 1.
func page(file []byte, number int) []byte { return file[(number-1)*testPage : number*testPage] }

// inside makes a page one that leads to these others and to nothing else.
func inside(at []byte, offset int, children ...int) {
	head := at[offset:]
	clear(head)
	head[0] = insideTable
	binary.BigEndian.PutUint16(head[3:], uint16(len(children)-1))
	end := len(at)
	for i, child := range children[:len(children)-1] {
		end -= 5
		binary.BigEndian.PutUint32(at[end:], uint32(child))
		at[end+4] = byte(i + 1)
		binary.BigEndian.PutUint16(head[12+2*i:], uint16(end))
	}
	binary.BigEndian.PutUint16(head[5:], uint16(end))
	binary.BigEndian.PutUint32(head[8:], uint32(children[len(children)-1]))
}

// doubling leads from a page to the next of the same file again and again, level by
// level, and from the last to the page that was there at first: 100 to the power of the
// levels as many rows, in so many pages.
func doubling(file []byte, root, offset, levels int) []byte {
	last := append([]byte{}, page(file, root)...)
	number := len(file) / testPage
	again := func(child int) []int {
		children := make([]int, 100)
		for i := range children {
			children[i] = child
		}
		return children
	}
	inside(page(file, root), offset, again(number+1)...)
	for level := 1; level < levels; level++ {
		next := make([]byte, testPage)
		number++
		inside(next, 0, again(number+1)...)
		file = append(file, next...)
	}
	if offset > 0 { // the first page has a head that others have not
		copy(last, last[offset:offset+8+2*int(binary.BigEndian.Uint16(last[offset+3:]))])
	}
	file = append(file, last...)
	binary.BigEndian.PutUint32(file[28:], uint32(len(file)/testPage))
	return file
}

// bombs are databases that SQLite would read for ever, or for very long.
func bombs(t *testing.T) map[string][]byte {
	t.Helper()
	all := map[string][]byte{
		"rows": doubling(crafted(t), 2, 0, 8), "schema": doubling(crafted(t), 1, 100, 8),
	}
	circle := doubling(crafted(t), 2, 0, 2)
	inside(page(circle, 3), 0, 2, 2)
	all["circle"] = circle
	self := crafted(t)
	inside(page(self, 2), 0, 2, 2)
	all["itself"] = self
	cells := crafted(t)
	users := page(cells, 2)
	for i := range 1000 {
		copy(users[8+2*i:], users[8:10])
	}
	binary.BigEndian.PutUint16(users[3:], 1000)
	all["one row a thousand times"] = cells
	outside := crafted(t)
	inside(page(outside, 2), 0, 99999, 99998)
	all["outside"] = outside
	all["shared"] = crafted(t, "CREATE TABLE other (a)", "PRAGMA writable_schema=ON", "UPDATE sqlite_schema SET rootpage=2")
	chain := crafted(t, "INSERT INTO users (id, username) VALUES (2, hex(zeroblob(10000)))")
	for number := 3; number*testPage <= len(chain); number++ {
		binary.BigEndian.PutUint32(page(chain, number), 3) // further pages lead in a circle
	}
	at := int(binary.BigEndian.Uint16(page(chain, 2)[10:]))
	copy(page(chain, 2)[at:], "\x8f\xff\xff\xff\x7f") // and are told to have 4 GiB
	all["endless value"] = chain
	overlong := crafted(t)
	at = int(binary.BigEndian.Uint16(page(overlong, 2)[8:]))
	copy(page(overlong, 2)[at:], "\xff\xff\xff\xff\xff\xff\xff\xff\xff")
	all["overlong number"] = overlong
	for name, change := range map[string]func([]byte){
		"no page size": func(b []byte) { b[16], b[17] = 0, 0 }, "odd page size": func(b []byte) { b[16], b[17] = 3, 7 },
		"all reserved": func(b []byte) { b[20] = 255; b[16], b[17] = 2, 0 }, "no kind": func(b []byte) { b[100] = 7 },
		"too many cells": func(b []byte) { b[103], b[104] = 255, 255 }, "cell outside": func(b []byte) { b[108], b[109] = 255, 255 },
	} {
		broken := crafted(t)
		change(broken)
		all[name] = broken
	}
	return all
}

// TestEX03_CraftedDatabasesEnd reads each of them as an upload and as a file. What is
// refused is refused before SQLite has seen it.
func TestEX03_CraftedDatabasesEnd(t *testing.T) {
	t.Parallel()
	for name, content := range bombs(t) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		path := write(t, "bomb.db", string(content))
		users := 0
		count := func(User) error { users++; return nil }
		_, upload := ReadUpload(ctx, bytes.NewReader(content), count)
		_, file := Read(ctx, path, count)
		cancel()
		for way, err := range map[string]error{"upload": upload, "file": file} {
			if p := problem.As(err); users > 0 || p == nil || p.Message != notOurs {
				t.Errorf("%s, %s: %d users, then %v", name, way, users, err)
			}
		}
	}
}

// TestEX03_SoundDatabasesAreRead makes sure that nothing else is taken for crafted: pages
// of every size, deep tables, indexes, long values, views, triggers, text in UTF-16,
// what was deleted, and a file that cleans itself up.
func TestEX03_SoundDatabasesAreRead(t *testing.T) {
	t.Parallel()
	fill := "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id+1 FROM n WHERE id < 900) "
	for _, size := range []int{512, 4096, 65536} {
		for _, first := range []string{"PRAGMA encoding='UTF-8'", "PRAGMA encoding='UTF-16be'", "PRAGMA auto_vacuum=FULL", "PRAGMA auto_vacuum=INCREMENTAL"} {
			content, err := os.ReadFile(database(t, fmt.Sprintf("PRAGMA page_size=%d", size), first,
				"CREATE TABLE before (a TEXT UNIQUE, b BLOB)", usersTable, "CREATE TABLE w (a PRIMARY KEY, b) WITHOUT ROWID",
				"CREATE UNIQUE INDEX u ON users (username)", "CREATE INDEX p ON users (email) WHERE email IS NOT NULL",
				"CREATE VIEW v AS SELECT * FROM users", "CREATE TRIGGER t AFTER DELETE ON w BEGIN DELETE FROM before; END",
				"CREATE TABLE "+strings.Repeat("long", 100)+" (a)",
				fill+"INSERT INTO before SELECT 'a'||id, zeroblob(id*3) FROM n", fill+"INSERT INTO w SELECT 'w'||id, hex(zeroblob(300)) FROM n",
				fill+"INSERT INTO users (id, username, email, full_name) SELECT id, 'user'||id, 'user'||id||'@example.org', hex(zeroblob(id%2000)) FROM n",
				"DELETE FROM before WHERE a LIKE '%7%'", "DELETE FROM users WHERE id > 800"))
			if err != nil {
				t.Fatal(err)
			}
			users, last := 0, ""
			_, err = ReadUpload(t.Context(), bytes.NewReader(content), func(u User) error {
				users, last = users+1, u.Username
				return nil
			})
			if err != nil || users != 800 || last != "user800" {
				t.Errorf("pages of %d, %s: %d users, %v", size, first, users, err)
			}
		}
	}
}
