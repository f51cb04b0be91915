package main

import (
	"encoding/csv"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"latchkey/internal/password"
)

// The password and the authenticator key of everybody whom withUser adds.
const (
	testPassword = "tall grey horses swim"
	testKey      = "LGLEREYEPVVWTLYO"
)

// withUser imports one user with a password and an authenticator, cheap to check.
func withUser(t *testing.T, folder, name, role string) {
	t.Helper()
	hash := password.Cost{MemoryKiB: 8 << 10, Time: 1, Threads: 1}.Hash(testPassword)
	file, err := os.Create(filepath.Join(folder, name+".csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows := [][]string{{"username", "role", "password_hash", "otp_secret"}, {name, role, hash, testKey}}
	if err := csv.NewWriter(file).WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	latchkey(t, folder, "import", file.Name())
}

// person is somebody with a browser that keeps cookies and follows nothing.
type person struct {
	t      testing.TB
	base   string
	client *http.Client
}

func newPerson(t testing.TB, base string) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &person{t, base, &http.Client{Jar: jar, Transport: &http.Transport{}, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}}
}

// at is the same person, with the same cookies, at a server on another port.
func (p *person) at(s *server) *person { return &person{p.t, s.url, p.client} }

// post sends a form and returns the status and where it leads; 0 if the server
// went away.
func (p *person) post(path string, fields ...string) (status int, to string) {
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	r, err := http.NewRequest(http.MethodPost, p.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	answer, err := p.client.Do(r)
	if err != nil {
		return 0, ""
	}
	answer.Body.Close()
	return answer.StatusCode, answer.Header.Get("Location")
}

// status asks for a page and returns the status.
func (p *person) status(path string) int {
	p.t.Helper()
	answer, err := p.client.Get(p.base + path)
	if err != nil {
		p.t.Fatal(err)
	}
	answer.Body.Close()
	return answer.StatusCode
}

// code returns what an authenticator with the key shows at a time.
func code(t testing.TB, key string, at time.Time) string {
	t.Helper()
	c, err := totp.GenerateCode(key, at)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestImport_TutorialUserSignsIn(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file, err := filepath.Abs(filepath.Join(importerFiles, "twofactor_app.db"))
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, folder)
	latchkey(t, folder, "import", file, "--from", "tutorial", "--skip-bad")
	p := newPerson(t, s.url)
	if status, to := p.post("/login", "username", "johndoe", "password", "secret"); status != http.StatusSeeOther || to != "/login/code" {
		t.Fatalf("the password leads to %d %s", status, to)
	}
	if status, to := p.post("/login/code", "code", code(t, testKey, time.Now())); status != http.StatusSeeOther {
		t.Fatalf("the code leads to %d %s", status, to)
	}
	if status := p.status("/profile"); status != http.StatusOK {
		t.Errorf("/profile answers %d after signing in", status)
	}
	s.kill()
	db := database(t, folder)
	hash := column(t, db, `SELECT password_hash FROM users WHERE username = 'johndoe'`)
	if !strings.HasPrefix(hash, "$argon2id$") {
		t.Errorf("the hash is still %.8s… after signing in", hash)
	}
	sealed := column(t, db, `SELECT group_concat(sealed) FROM authenticators`)
	if strings.Contains(sealed, testKey) || sealed == "" {
		t.Errorf("the imported secret is not sealed: %q", sealed)
	}
}
