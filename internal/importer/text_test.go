package importer

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/importer/tutorial"
	"latchkey/internal/password"
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

func TestJSON(t *testing.T) {
	t.Parallel()
	first := `{"username": "Ada", "name": "Ada, \"L\"\u00e9", "email": "ada@example.org", "role": "admin", "disabled": false, "password_hash": "` + goodHash + `", "otp_secret": "JBSWY3DPEHPK3PXP"}`
	second := `{"username": "bob", "name": null, "disabled": true,` + "\n" + `"password_hash": "` + goodHash + `", "otp_secret": null}`
	for content, want := range map[string][]Row{
		"[" + first + ",\n" + second + "]\n":         twoUsers(1, 2),
		"\ufeff[\n" + first + ",\n\n" + second + "]": twoUsers(1, 2),
		first + "\n" + second + "\n":                 twoUsers(1, 2),
		`{"version": 2, "total": {"users": [1]}, "Users": [` + first + "," + second + `], "next": [null, {"username": "x"}]}`: twoUsers(1, 2),
		`[` + first + `, ` + strings.ReplaceAll(second, "\n", " ") + `]`:                                                      twoUsers(1, 2),
		"[]": nil,
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
		"[{\"username\":\"ada\",\n\"dissabled\":true}]": `The column "dissabled" looks like a misspelt disabled. Fix its name, or leave the column out.`,
		`[{"username":"ada","extra":}]`:                 "Line 1 is not valid JSON, after 1 user.",
		`"ada"`:                                         "Line 1 has something other than a list of users.",
		`[] []`:                                         "Line 1 has something other than a list of users.",
		`[] {}`:                                         "Line 1 has something other than a list of users.",
		`{"users":[]} {}`:                               "Line 1 has something other than a list of users.",
		"[{\"username\":\"ada\"},\n\n{\"username\":\"b1\" x}": "Line 3 is not valid JSON, after 2 users.",
		"[{\"username\":\"ada\"}\n":                           "The JSON ends too early, on line 1, after 1 user.",
		"[{\"username\":\n\"ada\"":                            "The JSON ends too early, on line 2, after 1 user.",
		"{\"x\":" + strings.Repeat("[", 20000):                "Line 1 is nested too deeply.",
	} {
		_, err := readAll(write(t, "x.json", content), FormatJSON)
		if got := badFileMessage(t, err); got != want {
			t.Errorf("%.60q: %q, want %q", content, got, want)
		}
	}
}

// TestJSONBadElements are rows like any other: the element behind them is read.
func TestJSONBadElements(t *testing.T) {
	t.Parallel()
	for element, want := range map[string]string{
		`{"username":"ada","login":"ada"}`:   `It has two values with the same meaning: "username" and "login".`,
		`{"username":"a1","username":"b1"}`:  `It has "username" twice.`,
		`{"username":true}`:                  `The value of "username" is of the wrong type.`,
		`{"disabled":{}}`:                    `The value of "disabled" is of the wrong type.`,
		`{"username":{"a":1,"b":[{}]}}`:      `The value of "username" is of the wrong type.`,
		`{"username":["a"]}`:                 `The value of "username" is of the wrong type.`,
		`[{"username":"ada"}]`:               "This is not an object with the values of a user.",
		`null`:                               "This is not an object with the values of a user.",
		`"$2b$04$secret"`:                    "This is not an object with the values of a user.",
		`{"name":"\ud800"}`:                  `The value of "name" has a character that was damaged.`,
		`{"username":1,"password_hash":"x"}`: "Username must be between 2 and 64 characters.",
		`{"username":"ada","name":12,"password_hash":"` + goodHash + `"}`: "",
		`{"name":"` + strings.Repeat("x", tutorial.MaxValue+1) + `"}`:     "A value is longer than 16384 characters.",
	} {
		rows, err := readAll(write(t, "x.json", "["+element+`,{"username":"bob","password_hash":"`+goodHash+`"}]`), FormatJSON)
		if err != nil || len(rows) != 2 || rows[0].Number != 1 || rows[1].Number != 2 || rows[1].Bad() {
			t.Errorf("%.60s: %v, %v", element, rows, err)
			continue
		}
		if got := strings.Join(rows[0].Problems, " "); !strings.HasPrefix(got, want) || (want == "") != (got == "") {
			t.Errorf("%.60s: %q, want %q", element, got, want)
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
		r := judge(f, false)
		if r.Number < last || r.Number > 2+len(content) {
			t.Errorf("row %d comes after %d", r.Number, last)
		}
		last = r.Number
		if r.Bad() {
			return nil
		}
		if name, err := user.CheckUsername(r.Given); err != nil || name != r.Username || password.CheckHash(r.PasswordHash) != nil {
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
		if got := badFileMessage(t, err); got != "After line 1 there are more than 100,000 lines without a new value." {
			t.Errorf("%d line breaks: %q", breaks, got)
		}
	}
	many := strings.TrimSuffix(strings.Repeat(row+",\n\n", maxBreaks), ",\n\n")
	rows, err := readAll(write(t, "many.json", "["+many+"]"), FormatJSON)
	if err != nil || len(rows) != maxBreaks {
		t.Errorf("%d rows of %d, %v", len(rows), maxBreaks, err)
	}
}
