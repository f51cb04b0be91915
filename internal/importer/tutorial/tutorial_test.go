package tutorial

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"latchkey/internal/problem"

	"github.com/google/go-cmp/cmp"
)

const (
	fixture  = "../testdata/twofactor_app.db"
	goodHash = "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW"
)

// readAll returns the users before the first error, and that.
func readAll(path string) (all []User, err error) {
	_, err = Read(context.Background(), path, func(u User) error {
		all = append(all, u)
		return nil
	})
	return all, err
}

// write makes a file for one test.
func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// badFileMessage returns the sentence for people in err.
func badFileMessage(t *testing.T, err error) string {
	t.Helper()
	p := problem.As(err)
	if p == nil || p.Kind != problem.Invalid || p.Field != "file" {
		t.Fatalf("%v, want a problem with the field file", err)
	}
	return p.Message
}

func TestFileIsNotTouched(t *testing.T) {
	t.Parallel()
	before, err := os.ReadFile(fixture)
	if err != nil {
		t.Fatal(err)
	}
	// The name is one that a careless data source name would take apart.
	dir := filepath.Join(t.TempDir(), "a b")
	path := filepath.Join(dir, "x?mode=rwc#%41.db")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, before, 0o400); err != nil {
		t.Fatal(err)
	}
	for _, spelling := range []string{path, "/" + path} {
		if rows, err := readAll(spelling); err != nil || len(rows) != 7 {
			t.Fatalf("%q: %d rows, %v", spelling, len(rows), err)
		}
	}
	after, err := os.ReadFile(path)
	if err != nil || sha256.Sum256(after) != sha256.Sum256(before) {
		t.Errorf("the file has changed, %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("beside the file there is %v, %v", left, err)
	}
}

// database makes a SQLite file with these statements and returns its path.
func database(t *testing.T, statements ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.db")
	db, err := sql.Open("sqlite3", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	return path
}

const usersTable = `CREATE TABLE users (id INTEGER PRIMARY KEY, username, email, full_name, hashed_password, otp_secret, disabled, role)`

func TestValuesOfAnyType(t *testing.T) {
	t.Parallel()
	path := database(t, usersTable, `INSERT INTO users VALUES
		(3, 'text', NULL, NULL, '`+goodHash+`', NULL, 'true', NULL), (9, x'61646131', '', '', CAST('`+goodHash+`' AS BLOB), '', NULL, 'user'),
		(11, 12345, NULL, 7, 3.5, 1, 2, 1), (12, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`)
	rows, err := readAll(path)
	if err != nil {
		t.Fatal(err)
	}
	want := []User{
		{Number: 3, Username: "text", PasswordHash: goodHash, Disabled: "true"},
		{Number: 9, Username: "ada1", PasswordHash: goodHash, Role: "user"},
		{Number: 11, Username: "12345", Name: "7", PasswordHash: "3.5", OTPSecret: "1", Disabled: "2", Role: "1"},
		{Number: 12},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestRefusesWhatIsNotOne(t *testing.T) {
	t.Parallel()
	const fill = "username, email, full_name, hashed_password, otp_secret, disabled, role"
	junk := write(t, "junk.db", strings.Repeat("no database ", 1000))
	torn := write(t, "torn.db", "SQLite format 3\x00"+strings.Repeat("\xff", 5000))
	for name, c := range map[string]struct{ path, want string }{
		"junk":     {junk, "The file is not a database from the tutorial, or it is damaged."},
		"torn":     {torn, "The file is not a database from the tutorial, or it is damaged."},
		"empty":    {write(t, "empty.db", ""), "The database has no users table, or its users table has computed columns."},
		"no table": {database(t, "CREATE TABLE people (id)"), "The database has no users table, or its users table has computed columns."},
		"no role": {
			database(t, "CREATE TABLE users (id INTEGER PRIMARY KEY, username, email, full_name, hashed_password, otp_secret, disabled)"),
			"The users table does not have the tutorial's columns: id, username, email, full_name, hashed_password, otp_secret, disabled, role.",
		},
		"endless view": {
			database(t, "CREATE VIEW users AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id+1 FROM n) SELECT id, 'u' AS username, 'x' AS email, 'x' AS full_name, 'x' AS hashed_password, 'x' AS otp_secret, 0 AS disabled, 'x' AS role FROM n"),
			"The database has no users table, or its users table has computed columns.",
		},
		"virtual": {database(t, "CREATE VIRTUAL TABLE users USING fts5("+fill+")"), "The database has no users table, or its users table has computed columns."},
		"huge": {
			database(t, "CREATE TABLE users (id INTEGER PRIMARY KEY, "+fill+")", "INSERT INTO users (id, username, full_name) VALUES (1, 'ada', hex(zeroblob(9000)))"),
			"A value in the users table is longer than 16384 bytes.",
		},
		"computed": {
			database(t, "CREATE TABLE users (id INTEGER PRIMARY KEY, username, email, full_name, hashed_password, otp_secret, disabled, role AS (hex(zeroblob(4000))))",
				"INSERT INTO users (id, username) VALUES (1, 'ada')"),
			"The database has no users table, or its users table has computed columns.",
		},
	} {
		_, err := readAll(c.path)
		if got := badFileMessage(t, err); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestInUse(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.db")
	db, err := sql.Open("sqlite3", "file:"+path+"?_journal_mode=WAL")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(usersTable + "; INSERT INTO users (id, username) VALUES (1, 'ada')"); err != nil {
		t.Fatal(err)
	}
	before := contents(t, filepath.Dir(path))
	if rows, err := readAll(path); err != nil || len(rows) != 1 || rows[0].Username != "ada" {
		t.Errorf("with a log beside it: %v, %v", rows, err)
	}
	if diff := cmp.Diff(before, contents(t, filepath.Dir(path))); diff != "" {
		t.Errorf("reading changed the files (-before +after):\n%s", diff)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	// Closed, it still says WAL inside, and an ordinary reader would make a new log.
	warning, err := Read(t.Context(), path, func(u User) error {
		if u.Username != "ada" {
			t.Errorf("once closed: %+v", u)
		}
		if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
			t.Errorf("beside the file there is %v, %v", left, err)
		}
		return nil
	})
	if err != nil || warning != logMayBeMissing {
		t.Errorf("once closed: %q, %v", warning, err)
	}
	if err := os.WriteFile(path+"-journal", []byte("hot"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = readAll(path)
	if got := badFileMessage(t, err); !strings.Contains(got, "-journal") {
		t.Errorf("with a journal beside it: %q", got)
	}
}

func TestForeignSchemasAreDistrusted(t *testing.T) {
	t.Parallel()
	db, err := sql.Open("sqlite3", "file:"+database(t, usersTable))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := distrust(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	var trusted, checked int
	row := conn.QueryRowContext(t.Context(), "SELECT trusted_schema, cell_size_check FROM pragma_trusted_schema, pragma_cell_size_check")
	if err := row.Scan(&trusted, &checked); err != nil || trusted != 0 || checked != 1 {
		t.Errorf("trusted_schema %d, cell_size_check %d, %v", trusted, checked, err)
	}
}

// contents are the files in a folder, to be compared.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, file := range files {
		content, err := os.ReadFile(filepath.Join(dir, file.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[file.Name()] = string(content)
	}
	return all
}
