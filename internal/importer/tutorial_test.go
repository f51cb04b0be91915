package importer

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"latchkey/internal/factor"
	"latchkey/internal/user"
)

func TestTutorialFixture(t *testing.T) {
	t.Parallel()
	rows, err := readAll(fixture, FormatTutorial)
	if err != nil {
		t.Fatal(err)
	}
	want := []Row{
		{
			Number: 1, Given: "johndoe", Username: "johndoe", Name: "John Doe", Email: "johndoe@example.com", EmailCanonical: "johndoe@example.com",
			Role: user.RoleAdmin, PasswordHash: johnHash,
		},
		{
			Number: 2, Given: "alicewonderland", Username: "alicewonderland", Name: "Alice Wonderland", Email: "alice@example.com", EmailCanonical: "alice@example.com",
			Role: user.RoleUser, PasswordHash: goodHash,
		},
		{
			Number: 3, Given: "bob.disabled", Username: "bob.disabled", Name: "Bob Disabled", Email: "bob@example.com", EmailCanonical: "bob@example.com",
			Role: user.RoleUser, Disabled: true, PasswordHash: goodHash,
		},
		{Number: 4, Given: "carol", Username: "carol", Name: `Carol "Née" O'Brien <b>`, Role: user.RoleUser, PasswordHash: goodHash},
		{
			Number: 5, Given: "dave", Username: "dave", Role: user.RoleUser, PasswordHash: goodHash,
			Notes: []string{`The role "moderator" becomes user.`}, Problems: []string{"The authenticator secret is not base32."},
		},
		{
			Number: 6, Given: "Johndoe", Username: "johndoe", Name: "Case Clash", Email: "john2@example.com", EmailCanonical: "john2@example.com",
			Role: user.RoleUser, PasswordHash: goodHash,
		},
		{
			Number: 7, Given: "erin", Username: "erin", Name: "Erin Nohash", Email: "erin@example.com", EmailCanonical: "erin@example.com",
			Role: user.RoleUser, Problems: []string{"The password hash is in a format we cannot verify."},
		},
	}
	if diff := cmp.Diff(want, rows, cmpopts.IgnoreFields(Row{}, "TOTPSecret")); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	for i, want := range []string{"LGLEREYEPVVWTLYO", "JBSWY3DPEHPK3PXP", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "", "", "LGLEREYEPVVWTLYO", "LGLEREYEPVVWTLYO"} {
		if got := factor.EncodeSecret(rows[i].TOTPSecret); got != want {
			t.Errorf("the secret of row %d is %q, want %q", i+1, got, want)
		}
	}
}

func TestTutorialFileIsNotTouched(t *testing.T) {
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
		if rows, err := readAll(spelling, FormatTutorial); err != nil || len(rows) != 7 {
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

const tutorialTable = `CREATE TABLE users (id INTEGER PRIMARY KEY, username, email, full_name, hashed_password, otp_secret, disabled, role)`

func TestTutorialValuesOfAnyType(t *testing.T) {
	t.Parallel()
	path := database(t, tutorialTable, `INSERT INTO users VALUES
		(3, 'text', NULL, NULL, '`+goodHash+`', NULL, 'true', NULL), (9, x'61646131', '', '', CAST('`+goodHash+`' AS BLOB), '', NULL, 'user'),
		(11, 12345, NULL, 7, 3.5, 1, 2, 1), (12, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`)
	rows, err := readAll(path, FormatTutorial)
	if err != nil || len(rows) != 4 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if rows[0].Bad() || !rows[0].Disabled || rows[0].Number != 3 {
		t.Errorf("text: %+v", rows[0])
	}
	if rows[1].Bad() || rows[1].Disabled || rows[1].Username != "ada1" {
		t.Errorf("bytes and nothing: %+v", rows[1])
	}
	if !rows[2].Bad() || !rows[3].Bad() {
		t.Errorf("numbers: %q, nulls: %q", rows[2].Problems, rows[3].Problems)
	}
}

func TestTutorialRefusesWhatIsNotOne(t *testing.T) {
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
		_, err := readAll(c.path, FormatTutorial)
		if got := badFileMessage(t, err); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestTutorialInUse(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.db")
	db, err := sql.Open("sqlite3", "file:"+path+"?_journal_mode=WAL")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(tutorialTable + "; INSERT INTO users (id, username) VALUES (1, 'ada')"); err != nil {
		t.Fatal(err)
	}
	before := contents(t, filepath.Dir(path))
	if rows, err := readAll(path, FormatTutorial); err != nil || len(rows) != 1 || rows[0].Given != "ada" {
		t.Errorf("with a log beside it: %v, %v", rows, err)
	}
	if diff := cmp.Diff(before, contents(t, filepath.Dir(path))); diff != "" {
		t.Errorf("reading changed the files (-before +after):\n%s", diff)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	// Closed, it still says WAL inside, and an ordinary reader would make a new log.
	f, err := Open(path, FormatTutorial)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for row, err := range f.Rows(context.Background()) {
		if err != nil || row.Given != "ada" {
			t.Errorf("once closed: %v, %v", row, err)
		}
		if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
			t.Errorf("beside the file there is %v, %v", left, err)
		}
	}
	if diff := cmp.Diff([]string{logMayBeMissing}, f.Warnings()); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	if err := os.WriteFile(path+"-journal", []byte("hot"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = readAll(path, FormatTutorial)
	if got := badFileMessage(t, err); !strings.Contains(got, "-journal") {
		t.Errorf("with a journal beside it: %q", got)
	}
}

func TestForeignSchemasAreDistrusted(t *testing.T) {
	t.Parallel()
	db, err := sql.Open("sqlite3", "file:"+database(t, tutorialTable))
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
