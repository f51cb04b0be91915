package userexport_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/importer"
	"latchkey/internal/store"
)

func TestExport_UsersAreThoseOfTheList(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	for _, name := range []string{"anna", "berta", "carl"} {
		a.AddUser(name)
	}
	dave := a.AddUser("dave")
	a.Tx(func(tx *store.Tx) error { _, err := tx.Disable(true, dave.ID); return err })
	b := a.Browser()
	b.SignIn(a.Admin)
	for query, want := range map[string]string{
		"":                                "anna berta carl dave root-admin",
		"?sort=-username":                 "root-admin dave carl berta anna",
		"?status=disabled":                "dave",
		"?status=active&sort=username":    "anna berta carl root-admin",
		"?role=admin":                     "root-admin",
		"?q=er":                           "berta",
		"?q=ert":                          "berta",
		"?q=be":                           "berta",
		"?q=nobody":                       "",
		"?status=locked":                  "",
		"?size=25&after=" + a.Admin.ID:    "anna berta carl dave root-admin",
		"?status=invited&two_step=off":    "",
		"?two_step=on&role=user&q=a":      "anna berta carl dave",
		"?status=deleted&sort=created":    "",
		"?sort=created":                   "root-admin anna berta carl dave",
		"?sort=-last_sign_in&role=admin":  "root-admin",
		"?status=active&q=a&sort=created": "root-admin anna berta carl",
	} {
		p := b.Get("/admin/users.csv" + query)
		p.Is(http.StatusOK)
		rows := apptest.Table(t, p.Body)
		if got := apptest.Column(rows, "username"); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
		e := a.Newest()
		if e.Event != audit.UsersExported || e.ActorID != a.Admin.ID || e.SubjectID != "" || !strings.Contains(apptest.Details(e.Details), fmt.Sprintf("rows:>%d", len(rows))) {
			t.Errorf("%s: %+v", query, e)
		}
		if got := apptest.Details(e.Details); query == "?status=disabled" && got != "filter:>status=disabled format:>csv rows:>1" {
			t.Error(got)
		}
	}
	p := b.Get("/admin/users.csv")
	day := a.Clock.Now().UTC().Format(time.DateOnly)
	if got := p.Header.Get("Content-Disposition"); got != `attachment; filename="users-`+day+`.csv"` {
		t.Error(got)
	}
	if !strings.HasPrefix(p.Header.Get("Content-Type"), "text/csv; charset=utf-8") || p.Header.Get("X-Content-Type-Options") != "nosniff" || p.Header.Get("Cache-Control") != "no-store" {
		t.Error(p.Header)
	}
	if !strings.HasPrefix(p.Body, "\ufeffusername,name,email,role,status,") || strings.Count(p.Body, "\r\n") != strings.Count(p.Body, "\n") {
		t.Errorf("not as in RFC 4180: %q", p.Body)
	}
}

func TestExport_JSONLines(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	a.AddUser("anna")
	b := a.Browser()
	b.SignIn(a.Admin)
	p := b.Get("/admin/users.jsonl?sort=username")
	p.Is(http.StatusOK)
	var names []string
	for line := range strings.Lines(p.Body) {
		var u struct {
			Username, Email, Role, Status string
			Authenticators                int
		}
		if err := json.Unmarshal([]byte(line), &u); err != nil || u.Status != "active" || u.Authenticators != 1 {
			t.Errorf("%q: %+v, %v", line, u, err)
		}
		names = append(names, u.Username)
	}
	if diff := cmp.Diff([]string{"anna", "root-admin"}, names); diff != "" {
		t.Error(diff)
	}
	if got := p.Header.Get("Content-Disposition"); !strings.HasSuffix(got, `.jsonl"`) {
		t.Error(got)
	}
}

// TestExport_IsReadBack by our own import: a name with umlauts, names that a spreadsheet
// would take for formulas, and who is disabled.
func TestExport_IsReadBack(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	names := map[string]string{"anna": "=HYPERLINK(\"http://e\")", "berta": "Jürgen Groß", "carl": "'@x; +1", "dave": "Ada, \"L\""}
	for username, name := range names {
		u := a.AddUser(username)
		edit := store.Edit{ID: u.ID, Username: u.Username, Name: name, Version: u.Now().Version}
		a.Tx(func(tx *store.Tx) error { _, err := tx.EditUser(edit); return err })
		if username == "dave" {
			a.Tx(func(tx *store.Tx) error { _, err := tx.Disable(true, u.ID); return err })
		}
	}
	b := a.Browser()
	b.SignIn(a.Admin)
	for _, path := range []string{"/admin/users.csv", "/admin/users.jsonl"} {
		file := importer.Stream(strings.NewReader(b.Get(path).Body))
		file.Invite = true
		read := 0
		for row, err := range file.Rows(t.Context()) {
			if err != nil || row.Bad() || len(row.Notes) > 0 || row.Disabled != (row.Username == "dave") {
				t.Fatalf("%s: %+v, %v", path, row, err)
			}
			if want, ok := names[row.Username]; ok {
				read++
				if row.Name != want {
					t.Errorf("%s: %s is called %q, want %q", path, row.Username, row.Name, want)
				}
			}
		}
		if read != len(names) {
			t.Errorf("%s: %d of %d users are read", path, read, len(names))
		}
	}
}

