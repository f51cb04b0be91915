package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/term"

	"latchkey/internal/admin"
	"latchkey/internal/audit"
	"latchkey/internal/config"
	"latchkey/internal/login"
	"latchkey/internal/logs"
	"latchkey/internal/profile"
	"latchkey/internal/security"
	"latchkey/internal/setup"
	"latchkey/internal/store"
	"latchkey/internal/userimport"
	"latchkey/internal/web"
)

// drainFor is how long running requests may take when the server stops. Two
// seconds more close the database, and all of it stays below the ten seconds
// after which docker stop kills.
const drainFor = 6 * time.Second

type serveCommand struct {
	config.Serve
}

// Help shows how it is used.
func (serveCommand) Help() string {
	return examples("serve", "serve --url https://login.example --data /var/lib/latchkey")
}

// Run serves until SIGINT or SIGTERM ends it in good order; a second one ends it
// at once. A terminal that closes does not.
func (c *serveCommand) Run(r *run) error {
	settings, err := c.Config(term.IsTerminal(int(os.Stderr.Fd())))
	if err != nil {
		return usageError{err}
	}
	// The reader of what we write may go away; that is an error of the write then and
	// not our end.
	signal.Ignore(syscall.SIGPIPE)
	listener, err := listen(settings.Addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	base := settings.URL
	if base == nil {
		base = localURL(listener)
	}
	lines := newLines(r.stderr, lostLines(settings.LogJSON))
	defer lines.close()
	log := newLogger(lines, settings)
	o := options{create: true, cost: settings.PasswordCost, log: log, url: base, mail: settings.Mail, from: settings.MailFrom}
	p, err := r.open(o)
	if err != nil {
		return err
	}
	site, err := web.New(p.instance, web.Config{
		TrustedProxies: settings.TrustedProxies, SlowDown: web.SlowDown, KeyFile: p.key.Check,
		FlagValues: c.flagValues(settings, base), MailFlagValues: c.mailFlagValues(p.instance.Mail),
	})
	if err != nil {
		return errors.Join(err, p.close())
	}
	Mount(site)
	if _, err := site.Routes(); err != nil {
		return errors.Join(err, p.close())
	}
	if err := p.compareHead(time.Now()); err != nil {
		return errors.Join(err, p.close())
	}
	p.warnOfClock(settings.TimeCheck)
	return errors.Join(p.serve(r, listener, site), p.close())
}

// Mount adds every feature to a site: the contents page of the program.
func Mount(s *web.Site) {
	setup.Mount(s)
	login.Mount(s)
	profile.Mount(s)
	security.Mount(s)
	admin.Mount(s)
}

func newLogger(w io.Writer, c config.Config) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.LogLevel}
	if c.LogJSON {
		return slog.New(logs.Bound(slog.NewJSONHandler(w, options)))
	}
	return slog.New(logs.Bound(slog.NewTextHandler(w, options)))
}

func (p *program) serve(r *run, listener net.Listener, site *web.Site) error {
	signal.Ignore(syscall.SIGHUP)
	collectLater()
	p.memory.bound(p.hasher)
	ctx, stop := signal.NotifyContext(r.ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	code, err := p.started()
	if err != nil {
		return err
	}
	server := web.NewServer(site)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(web.LimitConnections(site, listener)) }()
	p.logStart(r, listener, site.TrustedProxies)
	p.announce(r, listener, code)
	p.measureHashes()
	tell(p.instance.Log, daemon.SdNotifyReady+"\nSTATUS=Serving "+p.instance.URL.String())

	if err := userimport.GiveUpReading(p.instance); err != nil {
		p.instance.Log.Error("giving up the files that were being read", "error", err)
	}
	defer p.startJobs()()
	select {
	case err := <-ended:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
		stop() // a second signal ends the process
	}
	return p.stop(server, site)
}

// started writes the first lines of this run into the database: the base URL and
// whether mail is sent, for the other commands, the audit row, and a new set-up code while one is needed.
func (p *program) started() (code string, err error) {
	err = p.db.Tx(context.Background(), func(tx *store.Tx) error {
		if err := tx.SetMeta("base_url", p.instance.URL.String()); err != nil {
			return err
		}
		mail := "off"
		if p.instance.HasMail() {
			mail = "on"
		}
		if err := tx.SetMeta("mail", mail); err != nil {
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

// announce prints where the server listens and, if there is a code, where it is set up,
// without waiting for its reader.
func (p *program) announce(r *run, listener net.Listener, code string) {
	text := "Listening on " + listenURL(listener) + "\n"
	if code != "" {
		text = "Setup: " + p.instance.Link("/setup?code="+code) + "\n" + text
	}
	go io.WriteString(r.stdout, text)
}

// logStart says what is in force, one line each, and warns of what is weak.
func (p *program) logStart(r *run, l net.Listener, proxies []netip.Prefix) {
	log := p.instance.Log
	log.Info("latchkey", "version", r.version)
	log.Info("base URL", "url", p.instance.URL.String())
	schema, err := p.db.Schema()
	if err != nil {
		log.Error("reading the version of the schema", "error", err)
	}
	log.Info("database", "path", databasePath(r.data), "schema", schema)
	if m := p.migrated; m.Done() {
		log.Info("database brought up to date", "schema", m.Schema(), "copy", m.Copy)
	}
	p.memory.log(log, p.hasher)
	log.Info("listening", "address", l.Addr().String())
	log.Info("trusted proxies", "networks", fmt.Sprint(proxies))
	log.Info("cookies", "secure", p.instance.Secure())
	if p.instance.HasMail() {
		log.Info("mail", "server", p.instance.Mail.Server.String(), "from", p.instance.Mail.From)
	} else {
		log.Info("mail", "server", "none: administrators pass links on themselves")
	}
	if !p.instance.Secure() && !isLocal(p.instance.URL.Hostname()) {
		log.Warn("the base URL is http: passwords and codes can be read in transit; put a proxy with TLS in front and use https")
	}
	if info, err := os.Stat(r.data); err == nil && info.Mode().Perm()&0o077 != 0 {
		log.Warn("other users can look into the data folder; run chmod 700 on it", "path", r.data, "mode", fmt.Sprintf("%04o", info.Mode().Perm()))
	}
	p.logHead(log)
}

// isLocal reports whether a host of a base URL is this machine.
func isLocal(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// logHead notes the head of the audit log where somebody who can write the database
// cannot change it; audit verify --head finds a tail that was cut off since.
func (p *program) logHead(log *slog.Logger) {
	seq, mac, err := p.db.AuditHead()
	if err != nil {
		log.Error("reading the head of the audit log", "error", err)
		return
	}
	log.Info("audit head", "head", fmt.Sprintf("%d:%s", seq, mac))
}

// stop lets running requests end, writes the last audit row and its head.
func (p *program) stop(server *http.Server, site *web.Site) error {
	log := p.instance.Log
	tell(log, daemon.SdNotifyStopping)
	log.Info("stopping")
	site.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), drainFor)
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
