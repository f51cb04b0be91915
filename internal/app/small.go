package app

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"latchkey/internal/config"
	"latchkey/internal/setup"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(r *run) error {
	_, err := fmt.Fprintln(r.stdout, "latchkey "+r.version)
	return err
}

type setupCodeCommand struct {
	config.Links
}

// Run prints a new set-up link; the old one is dead.
func (c setupCodeCommand) Run(r *run) error {
	p, err := r.openFor(c.Links)
	if err != nil {
		return err
	}
	defer p.close()
	if has, err := p.site.HasAdministrator(); err != nil {
		return err
	} else if has {
		return fmt.Errorf("there is an administrator already; use latchkey user add --role admin to add another")
	}
	var code string
	err = p.db.Tx(r.ctx, func(tx *store.Tx) (err error) {
		code, err = setup.NewCode(tx, time.Now())
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(r.stdout, "Setup: "+p.site.Link("/setup?code="+code))
	return err
}

// openQuietly opens the data folder for a command that prints no links.
func (r *run) openQuietly() (*program, error) { return r.openFor(config.Links{}) }

// openFor opens the data folder for a command that prints links.
func (r *run) openFor(l config.Links) (*program, error) {
	base, err := l.BaseURL()
	if err != nil {
		return nil, usageError{err}
	}
	return r.open(options{cost: user.DefaultCost(), log: slog.New(slog.NewTextHandler(r.stderr, nil)), url: base})
}

type healthcheckCommand struct {
	Addr string `env:"LATCHKEY_ADDR" default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Address that the server listens on."`
}

// Run asks /readyz and fails unless the answer is yes.
func (c healthcheckCommand) Run(r *run) error {
	host, port, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return usageError{fmt.Errorf("--addr: %q is not HOST:PORT", c.Addr)}
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	client := http.Client{Timeout: 3 * time.Second}
	answer, err := client.Get("http://" + net.JoinHostPort(host, port) + "/readyz")
	if err != nil {
		return fmt.Errorf("the server does not answer: %w", err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 200))
	if err != nil {
		return fmt.Errorf("reading the answer: %w", err)
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the server is not ready: %s", strings.TrimSpace(string(text)))
	}
	fmt.Fprintln(r.stdout, "ok")
	return nil
}
