// Package server serves an open data folder over HTTP, and runs the jobs in the background.
package server

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
	"strings"
	"syscall"
	"time"

	"latchkey/internal/applications"
	"latchkey/internal/web/conns"

	"github.com/coreos/go-systemd/v22/daemon"

	"latchkey/internal/admin"
	"latchkey/internal/audit"
	"latchkey/internal/forward"
	"latchkey/internal/login"
	"latchkey/internal/profile"
	"latchkey/internal/program"
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

// settled is how long after its start a server has done what it does at the start.
const settled = 2 * time.Second

// Server is an open data folder with its pages.
type Server struct {
	*program.Program
	Site *web.Site

	leap leap
}

// New returns the server of a folder with every feature mounted.
func New(p *program.Program, c web.Config) (*Server, error) {
	site, err := web.New(p.Instance, c)
	if err != nil {
		return nil, err
	}
	Mount(site)
	_, err = site.Routes()
	return &Server{Program: p, Site: site}, err
}

// Mount adds every feature to a site. All routes of the program begin here.
func Mount(s *web.Site) {
	setup.Mount(s)
	login.Mount(s)
	profile.Mount(s)
	applications.Mount(s)
	forward.Mount(s)
	security.Mount(s)
	admin.Mount(s)
}

// Serve serves until SIGINT or SIGTERM ends it in good order, and prints to stdout where it
// listens. A time server, if one is named, is asked once.
func (s *Server) Serve(ctx context.Context, listener net.Listener, stdout io.Writer, timeServer string) error {
	last, err := s.lastEvent() // before this run writes events of its own
	if err != nil {
		return err
	}
	if err := s.CompareHead(s.Instance.Now()); err != nil {
		return err
	}
	if err := s.NoteKeys(ctx, s.Instance.Now()); err != nil {
		return err
	}
	s.warnOfClock(timeServer)
	if err := s.beginClock(ctx, last); err != nil {
		return err
	}
	signal.Ignore(syscall.SIGHUP)
	s.Memory.Bound(s.Hasher)
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	first, err := s.started()
	if err != nil {
		return err
	}
	server := conns.NewServer(s.Site, s.Site.Log)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(web.LimitConnections(s.Site, listener)) }()
	s.logStart(listener)
	s.announce(stdout, listener, first)
	s.MeasureHashes()
	tell(s.Instance.Log, daemon.SdNotifyReady+"\nSTATUS=Serving "+s.Instance.URL.String())

	if err := userimport.GiveUpReading(s.Instance); err != nil {
		s.Instance.Log.Error("giving up the files that were being read", "error", err)
	}
	defer s.startJobs()()
	defer time.AfterFunc(settled, program.LetGo).Stop()
	select {
	case err := <-ended:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
		stop() // a second signal ends the process
	}
	return s.stop(server)
}

// started writes the first lines of this run into the database: the base URL, the networks
// that streams may reach and whether mail is sent, for the other commands, the audit row, and a new set-up code while one is needed.
func (s *Server) started() (f firstStep, err error) {
	err = s.DB.Tx(context.Background(), func(tx *store.Tx) error {
		f = firstStep{} // it may run twice
		if err := tx.SetMeta("base_url", s.Instance.URL.String()); err != nil {
			return err
		}
		if err := tx.SetMeta("stream_networks", networks(s.Instance.StreamNetworks)); err != nil {
			return err
		}
		mail := "off"
		if s.Instance.HasMail() {
			mail = "on"
		}
		if err := tx.SetMeta("mail", mail); err != nil {
			return err
		}
		now := s.Instance.Now()
		if err := tx.Audit(audit.Entry{At: now, Event: audit.ServerStarted, Result: audit.ResultOK, ActorName: "server"}); err != nil {
			return err
		}
		has, err := tx.HasAdministrator()
		if err != nil || has {
			return err
		}
		if s.DB.Shared() {
			if living, err := setup.LivingCode(tx, now); err != nil || living != "" {
				f.elsewhere = living != ""
				return err
			}
		}
		f.code, err = setup.NewCode(tx, now)
		return err
	})
	return f, err
}

