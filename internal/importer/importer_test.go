package importer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/problem"
	"latchkey/internal/user"
)

const (
	fixture  = "testdata/twofactor_app.db"
	johnHash = "$2b$12$rMFOsKHq6qaX6bbPB0pb6.ymbwF63soIe19af9qd.1Q8PhbCVfXSO"
	goodHash = "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW"
)

// readAll returns the rows before the first error, and that.
func readAll(path string, format Format) ([]Row, error) {
	f, err := Open(path, format)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return collect(f)
}

func collect(f *File) (rows []Row, err error) {
	for row, err := range f.Rows(context.Background()) {
		if err != nil {
			return rows, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// stream is readAll for a file that arrives.
func stream(content string) ([]Row, *File, error) {
	f := Stream(strings.NewReader(content))
	rows, err := collect(f)
	return rows, f, err
}

// write makes a file for one test.
func write(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestGuess(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]Format{
		"SQLite format 3\x00rest": FormatTutorial, "[]": FormatJSON, " \n\t[{": FormatJSON, "{\"username\":": FormatJSON, "\ufeff[": FormatJSON,
		"username,email\n": FormatCSV, "\ufeffusername": FormatCSV, "": FormatCSV, "SQLite": FormatCSV, strings.Repeat(" ", 600) + "[": FormatCSV,
	} {
		f, err := Open(write(t, "x", content), "")
		if err != nil {
			t.Fatal(err)
		}
		if f.Format != want || Stream(strings.NewReader(content)).Format != want {
			t.Errorf("%.20q is taken for %q, want %q", content, f.Format, want)
		}
		f.Close()
	}
	f, err := Open(fixture, "")
	if err != nil || f.Format != FormatTutorial {
		t.Errorf("the tutorial's file is taken for %q, %v", f.Format, err)
	}
	f.Close()
}

func TestReadRefusesFilesThatAreNotThere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, format := range []Format{FormatTutorial, FormatCSV, FormatJSON} {
		if rows, err := readAll(filepath.Join(dir, "absent"), format); !errors.Is(err, fs.ErrNotExist) || len(rows) > 0 {
			t.Errorf("%s: %v, %v", format, rows, err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("reading made %v, %v", left, err)
	}
	if _, err := readAll(fixture, "xml"); err == nil {
		t.Error("an unknown format is read")
	}
}

func TestReadStopsWhenTheCallerDoes(t *testing.T) {
	t.Parallel()
	path := write(t, "x.csv", "username,password_hash\nada,"+goodHash+"\nbroken\n")
	f, err := Open(path, FormatCSV)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for row, err := range f.Rows(context.Background()) {
		if err != nil || row.Given != "ada" {
			t.Errorf("first: %v, %v", row, err)
		}
		break
	}
	tutorial, err := Open(fixture, FormatTutorial)
	if err != nil {
		t.Fatal(err)
	}
	defer tutorial.Close()
	for _, err := range tutorial.Rows(context.Background()) {
		if err != nil {
			t.Error(err)
		}
		break
	}
}

func TestRefuse(t *testing.T) {
	t.Parallel()
	var r Row
	if r.Bad() {
		t.Error("an empty row is bad")
	}
	r.Refuse("There is a user of that name already.")
	if !r.Bad() || len(r.Problems) != 1 {
		t.Errorf("after Refuse: %v", r.Problems)
	}
}

func TestRowsAreJudged(t *testing.T) {
	t.Parallel()
	ok := fields{number: 7, username: "Ada", hash: goodHash}
	want := Row{Number: 7, Given: "Ada", Username: "ada", Role: user.RoleUser, PasswordHash: goodHash}
	for name, c := range map[string]struct {
		change func(*fields)
		want   func(*Row)
	}{
		"plain":        {func(*fields) {}, func(*Row) {}},
		"admin":        {func(f *fields) { f.role = "admin" }, func(r *Row) { r.Role = user.RoleAdmin }},
		"Admin":        {func(f *fields) { f.role = "Admin" }, func(r *Row) { r.Notes = []string{`The role "Admin" becomes user.`} }},
		"moderator":    {func(f *fields) { f.role = "moderator" }, func(r *Row) { r.Notes = []string{`The role "moderator" becomes user.`} }},
		"role user":    {func(f *fields) { f.role = "user" }, func(*Row) {}},
		"disabled":     {func(f *fields) { f.disabled = "TRUE" }, func(r *Row) { r.Disabled = true }},
		"disabled 1":   {func(f *fields) { f.disabled = "1" }, func(r *Row) { r.Disabled = true }},
		"disabled t":   {func(f *fields) { f.disabled = "t" }, func(r *Row) { r.Disabled = true }},
		"enabled":      {func(f *fields) { f.disabled = "0" }, func(*Row) {}},
		"email":        {func(f *fields) { f.email = "Ada@Example.org" }, func(r *Row) { r.Email, r.EmailCanonical = "Ada@Example.org", "ada@example.org" }},
		"secret":       {func(f *fields) { f.totpSecret = "jbsw y3dp ehpk 3pxp" }, func(r *Row) { r.TOTPSecret = []byte("Hello!\xde\xad\xbe\xef") }},
		"name":         {func(f *fields) { f.name = `Carol "Née" O'Brien <b>` }, func(r *Row) { r.Name = `Carol "Née" O'Brien <b>` }},
		"disabled x":   {func(f *fields) { f.disabled = "perhaps" }, func(r *Row) { r.Disabled = true; r.Problems = []string{"Disabled must be true or false."} }},
		"bad email":    {func(f *fields) { f.email = "ada" }, func(r *Row) { r.Problems = []string{"The email address is not in the correct format."} }},
		"bad secret":   {func(f *fields) { f.totpSecret = "not base32!" }, func(r *Row) { r.Problems = []string{"The authenticator secret is not base32."} }},
		"short secret": {func(f *fields) { f.totpSecret = "JBSWY3DP" }, func(r *Row) { r.Problems = []string{"The authenticator secret is shorter than 80 bits."} }},
		"bad name":     {func(f *fields) { f.name = "a\x1b[2J" }, func(r *Row) { r.Problems = []string{"Name must not contain control characters."} }},
		"number": {func(f *fields) { f.username = "123" }, func(r *Row) {
			r.Given, r.Username, r.Problems = "123", "", []string{"Username must not be only numbers."}
		}},
		"no hash":     {func(f *fields) { f.hash = "" }, func(r *Row) { r.PasswordHash, r.Invite, r.Problems = "", true, []string{NoHash} }},
		"broken hash": {func(f *fields) { f.hash = "hunter2" }, unknown},
		"PW08 t=0": {func(f *fields) {
			f.hash = "$argon2id$v=19$m=65536,t=0,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
		}, broken},
		"PW08 m=4 TiB": {func(f *fields) {
			f.hash = "$argon2id$v=19$m=4294967295,t=3,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
		}, costly},
		"PW08 cost 31":      {func(f *fields) { f.hash = "$2b$31$" + goodHash[7:] }, costly},
		"trailing line":     {func(f *fields) { f.hash = goodHash + "\n" }, broken},
		"PW08 too costly":   {func(f *fields) { f.hash = argonHash(262144, 20) }, costly},
		"as costly as ours": {func(f *fields) { f.hash = argonHash(65536, 3) }, func(r *Row) { r.PasswordHash = argonHash(65536, 3) }},
	} {
		f, expected := ok, want
		c.change(&f)
		c.want(&expected)
		if diff := cmp.Diff(expected, judge(f, false)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	two := judge(fields{username: "a b", hash: "x"}, false)
	if len(two.Problems) != 2 {
		t.Errorf("only %q of two problems", two.Problems)
	}
}

func broken(r *Row) {
	r.PasswordHash, r.Problems = "", []string{"The password hash is damaged."}
}

func costly(r *Row) {
	r.PasswordHash, r.Problems = "", []string{"The password hash takes more memory or time to verify than we allow."}
}

func unknown(r *Row) {
	r.PasswordHash, r.Problems = "", []string{"The password hash is in a format we cannot verify."}
}

func TestHashesOfAllKinds(t *testing.T) {
	t.Parallel()
	const argon = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	for given, want := range map[string]string{
		goodHash: goodHash, "$2a$" + goodHash[4:]: "$2a$" + goodHash[4:], "$2y$" + goodHash[4:]: "$2y$" + goodHash[4:], argon: argon,
		"bcrypt$" + goodHash: goodHash, "argon2" + argon: argon, "bcrypt_sha256$" + goodHash: "bcrypt_sha256$" + goodHash,
		"pbkdf2_sha256$1000$NaClNaClNaCl$ZJzr3wA3Fcul9fiymjYpdJs87e1ehd/Bjytxhx0GYYU=": "$pbkdf2-sha256$1000$TmFDbE5hQ2xOYUNs$ZJzr3wA3Fcul9fiymjYpdJs87e1ehd/Bjytxhx0GYYU",
	} {
		if r := judge(fields{username: "ada", hash: given}, false); r.Bad() || r.PasswordHash != want {
			t.Errorf("%.12s… is stored as %q: %v", given, r.PasswordHash, r.Problems)
		}
	}
}

func TestSecretsAreNotRepeated(t *testing.T) {
	t.Parallel()
	const secret = "hunter2-do-not-show"
	r := judge(fields{username: "ada", hash: secret, totpSecret: secret + "!", email: secret, disabled: secret, name: secret + "\x00"}, false)
	if said := strings.Join(append(r.Problems, r.Notes...), " "); strings.Contains(said, "hunter2") || len(r.Problems) != 5 {
		t.Errorf("the report says %q", r.Problems)
	}
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

// argonHash is a well-formed argon2id hash of that memory in KiB and passes.
func argonHash(memory, passes int) string {
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=1$%s$%s", memory, passes, strings.Repeat("A", 22), strings.Repeat("A", 43))
}