// TestLO06_ExportedNamesAreNoFormulas: what people call themselves and their browsers.
func TestLO06_ExportedNamesAreNoFormulas(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	u := a.AddUser("-anna")
	edit := store.Edit{ID: u.ID, Username: u.Username, Name: `=HYPERLINK("http://e")`, Version: u.Now().Version}
	a.Tx(func(tx *store.Tx) error { _, err := tx.EditUser(edit); return err })
	a.Tx(func(tx *store.Tx) error {
		return tx.Audit(audit.Entry{At: a.Clock.Now(), Event: audit.Logout, Result: audit.ResultOK, ActorName: "+x", UserAgent: "@evil;=1"})
	})
	b := a.Browser()
	b.SignIn(a.Admin)
	row := apptest.Table(t, b.Get("/admin/users.csv?q=anna").Body)[0]
	if row["username"] != "'-anna" || row["name"] != `'=HYPERLINK("http://e")` {
		t.Errorf("%q", row)
	}
	row = apptest.Table(t, b.Get("/admin/audit.csv?event=logout").Body)[0]
	if row["actor_name"] != "'+x" || row["user_agent"] != "'@evil;'=1" {
		t.Errorf("%q", row)
	}
}

// TestLO04_ExportsHoldNoSecrets looks for what the tables hold and the files must not.
func TestLO04_ExportsHoldNoSecrets(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := a.Browser()
	b.SignIn(a.Admin)
	for _, path := range []string{"/admin/users.csv", "/admin/users.jsonl", "/admin/audit.csv", "/admin/audit.jsonl"} {
		body := b.Get(path).Body
		for _, secret := range []string{"$argon2id$", a.Admin.Password, b.Session()} {
			if strings.Contains(body, secret) {
				t.Errorf("%s holds %q", path, secret)
			}
		}
	}
}

// TestAC06_ExportsNeedAFreshProof: bulk data leaves. Looking at the headers alone is
// no export.
func TestAC06_ExportsNeedAFreshProof(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := a.Browser()
	b.SignIn(a.Admin)
	before := a.Head()
	head := b.Clone().Send(b.Request(http.MethodHead, "/admin/users.csv", nil))
	if head.Status != http.StatusOK || !strings.HasPrefix(head.Header.Get("Content-Disposition"), "attachment") || a.Head() != before {
		t.Errorf("HEAD: %d, %v", head.Status, head.Header)
	}
	a.Clock.Add(11 * time.Minute)
	for _, name := range []string{"users.csv", "users.jsonl", "audit.csv", "audit.jsonl"} {
		list, _, _ := strings.Cut(name, ".") // a redirect to the file would leave the browser at the form
		b.Get("/admin/" + name + "?from=").Redirects("/confirm?next=%2Fadmin%2F" + list + "%3Ffrom%3D")
	}
	if n := a.Head(); n != before {
		t.Errorf("%d rows were written", n-before)
	}
}

// TestExport_ManyUsersInPieces: more than are read at once, each once, in order.
func TestExport_ManyUsersInPieces(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	const n = 2500
	a.Tx(func(tx *store.Tx) error {
		for i := range n {
			name := fmt.Sprintf("many-%04d", (i*7919)%n)
			if err := tx.AddUser(store.NewUser{ID: "id-" + name, Username: name, Name: strings.Repeat("x", i%2), Role: "user", CreatedAt: a.Clock.Now()}); err != nil {
				return err
			}
		}
		return nil
	})
	b := a.Browser()
	b.SignIn(a.Admin)
	for _, query := range []string{"?sort=username&status=invited", "?sort=username&q=ma", "?sort=username&q=many", "?sort=-username&q=many-", "?q=many", "?q=ma", "?sort=-last_sign_in&role=user", "?sort=created&q=ny-"} {
		rows := apptest.Table(t, b.Get("/admin/users.csv"+query).Body)
		seen := map[string]bool{}
		for i, r := range rows {
			if seen[r["username"]] {
				t.Fatalf("%s: %s twice", query, r["username"])
			}
			seen[r["username"]] = true
			place := i
			if strings.HasPrefix(query, "?sort=-username") {
				place = n - 1 - i
			}
			if want := fmt.Sprintf("many-%04d", place); strings.Contains(query, "sort=username") || strings.Contains(query, "sort=-username") {
				if r["username"] != want {
					t.Fatalf("%s: row %d is %s, want %s", query, i, r["username"], want)
				}
			}
		}
		if len(rows) != n {
			t.Errorf("%s: %d rows, want %d", query, len(rows), n)
		}
	}
}
