package apptest

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"

	"latchkey/internal/instance"
	"latchkey/internal/lease"
	"latchkey/internal/logs"
	"latchkey/internal/mail"
	"latchkey/internal/password"
	"latchkey/internal/server"
	"latchkey/internal/store"
	"latchkey/internal/store/postgrestest"
	"latchkey/internal/userimport"
	"latchkey/internal/web"
	"latchkey/views"
)

// node is one process that serves the database.
type node struct {
	db       *store.DB
	site     *web.Site
	hasher   *password.Hasher
	stopJobs func() // of those that run by themselves; see Post and RunBulk for the others
}

// open opens the database and builds the site, as the command serve does. On PostgreSQL it
// does so twice: the requests go to two nodes in turn, as behind a proxy that knows nothing of
// sessions.
func (a *App) open() {
	a.TB.Helper()
	nodes := []*node{a.openNode()}
	if postgrestest.Wanted() && !a.options.OneNode {
		nodes = append(nodes, a.openNode())
	}
	a.DB, a.Site = nodes[0].db, nodes[0].site
	a.nodes.Store(&nodes)
}

func (a *App) openNode() *node {
	a.TB.Helper()
	db, err := store.Open(context.Background(), a.Database, a.Ring, false)
	a.must(err)
	n := &node{db: db, hasher: password.NewHasher(Cost, 0)}
	config := instance.Config{
		DB: db, Ring: a.Ring, Folder: a.Folder, Hasher: n.hasher, URL: a.base, Version: "test", Now: a.Clock.Now,
		StreamNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		Log:            slog.New(logs.Bound(slog.NewJSONHandler(a.Log, &slog.HandlerOptions{Level: slog.LevelDebug}))),
	}
	var site web.Config
	if a.Mail != nil {
		server, err := mail.ParseServer("smtp://" + a.Mail.Address())
		a.must(err)
		config.Mail = &mail.Sender{Server: server, From: "latchkey@example.com", Host: "example.com"}
		site.MailFlagValues = []views.FlagValue{{Name: "Mail server", Value: server.String(), Flag: "--smtp", Variable: "LATCHKEY_SMTP"},
			{Name: "Mail is sent from", Value: config.Mail.From, Flag: "--mail-from", Variable: "LATCHKEY_MAIL_FROM"}}
	}
	if a.options.Proxied {
		site.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	}
	i, err := instance.New(config)
	a.must(err)
	n.site, err = web.New(i, site)
	a.must(err)
	if a.options.Mount != nil {
		a.options.Mount(n.site)
	}
	server.Mount(n.site)
	n.stopJobs = lease.Alone(i, userimport.Job(i)).Start(i.Log)
	return n
}

// Sites are those of all nodes; Site is the first.
func (a *App) Sites() (all []*web.Site) {
	for _, n := range *a.nodes.Load() {
		all = append(all, n.site)
	}
	return all
}

func (a *App) close() {
	for _, n := range *a.nodes.Load() {
		n.stopJobs()
		n.hasher.Close()
		if err := n.db.Close(); err != nil {
			a.TB.Errorf("closing the database: %v", err)
		}
	}
}

// next is the node whose turn it is.
func (a *App) next() *node {
	nodes := *a.nodes.Load()
	return nodes[a.turn.Add(1)%uint64(len(nodes))]
}

// Restart stops the program and starts it again on the same folder and address.
// No request may be running.
func (a *App) Restart() {
	a.TB.Helper()
	a.close()
	a.open()
}

// PutBack stops the program, puts an older database file in the place of its own, and
// starts it again. No request may be running.
func (a *App) PutBack(database []byte) {
	a.TB.Helper()
	a.close()
	for _, ending := range []string{"-wal", "-shm"} {
		if err := os.Remove(a.DatabasePath() + ending); !errors.Is(err, fs.ErrNotExist) {
			a.must(err)
		}
	}
	a.must(os.WriteFile(a.DatabasePath(), database, 0o600))
	a.open()
}
