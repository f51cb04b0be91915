package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"golang.org/x/term"

	"latchkey/internal/audit"
	"latchkey/internal/config"
	"latchkey/internal/setup"
	"latchkey/internal/store"
	"latchkey/internal/web"
)

const (
	// stopWithin leaves room below the ten seconds that docker stop waits.
	stopWithin = 8 * time.Second
	sweepEvery = time.Hour
	// binFor is how long deleted users stay in the recycle bin.
	binFor = 30 * 24 * time.Hour
)

type serveCommand struct {
	config.Serve
}

// Run serves until a signal comes.
func (c *serveCommand) Run(r *run) error {
	settings, err := c.Config(term.IsTerminal(int(os.Stderr.Fd())))
	if err != nil {
		return usageError{err}
	}
	listener, err := net.Listen("tcp", settings.Addr)
	if err != nil {
		return fmt.Errorf("listening on %s: %w", settings.Addr, err)
	}
	defer listener.Close()
	base := settings.URL
	if base == nil {
		base = config.LocalURL(listener.Addr().(*net.TCPAddr).Port)
	}
	log := newLogger(r.stderr, settings.LogJSON)
	p, err := r.open(options{create: true, cost: settings.PasswordCost, log: log, config: settings, url: base})
	if err != nil {
		return err
	}
	Mount(p.site)
	if _, err := p.site.Routes(); err != nil {
		return errors.Join(err, p.close())
	}
	err = p.serve(r, listener, log)
	return errors.Join(err, p.close())
}

func newLogger(w io.Writer, asJSON bool) *slog.Logger {
	if asJSON {
		return slog.New(slog.NewJSONHandler(w, nil))
	}
	return slog.New(slog.NewTextHandler(w, nil))
}

func (p *program) serve(r *run, listener net.Listener, log *slog.Logger) error {
	code, err := p.started()
	if err != nil {
		return err
	}
	server := web.NewServer(p.site)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(web.LimitConnections(listener)) }()
	if code != "" {
		fmt.Fprintln(r.stdout, "Setup: "+p.site.Link("/setup?code="+code))
	}
	fmt.Fprintln(r.stdout, "Listening on "+listenURL(listener))
	p.logStart(log, r.version, listener)

	sweeper := p.sweep(log)
	defer sweeper()
	select {
	case err := <-ended:
		return fmt.Errorf("serving: %w", err)
	case <-r.ctx.Done():
	}
	return p.stop(server, log)
}

// started writes the first lines of this run into the database: the base URL for
// the other commands, the audit row, and a new set-up code while one is needed.
func (p *program) started() (code string, err error) {
	err = p.db.Tx(context.Background(), func(tx *store.Tx) error {
		if err := tx.SetMeta("base_url", p.site.URL.String()); err != nil {
			return err
		}
		now := time.Now()
		if err := tx.Audit(audit.Entry{At: now, Event: audit.ServerStarted, Result: audit.ResultOK, ActorName: "server"}); err != nil {
			return err
		}
		has, err := tx.HasAdministrator()
		if err != nil || has {
			return err
		}
		code, err = setup.NewCode(tx, now)
		return err
	})
	return code, err
}

// listenURL is the address that the listener really has; a wildcard is shown as
// the loopback address, which can be opened.
func listenURL(l net.Listener) string {
	a := l.Addr().(*net.TCPAddr)
	host := a.IP.String()
	if a.IP.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, fmt.Sprint(a.Port))
}

func (p *program) logStart(log *slog.Logger, version string, l net.Listener) {
	log.Info("started", "version", version, "url", p.site.URL.String(), "listen", l.Addr().String(),
		"secure_cookies", p.site.Secure(), "trusted_proxies", fmt.Sprint(p.site.TrustedProxies))
	if !p.site.Secure() {
		log.Warn("the base URL is http: passwords and codes travel in the clear beyond this machine")
	}
	p.logHead(log)
}

// logHead notes the head of the audit log where whoever can write the database
// cannot change it; audit verify --head finds a tail that was cut off since.
func (p *program) logHead(log *slog.Logger) {
	seq, mac, err := p.db.AuditHead()
	if err != nil {
		log.Error("reading the head of the audit log", "error", err)
		return
	}
	log.Info("audit head", "head", fmt.Sprintf("%d:%s", seq, mac))
}

// sweep removes what is over, at once and every hour, until the returned
// function is called.
func (p *program) sweep(log *slog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(sweepEvery)
		defer tick.Stop()
		for {
			if err := p.db.Tx(ctx, func(tx *store.Tx) error { return sweepOnce(tx, time.Now()) }); err != nil && ctx.Err() == nil {
				log.Error("removing what is over", "error", err)
			}
			select {
			case <-tick.C:
				p.logHead(log)
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() { cancel(); <-done }
}

func sweepOnce(tx *store.Tx, now time.Time) error {
	if err := tx.DropExpired(now); err != nil {
		return err
	}
	gone, err := tx.PurgeDeleted(now.Add(-binFor))
	if err != nil {
		return err
	}
	for _, u := range gone {
		e := audit.Entry{
			At: now, Event: audit.UserDeleted, Result: audit.ResultOK, ActorName: "server", SubjectID: u.ID, SubjectName: u.Username,
			Details: []audit.Detail{{Name: "recycle bin", Before: "deleted", After: "gone for good"}},
		}
		if err := tx.Audit(e); err != nil {
			return err
		}
	}
	return nil
}

// stop lets running requests end, writes the last audit row and its head.
func (p *program) stop(server *http.Server, log *slog.Logger) error {
	p.site.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	err := server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		log.Warn("some requests were cut off")
		err = server.Close()
	}
	stopped := audit.Entry{At: time.Now(), Event: audit.ServerStopped, Result: audit.ResultOK, ActorName: "server"}
	err = errors.Join(err, p.db.Tx(context.Background(), func(tx *store.Tx) error { return tx.Audit(stopped) }))
	p.logHead(log)
	log.Info("stopped")
	return err
}
