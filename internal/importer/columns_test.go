package importer

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestColumnsAreRecognised(t *testing.T) {
	t.Parallel()
	content := "Full Name,E-Mail,Login,is_active,hashed-password,TOTPSecret,id,,Role,last login\n" +
		"Ada L,ada@example.org,Ada,1," + goodHash + ",JBSWY3DPEHPK3PXP,7,x,admin,=1+1\n" +
		",,bob,False," + goodHash + ",,8,,,\n" +
		",,cleo,," + goodHash + ",,9,,,\n"
	rows, f, err := stream(content)
	if err != nil {
		t.Fatal(err)
	}
	want := twoUsers(2, 3)
	want[0].Name, want[0].Disabled = "Ada L", false
	third := Row{Number: 4, Given: "cleo", Username: "cleo", Role: "user", Disabled: true, PasswordHash: goodHash, Problems: []string{"Disabled must be true or false."}}
	if diff := cmp.Diff(append(want, third), rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	columns := []Column{
		{1, "Full Name", "name", false}, {2, "E-Mail", "email", false}, {3, "Login", "username", false}, {4, "is_active", "disabled", true},
		{5, "hashed-password", "password_hash", false}, {6, "TOTPSecret", "otp_secret", false}, {7, "id", "", false}, {8, "", "", false},
		{9, "Role", "role", false}, {10, "last login", "", false},
	}
	if diff := cmp.Diff(columns, f.Columns()); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
}

func TestJSONKeysAreRecognised(t *testing.T) {
	t.Parallel()
	content := `[{"id": 7, "userName": "Ada", "fullName": "Ada, \"L\"é", "mail": "ada@example.org", "role": "admin", "active": 1, "passwordHash": "` + goodHash +
		`", "otp_secret": "JBSWY3DPEHPK3PXP", "teams": [{"a": ["b"]}], "address": {"username": "eve"}},` +
		"\n" + `{"login": "bob", "enabled": false, "password": "` + goodHash + `", "id": null}]`
	rows, f, err := stream(content)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(twoUsers(1, 2), rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	var names []string
	for _, c := range f.Columns() {
		names = append(names, c.Given+">"+c.Field)
	}
	want := "id> userName>username fullName>name mail>email role>role active>disabled passwordHash>password_hash otp_secret>otp_secret > address> " +
		"login>username enabled>disabled password>password_hash"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("keys %s, want %s", got, want)
	}
}

// TestGroupsAreRead in each way in which a file may name several.
func TestGroupsAreRead(t *testing.T) {
	t.Parallel()
	for content, want := range map[string][]string{
		`[{"username":"ada","password":"` + goodHash + `","groups":["b","a","b"]}]`: {"b", "a"},
		`[{"username":"ada","password":"` + goodHash + `","groups":"b, a"}]`:        {"b", "a"},
		`[{"username":"ada","password":"` + goodHash + `","groups":[]}]`:            nil,
		`[{"username":"ada","password":"` + goodHash + `","groups":null}]`:          nil,
		"username,password,groups\nada," + goodHash + ",\"b,a;b\"\n":                {"b", "a"},
	} {
		rows, _, err := stream(content)
		if err != nil || len(rows) != 1 || rows[0].Bad() || !slices.Equal(rows[0].Groups, want) {
			t.Errorf("%s: %+v, %v", content, rows, err)
		}
	}
	for _, groups := range []string{`[{}]`, `["a",1]`, `[["a"]]`, `{"a":1}`} {
		rows, _, err := stream(`[{"username":"ada","groups":` + groups + `},{"username":"bob"}]`)
		if err != nil || len(rows) != 2 || !rows[0].Bad() {
			t.Errorf("%s: %+v, %v", groups, rows, err)
		}
	}
}

func TestManyKeysAreBounded(t *testing.T) {
	t.Parallel()
	var content strings.Builder
	for i := range 300 {
		content.WriteString(`{"username":"x","k` + strings.Repeat("k", i) + `":1}` + "\n")
	}
	_, _, err := stream(content.String())
	if got := badFileMessage(t, err); got != "The file has more than 200 columns." {
		t.Errorf("%q", got)
	}
}

func TestDistance(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"disabled", "disabled", 0}, {"diabled", "disabled", 1}, {"disabeld", "disabled", 2}, {"enabled", "disabled", 3}, {"mail", "disabled", 3}, {"kitten", "sitting", 3}} {
		if got := distance(c.a, c.b); got != c.want || distance(c.b, c.a) != got {
			t.Errorf("%q to %q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

// TestTutorialStreams reads the database as it would arrive from a browser, and
// one whose header says that it has a write-ahead log.
func TestTutorialStreams(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(fixture)
	if err != nil {
		t.Fatal(err)
	}
	want, err := readAll(fixture, FormatTutorial)
	if err != nil {
		t.Fatal(err)
	}
	content[18], content[19] = 1, 1
	for range 2 {
		rows, f, err := stream(string(content))
		if err != nil || f.Format != FormatTutorial || len(f.Columns()) != 7 {
			t.Errorf("%q with %d columns, %v", f.Format, len(f.Columns()), err)
		}
		if diff := cmp.Diff(want, rows); diff != "" {
			t.Errorf("rows (-file +stream):\n%s", diff)
		}
		content[18], content[19] = 2, 2
	}
	for name, broken := range map[string]string{"torn": string(content[:4096]), "only a header": string(content[:100]), "junk": "SQLite format 3\x00" + strings.Repeat("x", 5000)} {
		_, _, err := stream(broken)
		if got := badFileMessage(t, err); !strings.HasPrefix(got, "The file is not a database from the tutorial") && !strings.HasPrefix(got, "The database has no users table") {
			t.Errorf("%s: %q", name, got)
		}
	}
}
