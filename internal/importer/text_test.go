package importer

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/user"
)

// twoUsers are what both text formats below hold.
func twoUsers(first, second int) []Row {
	return []Row{
		{
			Number: first, Given: "Ada", Username: "ada", Name: "Ada, \"L\"\u00e9", Email: "ada@example.org", EmailCanonical: "ada@example.org",
			Role: user.RoleAdmin, PasswordHash: goodHash, TOTPSecret: []byte("Hello!\xde\xad\xbe\xef"),
		},
		{Number: second, Given: "bob", Username: "bob", Role: user.RoleUser, Disabled: true, PasswordHash: goodHash},
	}
}

func TestCSV(t *testing.T) {
	t.Parallel()
	content := "\ufeffusername,name,email,role,disabled,password_hash,otp_secret\r\n" +
		"Ada,\"Ada, \"\"L\"\"\u00e9\",ada@example.org,admin,false," + goodHash + ",JBSWY3DPEHPK3PXP\r\n" +
		"\r\nbob,,,,yes," + goodHash + ",\r\n"
	rows, err := readAll(write(t, "x.csv", content), FormatCSV)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(twoUsers(2, 4), rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestCSVRefusesWhatIsNotOurs(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{
		"":                                    "The file is empty.",
		"username,dissabled\nada,1\n":         `Line 1 has a column "dissabled", which looks like a misspelt disabled. Mend its name, or leave the column out.`,
		"username,diabled\nada,1\n":           `Line 1 has a column "diabled", which looks like a misspelt disabled. Mend its name, or leave the column out.`,
		"username,otp_secert\nada,1\n":        `Line 1 has a column "otp_secert", which looks like a misspelt otp_secret. Mend its name, or leave the column out.`,
		"username,disabled?\nada,1\n":         `Line 1 has a column "disabled?", which looks like a misspelt disabled. Mend its name, or leave the column out.`,
		"username;email\n":                    "Line 1 has no column for the username. Name one of them username; values are separated by commas.",
		"name,email\n":                        "Line 1 has no column for the username. Name one of them username; values are separated by commas.",
		"username,email,username\n":           `Line 1 has "username" twice.`,
		"username,email,login\n":              `Line 1 has two columns for the same: "username" and "login".`,
		"username,disabled,active\n":          `Line 1 has two columns for the same: "disabled" and "active".`,
		"username" + strings.Repeat(",", 200): "The file has more than 200 columns.",
		"username,name\nada\n":                "Line 2 has more or fewer values than line 1 has columns.",
		"username,name\nada,x\n\nbob,1,2\n":   "Line 4 has more or fewer values than line 1 has columns.",
		"username,name\nada,\"x\ny\n":         "Line 3 is not valid CSV: a quote is missing or out of place.",
	} {
		_, err := readAll(write(t, "x.csv", content), FormatCSV)
		if got := badFileMessage(t, err); got != want {
			t.Errorf("%q: %q, want %q", content, got, want)
		}
	}
}

func TestCSVNumbersAreLines(t *testing.T) {
	t.Parallel()
	rows, err := readAll(write(t, "x.csv", "name,username,password_hash\n\"a\nb\",ada,"+goodHash+"\nc,bob,"+goodHash+"\n"), FormatCSV)
	if err != nil || len(rows) != 2 || rows[0].Number != 2 || rows[1].Number != 4 {
		t.Errorf("%+v, %v", rows, err)
	}
	if !rows[0].Bad() || rows[1].Bad() {
		t.Error("a line break in a name is not found")
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	first := `{"username": "Ada", "name": "Ada, \"L\"\u00e9", "email": "ada@example.org", "role": "admin", "disabled": false, "password_hash": "` + goodHash + `", "otp_secret": "JBSWY3DPEHPK3PXP"}`
	second := `{"username": "bob", "name": null, "disabled": true,` + "\n" + `"password_hash": "` + goodHash + `", "otp_secret": null}`
	for content, want := range map[string][]Row{
		"[" + first + ",\n" + second + "]\n":         twoUsers(1, 2),
		"\ufeff[\n" + first + ",\n\n" + second + "]": twoUsers(2, 4),
		first + "\n" + second + "\n":                 twoUsers(1, 2),
		"[]":                                         nil,
	} {
		rows, err := readAll(write(t, "x.json", content), FormatJSON)
		if err != nil {
			t.Errorf("%.20q: %v", content, err)
		}
		if diff := cmp.Diff(want, rows); diff != "" {
			t.Errorf("%.20q: rows (-want +got):\n%s", content, diff)
		}
	}
}

func TestJSONRefusesWhatIsNotOurs(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{
		"[{\"username\":\"ada\",\n\"dissabled\":true}]":   `Line 2 has a column "dissabled", which looks like a misspelt disabled. Mend its name, or leave the column out.`,
		`[{"username":"ada","login":"ada"}]`:              `Line 1 has two columns for the same: "username" and "login".`,
		`[{"username":"ada","extra":}]`:                   "Line 1 is not valid JSON.",
		"[{\n\n\"username\":\"a1\",\"username\":\"b1\"}]": `Line 3 has "username" twice.`,
		`[{"username":1}]`:                                `Line 1 has a value of the wrong type for "username".`,
		`[{"username":true}]`:                             `Line 1 has a value of the wrong type for "username".`,
		`[{"disabled":{}}]`:                               `Line 1 has a value of the wrong type for "disabled".`,
		`[{"username":{"a":1}}]`:                          `Line 1 has a value of the wrong type for "username".`,
		`[{"username":["a"]}]`:                            `Line 1 has a value of the wrong type for "username".`,
		"[\n[{\"username\":\"ada\"}]]":                    "Line 2 has something else than a list of users.",
		`"ada"`:                                           "Line 1 has something else than a list of users.",
		`[] []`:                                           "Line 1 has something else than a list of users.",
		`[] {}`:                                           "Line 1 has something else than a list of users.",
		"[{\"username\":\"ada\"},\n\n{\"username\":\"b1\" x}": "Line 3 is not valid JSON.",
		"[{\"username\":\"ada\"}\n":                           "The JSON ends too early, in line 1.",
		"[{\"username\":\n\"ada\"":                            "The JSON ends too early, in line 2.",
		"[{\"username\":\"a\xffb\"}]":                         `Line 1 has text for "username" that is not valid UTF-8.`,
		`[{"name":"\ud800"}]`:                                 `Line 1 has text for "name" that is not valid UTF-8.`,
	} {
		_, err := readAll(write(t, "x.json", content), FormatJSON)
		if got := badFileMessage(t, err); got != want {
			t.Errorf("%q: %q, want %q", content, got, want)
		}
	}
}

// TestJSONStreams reads a file that is never whole in memory, since it is made
// while it is read.
func TestJSONStreams(t *testing.T) {
	t.Parallel()
	const count = 5000
	reader, writer := io.Pipe()
	var written atomic.Int64
	go func() {
		for i := range count {
			written.Add(1)
			fmt.Fprintf(writer, "{\"username\": \"u%06dx\", \"password_hash\": %q}\n", i, goodHash)
		}
		writer.Close()
	}()
	rows, most := 0, 0
	err := readJSON(reader, new(columns), func(f fields) error {
		if rows++; f.number != rows {
			return fmt.Errorf("row %d is said to be in line %d", rows, f.number)
		}
		most = max(most, int(written.Load())-rows)
		return nil
	})
	if err != nil || rows != count || most > count/10 {
		t.Errorf("%d rows, read up to %d ahead, %v", rows, most, err)
	}
}

func TestReadErrorsAreNotTheFilesFault(t *testing.T) {
	t.Parallel()
	torn := errors.New("torn cable")
	for name, read := range map[string]func(io.Reader, *columns, func(fields) error) error{"csv": readCSV, "json": readJSON} {
		file := io.MultiReader(strings.NewReader(map[string]string{"csv": "username\na", "json": "[{"}[name]), failing{torn})
		if err := read(file, new(columns), func(fields) error { return nil }); !errors.Is(err, torn) {
			t.Errorf("%s: %v, want the cause", name, err)
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func FuzzCSV(f *testing.F) {
	f.Add("username,password_hash\nada," + goodHash + "\nADA," + goodHash + "\n")
	f.Add("username,email\n\"a,b\",x@y\n")
	f.Fuzz(func(t *testing.T, content string) { goodRowsAreGood(t, content, readCSV) })
}

func FuzzJSON(f *testing.F) {
	f.Add(`[{"username":"ada","disabled":true,"password_hash":"` + goodHash + `"}]`)
	f.Add("{\"username\":\"ada\"}\n{\"username\":\"ADA\",\"otp_secret\":null}")
	f.Fuzz(func(t *testing.T, content string) { goodRowsAreGood(t, content, readJSON) })
}

// goodRowsAreGood holds the rows that may be added against what the store needs.
func goodRowsAreGood(t *testing.T, content string, read func(io.Reader, *columns, func(fields) error) error) {
	last := 0
	_ = read(strings.NewReader(content), new(columns), func(f fields) error {
		r := judge(f)
		if r.Number < last || r.Number > 1+strings.Count(content, "\n") {
			t.Errorf("row %d comes after %d", r.Number, last)
		}
		last = r.Number
		if r.Bad() {
			return nil
		}
		if name, err := user.CheckUsername(r.Given); err != nil || name != r.Username || user.CheckHash(r.PasswordHash) != nil {
			t.Errorf("row %+v is not bad", r)
		}
		return nil
	})
}

// A file of line breaks would be remembered at eight bytes each.
func TestJSONOfLineBreaksIsRefused(t *testing.T) {
	t.Parallel()
	row := `{"username": "ada"}`
	for breaks, refused := range map[int]bool{maxBreaks / 2: false, 3 * maxBreaks: true} {
		_, err := readAll(write(t, "x.json", "["+strings.Repeat("\n", breaks)+row+"]"), FormatJSON)
		if !refused {
			if err != nil {
				t.Errorf("%d line breaks: %v", breaks, err)
			}
			continue
		}
		if got := badFileMessage(t, err); got != "After line 1 there are more than 100000 lines without a new value." {
			t.Errorf("%d line breaks: %q", breaks, got)
		}
	}
	many := strings.TrimSuffix(strings.Repeat(row+",\n\n", maxBreaks), ",\n\n")
	rows, err := readAll(write(t, "many.json", "["+many+"]"), FormatJSON)
	if err != nil || len(rows) != maxBreaks {
		t.Errorf("%d rows of %d, %v", len(rows), maxBreaks, err)
	}
}
