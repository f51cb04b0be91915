package attack

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
)

const (
	importPath = "/admin/users/import"
	// importHash is argon2id of nobody's password.
	importHash = `"$argon2id$v=19$m=8192,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"`
)

// csv is a good file with these users.
func csv(names ...string) string {
	return "username,password_hash\n" + strings.Join(names, ","+importHash+"\n") + "," + importHash + "\n"
}

// many is a good file with n users.
func many(n int) string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("many%06d", i)
	}
	return csv(names...)
}

// uploaded returns the batch of a file that the browser has sent.
func uploaded(t *testing.T, b *apptest.Browser, content string) (batch string) {
	t.Helper()
	p := b.Upload(importPath, "file", "users.csv", content).Is(http.StatusSeeOther)
	to, err := url.Parse(p.Header.Get("Location"))
	if err != nil || to.Path != importPath || len(to.Query().Get("batch")) != 26 {
		t.Fatalf("the file leads to %q", p.Header.Get("Location"))
	}
	return to.Query().Get("batch")
}

// staff is the program with an administrator in front of it.
func staff(t *testing.T) (*apptest.App, *apptest.Browser) {
	t.Helper()
	a := apptest.Start(t, apptest.Options{})
	b := a.Browser()
	b.SignIn(a.Admin)
	return a, b
}

// TestWE09_FilesAreTakenInTwoPlaces sends a file to every route.
func TestWE09_FilesAreTakenInOnePlace(t *testing.T) {
	t.Parallel()
	a, b := staff(t)
	all, err := a.Site.Routes()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if r.Method != http.MethodPost {
			continue
		}
		path := strings.NewReplacer(":id", a.Admin.ID, ":token", strings.Repeat("B", 43)).Replace(r.Path)
		want := http.StatusUnsupportedMediaType
		if path == importPath {
			want = http.StatusSeeOther
		}
		if path == logoPath {
			want = http.StatusBadRequest // it takes one, but not in a field of this name
		}
		if p := b.Clone().Upload(path, "file", "x.csv", csv("ann")); p.Status != want {
			t.Errorf("%s answers %d to a file, want %d", path, p.Status, want)
		}
	}
	for _, path := range []string{importPath + "/", "/admin/users/%69mport", "/admin/users//import", "/admin/users/import/x", "/admin/users/new/../import"} {
		if p := b.Clone().Upload(path, "file", "x.csv", csv("ann")); p.Status != http.StatusUnsupportedMediaType {
			t.Errorf("%s answers %d", path, p.Status)
		}
	}
}

// TestWE09_ImportTakesNothingElse sends other types and other shapes of form there.
func TestWE09_ImportTakesNothingElse(t *testing.T) {
	t.Parallel()
	a, b := staff(t)
	for kind, want := range map[string]int{
		"": 415, "application/json": 415, "text/csv": 415, "multipart/mixed; boundary=x": 415, "multipart/form-data": 400, "multipart/form-data; boundary=": 415,
		"multipart/form-data; boundary=other": 400, "application/octet-stream": 415,
	} {
		r := b.UploadRequest(importPath, "file", "x.csv", csv("ann"))
		r.Header.Set("Content-Type", kind)
		if p := b.Clone().Send(r); p.Status != want {
			t.Errorf("%q: %d, want %d", kind, p.Status, want)
		}
	}
	b.Clone().Upload(importPath, "document", "x.csv", csv("ann")).Is(http.StatusBadRequest)
	for name, body := range map[string]string{
		"a field":        part("file\"", "ann"),
		"two files":      part("file\"; filename=\"a.csv\"", csv("ann")) + part("file\"; filename=\"b.csv\"", csv("bob")),
		"a field behind": part("file\"; filename=\"a.csv\"", csv("ann")) + part("import\"", "all"),
		"a field before": part("import\"", "all") + part("file\"; filename=\"a.csv\"", csv("ann")),
		"nothing":        "",
	} {
		if p := b.Clone().Send(raw(b, body+"--x--\r\n")); p.Status != http.StatusBadRequest {
			t.Errorf("%s: %d, want 400", name, p.Status)
		}
	}
	if p := b.Clone().Send(raw(b, strings.TrimSuffix(part("file\"; filename=\"a.csv\"", csv("ann")), "\r\n"))); p.Status != http.StatusBadRequest {
		t.Errorf("a torn form: %d, want 400", p.Status)
	}
	if n := number(t, a, `SELECT count(*) FROM import_batches`); n != 0 {
		t.Errorf("%d batches left behind", n)
	}
}

