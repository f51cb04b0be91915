package check

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/internal/access"
	"latchkey/internal/app/cli"
	"latchkey/internal/audit"
	"latchkey/internal/config"
	"latchkey/internal/password"
	"latchkey/internal/program"
	"latchkey/internal/store"
)

// at is where people would reach what is checked in these tests.
const at = "https://login.example"

// certificate makes one for these hosts that ends then, and what believes it.
func certificate(t *testing.T, ends time.Time, hosts ...string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "A test"}, DNSNames: hosts, NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: ends,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(made)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

// empty is a data folder without anybody in it, made once.
var empty = sync.OnceValues(func() (string, error) {
	parent, err := os.MkdirTemp("", "latchkey-check-")
	if err != nil {
		return "", err
	}
	folder := filepath.Join(parent, "data")
	p, err := program.Open(context.Background(), folder, program.Options{Create: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return "", err
	}
	return folder, p.Close()
})

// checked is a data folder with one application, and what is dialled for its hosts.
func checked(t *testing.T, wish access.Wish) *Checker {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "[data]")
	from, err := empty()
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(os.CopyFS(folder, os.DirFS(from)), os.Chmod(folder, 0o700), os.Chmod(program.KeyPath(folder), 0o600), os.Chmod(program.DatabasePath(folder), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	own, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	p, err := program.Open(context.Background(), folder, program.Options{Log: log, URL: own})
	if err != nil {
		t.Fatal(err)
	}
	if wish.Slug != "" {
		a, err := wish.Check(own)
		if err != nil {
			t.Fatal(err)
		}
		err = p.DB.Tx(context.Background(), func(tx *store.Tx) error {
			if err := tx.SetMeta("base_url", at); err != nil {
				return err
			}
			return access.AddApplication(tx, cli.AuditBase(time.Now()), a)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	return &Checker{Folder: folder, Log: log, Config: config.Config{PasswordCost: password.DefaultCost()}, Dials: map[string]string{
		"login.example:443": "127.0.0.1:1", "login.example:80": "127.0.0.1:1", "wiki.example:443": "127.0.0.1:1", "wiki.example:80": "127.0.0.1:1",
	}}
}

// listens starts a server with TLS, or without where there is no certificate, and lets these addresses lead to it.
func (c *Checker) listens(t *testing.T, with *tls.Certificate, handler http.HandlerFunc, addresses ...string) {
	t.Helper()
	s := httptest.NewUnstartedServer(handler)
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	if with != nil {
		s.TLS = &tls.Config{Certificates: []tls.Certificate{*with}}
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	for _, address := range addresses {
		c.Dials[address] = strings.TrimPrefix(strings.TrimPrefix(s.URL, "https://"), "http://")
	}
}

// wiki is the application of these tests.
func wiki() access.Wish {
	return access.Wish{Slug: "wiki", Name: "Wiki", Hosts: []string{"wiki.example"}, Everyone: true}
}

// guarded is what a proxy answers that asks about everything; site is what stands behind the rest.
func guarded(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Host == "login.example" && r.URL.Path == "/readyz":
		fmt.Fprint(w, "ok")
	case strings.HasPrefix(r.URL.Path, "/.latchkey/start"):
		http.Redirect(w, r, at+"/apps/enter?app=wiki&host="+r.Host+"&state=x", http.StatusSeeOther)
	default:
		http.Redirect(w, r, "https://"+r.Host+"/.latchkey/start?to="+url.QueryEscape(r.URL.RequestURI()), http.StatusFound)
	}
}

// of returns the findings about one check.
func of(all []Finding, check string) (found []Finding) {
	for _, f := range all {
		if f.ID == check || strings.HasPrefix(f.ID, check+".") {
			found = append(found, f)
		}
	}
	return found
}

// address reads a URL.
func address(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// opened opens the folder of a check.
func opened(t *testing.T, c *Checker, o program.Options) *program.Program {
	t.Helper()
	o.Cost = password.DefaultCost()
	p, err := program.Open(context.Background(), c.Folder, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// writeRows adds rows to the audit log.
func writeRows(t *testing.T, p *program.Program, n int) {
	t.Helper()
	for range n {
		err := p.DB.Tx(context.Background(), func(tx *store.Tx) error {
			e := cli.AuditBase(time.Now())
			e.Event = audit.ServerStarted
			return tx.Audit(e)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
