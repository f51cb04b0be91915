// Package product starts the program that is measured, on cores of its own, with a folder of
// made-up people, and signs in to it. The yardstick is started in the same way.
package product

import (
	"context"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"latchkey/internal/bench/seed"
	"latchkey/internal/factor"
	"latchkey/internal/secret"
	"latchkey/internal/store"
)

// Product is a folder of made-up users and how to sign in as one of them.
type Product struct {
	binary, database string
	// Folder is the data folder.
	Folder string
	seed.Person
}

// Flags say what is measured, and where.
type Flags struct {
	Dir     string `default:"." help:"A folder for the data, on the disk to measure."`
	Product string `default:"bin/latchkey" help:"The program to measure."`

	Database string `placeholder:"postgres://…" help:"An empty database in PostgreSQL, to which the data is moved before it is measured."`
}

// Make fills a new folder with so many users and audit rows. The caller removes it.
func (f Flags) Make(users, entries int) (Product, error) {
	return f.Fill(seed.Command{Users: users, Audit: entries})
}

// Fill fills a new folder with what the command asks for. The caller removes it.
func (f Flags) Fill(c seed.Command) (Product, error) {
	folder, err := os.MkdirTemp(f.Dir, "bench-*")
	if err != nil {
		return Product{}, fmt.Errorf("making the data folder: %w", err)
	}
	p := Product{binary: f.Product, Folder: folder}
	c.Data = folder
	if p.Person, err = c.Fill(context.Background()); err != nil {
		return p, fmt.Errorf("seeding %d users: %w", c.Users, err)
	}
	if f.Database == "" {
		return p, nil
	}
	defer os.RemoveAll(folder)
	return p.Moved(f.Dir, f.Database)
}

// Moved copies the data to an empty database in PostgreSQL as an operator does, by a backup that is
// restored there. The caller removes the folder of the copy, which holds its key.
func (p Product) Moved(dir, database string) (moved Product, err error) {
	moved = Product{binary: p.binary, database: database, Person: p.Person}
	if moved.Folder, err = os.MkdirTemp(dir, "bench-*"); err != nil {
		return moved, fmt.Errorf("making the data folder: %w", err)
	}
	archive := filepath.Join(p.Folder, "moving.tar")
	defer os.Remove(archive)
	if out, err := p.Command("backup", archive).CombinedOutput(); err != nil {
		return moved, fmt.Errorf("backing the data up: %w: %s", err, out)
	}
	if out, err := moved.Command("restore", archive).CombinedOutput(); err != nil {
		return moved, fmt.Errorf("restoring it into PostgreSQL: %w: %s", err, out)
	}
	time.Sleep(factor.Period) // it takes no code of the time before
	return moved, nil
}

// keyName is the file that every node of a database has.
const keyName = "latchkey.key"

// Node is another node of the same PostgreSQL. The caller removes its folder.
func (p Product) Node(dir string) (node Product, err error) {
	node = p
	if node.Folder, err = os.MkdirTemp(dir, "bench-*"); err != nil {
		return node, fmt.Errorf("making the folder of another node: %w", err)
	}
	key, err := os.ReadFile(filepath.Join(p.Folder, keyName))
	if err == nil {
		err = os.WriteFile(filepath.Join(node.Folder, keyName), key, 0o600)
	}
	return node, err
}

// Open opens the database beside the program, or in its place.
func (p Product) Open(ctx context.Context) (*store.DB, error) {
	ring, err := secret.LoadRing(filepath.Join(p.Folder, keyName))
	if err != nil {
		return nil, err
	}
	path := p.database
	if path == "" {
		path = filepath.Join(p.Folder, "latchkey.db")
	}
	return store.Open(ctx, path, ring, false)
}

// Command is a command of the program about this data, such as "audit", "verify".
func (p Product) Command(args ...string) *exec.Cmd {
	return exec.Command(p.binary, append(args, p.where()...)...)
}

// where are the flags that say where the data is.
func (p Product) where() []string {
	if p.database == "" {
		return []string{"--data", p.Folder}
	}
	return []string{"--data", p.Folder, "--database", p.database}
}

// Start runs the server on one core, or on all of them, with further flags.
func (p Product) Start(cores string, flags ...string) (*Server, error) {
	return StartOn(cores, slices.Concat([]string{p.binary, "serve", "--addr", "127.0.0.1:0"}, p.where(), flags)...)
}

// SignIn goes through both steps, makes recovery codes and returns the Cookie header of
// the session.
func (p Product) SignIn(base, name string) (string, error) {
	return p.SignInBy(http.DefaultTransport, base, name)
}

// SignInBy is SignIn of requests that go another way than their address says.
func (p Product) SignInBy(way http.RoundTripper, base, name string) (string, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return "", err
	}
	client := &http.Client{Jar: jar, Transport: way}
	code := factor.Code(p.Key, factor.Step(time.Now()))
	for _, step := range []struct {
		path string
		form url.Values
	}{
		{"/login", url.Values{"username": {name}, "password": {p.Password}}},
		{"/login/code", url.Values{"code": {code}}},
		// Everybody who enrolled in a browser has recovery codes and was told of what happened;
		// else the lists of what is left to do would stand on every page that is measured.
		{"/security/recovery-codes/new", url.Values{}},
		{"/security/recovery-codes", url.Values{"saved": {"on"}}},
		{"/security/notices/seen", url.Values{"until": {fmt.Sprint(time.Now().Add(time.Minute).UnixMilli())}}},
	} {
		if err := post(client, base, step.path, step.form); err != nil {
			return "", err
		}
	}
	at, err := url.Parse(base)
	if err != nil {
		return "", err
	}
	var cookies []string
	for _, c := range jar.Cookies(at) {
		cookies = append(cookies, c.Name+"="+c.Value)
	}
	return "Cookie: " + strings.Join(cookies, "; "), nil
}

func post(client *http.Client, base, path string, form url.Values) error {
	request, err := http.NewRequest(http.MethodPost, base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	// None, as in the requests of the load: to another browser the pages would tell of this sign-in.
	request.Header.Set("User-Agent", "")
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", path, answer.Status)
	}
	return nil
}