// firstStep is how somebody becomes the first administrator; the zero value where there is one.
type firstStep struct {
	code      string
	elsewhere bool // another node, or this one when it started before, has printed a link that still works
}

// networks is a list as the flags take it.
func networks(all []netip.Prefix) string {
	var text []string
	for _, n := range all {
		text = append(text, n.String())
	}
	return strings.Join(text, ",")
}

// announce prints where the server listens and, while there is no administrator, where it is
// set up, without waiting for its reader.
func (s *Server) announce(stdout io.Writer, listener net.Listener, first firstStep) {
	text := "Listening on " + listenURL(listener) + "\n"
	switch {
	case first.code != "":
		text = "Setup: " + s.Instance.Link("/setup?code="+first.code) + "\n" + text
	case first.elsewhere:
		text = "There is no administrator yet. The set-up link was printed at an earlier start; latchkey setup-code prints a new one.\n" + text
	}
	go io.WriteString(stdout, text)
}

// logStart says what is in force, one line each, and warns of what is weak.
func (s *Server) logStart(l net.Listener) {
	log := s.Instance.Log
	log.Info("latchkey", "version", s.Instance.Version)
	log.Info("base URL", "url", s.Instance.URL.String())
	schema, err := s.DB.Schema()
	if err != nil {
		log.Error("reading the version of the schema", "error", err)
	}
	log.Info("database", "path", s.DB.Path(), "schema", schema)
	if m := s.Migrated; m.Done() {
		log.Info("database brought up to date", "schema", m.Schema(), "copy", m.Copy)
	}
	s.Memory.Report(log, s.Hasher)
	log.Info("listening", "address", l.Addr().String())
	log.Info("trusted proxies", "networks", fmt.Sprint(s.Site.TrustedProxies))
	log.Info("cookies", "secure", s.Instance.Secure())
	if s.Instance.HasMail() {
		log.Info("mail", "server", s.Instance.Mail.Server.String(), "from", s.Instance.Mail.From)
	} else {
		log.Info("mail", "server", "none: administrators pass links on themselves")
	}
	if !s.Instance.Secure() && !isLocal(s.Instance.URL.Hostname()) {
		log.Warn("the base URL is http: passwords and codes can be read in transit; put a proxy with TLS in front and use https")
	}
	if info, err := os.Stat(s.Folder); err == nil && info.Mode().Perm()&0o077 != 0 {
		log.Warn("other users can look into the data folder; run chmod 700 on it", "path", s.Folder, "mode", fmt.Sprintf("%04o", info.Mode().Perm()))
	}
	s.warnOfDatabase(log)
	s.warnOfBackups(log)
	s.logHead(log)
}

// warnOfDatabase says in what ways the server of the database could lose what people were told.
func (s *Server) warnOfDatabase(log *slog.Logger) {
	risks, err := s.DB.Risks(context.Background())
	if err != nil {
		log.Error("looking at the server of the database", "error", err)
	}
	for _, risk := range risks {
		log.Warn(risk)
	}
}

// isLocal reports whether a host of a base URL is this machine.
func isLocal(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// logHead notes the head of the audit log where somebody who can write the database
// cannot change it; audit verify --head finds a tail that was cut off since.
func (s *Server) logHead(log *slog.Logger) {
	seq, mac, err := s.DB.AuditHead()
	if err != nil {
		log.Error("reading the head of the audit log", "error", err)
		return
	}
	log.Info("audit head", "head", fmt.Sprintf("%d:%s", seq, mac))
}

// stop lets running requests end, writes the last audit row and its head.
func (s *Server) stop(server *http.Server) error {
	log := s.Instance.Log
	tell(log, daemon.SdNotifyStopping)
	log.Info("stopping")
	s.Site.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), drainFor)
	defer cancel()
	err := server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		log.Warn("some requests were cut off")
		err = server.Close()
	}
	stopped := audit.Entry{At: s.Instance.Now(), Event: audit.ServerStopped, Result: audit.ResultOK, ActorName: "server"}
	err = errors.Join(err, s.DB.Tx(context.Background(), func(tx *store.Tx) error { return tx.Audit(stopped) }))
	s.logHead(log)
	log.Info("stopped")
	return err
}