// part is a part of a multipart form with the boundary x; its name ends in a quote.
func part(name, value string) string {
	return "--x\r\nContent-Disposition: form-data; name=\"" + name + "\r\n\r\n" + value + "\r\n"
}

func raw(b *apptest.Browser, body string) *http.Request {
	r := b.Request(http.MethodPost, importPath, nil)
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	return r
}

// TestAV01_UploadsAreBounded sends a little less and a little more than 16 MiB.
func TestAV01_UploadsAreBounded(t *testing.T) {
	t.Parallel()
	a, b := staff(t)
	line := "a" + strings.Repeat(" ", 1000) + ",\n"
	fill := "username,password_hash\n" + strings.Repeat(line, (16<<20)/len(line)-1)
	b.Clone().Upload(importPath, "file", "x.csv", fill).Is(http.StatusSeeOther)
	b.Clone().Upload(importPath, "file", "x.csv", fill+strings.Repeat(line, 4)).Is(http.StatusRequestEntityTooLarge)
	b.Clone().Upload(importPath, "file", "x.csv", "username\n"+strings.Repeat("x", 17<<20)).Is(http.StatusRequestEntityTooLarge)
	b.Clone().Upload(importPath, "file", "x.db", "SQLite format 3\x00"+strings.Repeat("x", 17<<20)).Is(http.StatusRequestEntityTooLarge)
	if n := number(t, a, `SELECT count(*) FROM import_batches WHERE state <> 'ready'`); n != 0 {
		t.Errorf("%d batches left behind", n)
	}
}

// TestAC06_WhoMayImport sends a file as everybody who may not.
func TestAC06_WhoMayImport(t *testing.T) {
	t.Parallel()
	a, b := staff(t)
	alice, user := a.AddUser("alice"), a.Browser()
	user.SignIn(alice)
	stale := b.Clone()
	a.Browser().Upload(importPath, "file", "x.csv", csv("ann")).Redirects("/login?next=%2Fadmin%2Fusers%2Fimport")
	user.Clone().Upload(importPath, "file", "x.csv", csv("ann")).Is(http.StatusNotFound)
	foreign := b.UploadRequest(importPath, "file", "x.csv", csv("ann"))
	foreign.Header.Set("Origin", "https://evil.example")
	foreign.Header.Set("Sec-Fetch-Site", "cross-site")
	b.Clone().Send(foreign).Is(http.StatusForbidden)
	a.Clock.Add(11 * time.Minute)
	stale.Upload(importPath, "file", "x.csv", csv("ann")).Redirects("/confirm?next=%2Fadmin%2Fusers%2Fimport%3Fkept%3D1")
	stale.Get(importPath).Is(http.StatusOK).Sees("Confirm it is you first.")
	if n := number(t, a, `SELECT count(*) FROM import_batches`); n != 0 {
		t.Errorf("%d batches", n)
	}
}

// TestAC04_ImportsBelongToWhoeverUploaded looks at, runs and discards another
// administrator's.
func TestAC04_ImportsBelongToWhoeverUploaded(t *testing.T) {
	t.Parallel()
	a, b := staff(t)
	batch := uploaded(t, b, csv("ann"))
	other := a.Browser()
	other.SignIn(a.AddUser("grace", apptest.Administrator))
	other.Get(importPath + "?batch=" + batch).Is(http.StatusNotFound)
	for _, decision := range []string{"all", "good", "continue", "cancel"} {
		other.Post(importPath, "batch", batch, "import", decision).Is(http.StatusNotFound)
	}
	other.Get(importPath).SeesNot("users.csv")
	b.Get(importPath + "?batch=" + batch).Is(http.StatusOK).Sees("1 user would be added")
	if n := number(t, a, `SELECT count(*) FROM users WHERE username = 'ann'`); n != 0 {
		t.Error("ann was added")
	}
}
