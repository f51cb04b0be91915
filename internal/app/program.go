package app

import (
	"errors"
	"log/slog"
	"net/netip"
	"net/url"
	"time"

	"latchkey/internal/admin"
	"latchkey/internal/config"
	"latchkey/internal/login"
	"latchkey/internal/profile"
	"latchkey/internal/secret"
	"latchkey/internal/security"
	"latchkey/internal/setup"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
)

// program is an open data folder with the site over it.
type program struct {
	db     *store.DB
	site   *web.Site
	hasher *user.Hasher
}

// options are what differs between a server and the other commands.
type options struct {
	create  bool
	cost    user.Cost
	log     *slog.Logger
	url     *url.URL // nil: the one the server last ran with
	trusted []netip.Prefix
}

func (r *run) open(o options) (*program, error) {
	ring, fresh, err := openFolder(r.data, o.create)
	if err != nil {
		return nil, err
	}
	db, err := store.Open(r.ctx, databasePath(r.data), ring, fresh)
	if err != nil {
		if fresh {
			err = errors.Join(err, emptyFolder(r.data))
		}
		return nil, err
	}
	p := &program{db: db, hasher: user.NewHasher(o.cost)}
	if err := p.build(r, o, ring); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
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

func (p *program) build(r *run, o options, ring *secret.Ring) error {
	base := o.url
	if base == nil {
		text, err := p.db.Meta("base_url")
		if err != nil {
			return err
		}
		if base, err = url.Parse(text); err != nil || text == "" {
			base = config.LocalURL(8080)
		}
	}
	site, err := web.New(web.Config{
		DB: p.db, Ring: ring, Hasher: p.hasher, Log: o.log, URL: base, Version: r.version,
		TrustedProxies: o.trusted, Now: time.Now,
	})
	p.site = site
	return err
}

func (p *program) close() error {
	p.hasher.Close()
	return p.db.Close()
}

// Mount adds every feature to a site: the contents page of the program.
func Mount(s *web.Site) {
	setup.Mount(s)
	login.Mount(s)
	profile.Mount(s)
	security.Mount(s)
	admin.Mount(s)
}
