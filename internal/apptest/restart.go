package apptest

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"

	"latchkey/internal/instance"
	"latchkey/internal/logs"
	"latchkey/internal/mail"
	"latchkey/internal/password"
	"latchkey/internal/server"
	"latchkey/internal/store"
	"latchkey/internal/userimport"
	"latchkey/internal/web"
	"latchkey/views"
)

// open opens the folder and builds the site, as the command serve does.
func (a *App) open() {
	a.TB.Helper()
	var err error
	a.DB, err = store.Open(context.Background(), a.Database, a.Ring, false)
	a.must(err)
	a.hasher = password.NewHasher(Cost, 0)
	config := instance.Config{
		DB: a.DB, Ring: a.Ring, Folder: a.Folder, Hasher: a.hasher, URL: a.base, Version: "test", Now: a.Clock.Now,
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
	a.Site, err = web.New(i, site)
	a.must(err)
	if a.options.Mount != nil {
		a.options.Mount(a.Site)
	}
	server.Mount(a.Site)
	a.handler.Store(a.Site)
	a.stopJobs = userimport.Job(i).Start(i.Log)
}

func (a *App) close() {
	a.stopJobs()
	a.hasher.Close()
	if err := a.DB.Close(); err != nil {
		a.TB.Errorf("closing the database: %v", err)
	}
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
