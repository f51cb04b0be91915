package check

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latchkey/internal/access"
	"latchkey/internal/mail"
	"latchkey/internal/mail/mailtest"
	"latchkey/internal/secret"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if folder, err := empty(); err == nil {
		os.RemoveAll(filepath.Dir(folder))
	}
	os.Exit(code)
}

// results are the results by check.
func results(all []Finding) map[string]Result {
	by := map[string]Result{}
	for _, f := range all {
		by[f.Check] = f.Result
	}
	return by
}

// TestCheck_WhatWorks: a folder that nothing is wrong with.
func TestCheck_WhatWorks(t *testing.T) {
	t.Parallel()
	c := checked(t, access.Wish{})
	var shown int
	c.Show = func(Finding) { shown++ }
	all := c.Run(context.Background())
	got := results(all)
	for _, check := range []string{"configuration", "key", "database", "clock", "mail", "application"} {
		if got[check] != OK {
			t.Errorf("%s: %q in %+v", check, got[check], all)
		}
	}
	if shown != len(all) || Count(all, Broken) != 0 {
		t.Errorf("%d of %d were shown, %d are broken", shown, len(all), Count(all, Broken))
	}
}

// TestCheck_WhatDoesNot: each thing that can be broken is found, and nothing is said of what could not be looked at.
func TestCheck_WhatDoesNot(t *testing.T) {
	t.Parallel()
	must := func(t *testing.T, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		breaks func(*testing.T, *Checker)
		check  string
		want   Result
		says   string
	}{
		"a flag":      {func(_ *testing.T, c *Checker) { c.Wrong = errors.New(`--url: "x" is none`) }, "configuration", Broken, `--url: "x" is none.`},
		"no folder":   {func(t *testing.T, c *Checker) { c.Folder = filepath.Join(t.TempDir(), "none") }, "key", Broken, "no database in"},
		"no key":      {func(t *testing.T, c *Checker) { must(t, os.Remove(filepath.Join(c.Folder, "latchkey.key"))) }, "key", Broken, "has a database but no key"},
		"no database": {func(t *testing.T, c *Checker) { must(t, os.Remove(filepath.Join(c.Folder, "latchkey.db"))) }, "key", Broken, "has a key but no database"},
		"another key": {func(t *testing.T, c *Checker) {
			path := filepath.Join(c.Folder, "latchkey.key")
			must(t, os.Remove(path))
			_, err := secret.CreateRing(path)
			must(t, err)
		}, "database", Broken, "key"},
		"open to others": {func(t *testing.T, c *Checker) { must(t, os.Chmod(c.Folder, 0o755)) }, "key", Weak, "its mode is 0755"},
		"a damaged file": {func(t *testing.T, c *Checker) {
			must(t, os.WriteFile(filepath.Join(c.Folder, "latchkey.db"), []byte(strings.Repeat("x", 9000)), 0o600))
		}, "database", Broken, "database"},
		"no time server": {func(_ *testing.T, c *Checker) { c.Config.TimeCheck = "127.0.0.1:1" }, "clock", Weak, "Asking the time server 127.0.0.1:1"},
		"no mail server": {func(t *testing.T, c *Checker) { c.Config.Mail = server(t, "smtp://127.0.0.1:1") }, "mail", Broken, "127.0.0.1:1"},
		"nobody answers": {func(_ *testing.T, _ *Checker) {}, "address", Weak, "cannot be reached"},
		"a strange answer": {func(t *testing.T, c *Checker) {
			cert, roots := certificate(t, time.Now().Add(90*24*time.Hour), "login.example")
			c.Roots = roots
			c.listens(t, &cert, http.NotFound, "login.example:443")
		}, "address", Broken, "/readyz answers 404"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checker := checked(t, wiki())
			c.breaks(t, checker)
			all := checker.Run(context.Background())
			for _, f := range of(all, c.check) {
				if f.Result == c.want && strings.Contains(f.Says, c.says) && f.Do != "" {
					return
				}
			}
			t.Errorf("no %s with %q in %+v", c.want, c.says, all)
		})
	}
}

// TestCheck_Mail signs in to a mail server and sends nothing.
func TestCheck_Mail(t *testing.T) {
	t.Parallel()
	c := checked(t, access.Wish{})
	inbox := mailtest.Start(t)
	c.Config.Mail = server(t, "smtp://"+inbox.Address())
	if got := results(c.Run(context.Background()))["mail"]; got != OK {
		t.Errorf("it is %s", got)
	}
}

func server(t *testing.T, at string) *mail.Server {
	t.Helper()
	s, err := mail.ParseServer(at)
	if err != nil {
		t.Fatal(err)
	}
	return &s
}
