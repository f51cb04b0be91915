package app

import (
	"cmp"
	"errors"
	"io"
	"log/slog"
	"net/url"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"

	"latchkey/internal/app/cli"
	"latchkey/internal/config"
	"latchkey/internal/logs"
	"latchkey/internal/mail"
	"latchkey/internal/password"
	"latchkey/internal/program"
	"latchkey/internal/server"
	"latchkey/internal/web"
	"latchkey/views"
)

type serveCommand struct {
	config.Serve
}

// Help shows how it is used.
func (serveCommand) Help() string {
	return cli.Examples("serve", "serve --url https://login.example --data /var/lib/latchkey")
}

// Run serves until SIGINT or SIGTERM ends it in good order; a second one ends it
// at once. A terminal that closes does not.
func (c *serveCommand) Run(r *cli.Run) error {
	program.CollectLater()
	settings, err := c.Config(term.IsTerminal(int(os.Stderr.Fd())))
	if err != nil {
		return cli.UsageError(err)
	}
	// The reader of what we write may go away; that is an error of the write then and
	// not our end.
	signal.Ignore(syscall.SIGPIPE)
	listener, err := server.Listen(settings.Addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	base := settings.URL
	if base == nil {
		base = server.LocalURL(listener)
	}
	lines := logs.NewLines(r.Stderr, logs.LostLines(settings.LogJSON))
	defer lines.Close()
	log := newLogger(lines, settings)
	p, err := program.Open(r.Ctx, r.Data, program.Options{
		Create: true, Database: r.Database, Cost: settings.PasswordCost, Log: log, URL: base, Version: r.Version, Mail: settings.Mail, From: settings.MailFrom,
		StreamNetworks: settings.StreamNetworks,
	})
	if err != nil {
		return err
	}
	s, err := server.New(p, web.Config{
		TrustedProxies: settings.TrustedProxies, SlowDown: web.SlowDown, KeyFile: p.Instance.Ring.Refresh,
		FlagValues: c.flagValues(settings, base), MailFlagValues: c.mailFlagValues(p.Instance.Mail),
	})
	if err != nil {
		return errors.Join(err, p.Close())
	}
	return errors.Join(s.Serve(r.Ctx, listener, r.Stdout, settings.TimeCheck), p.Close())
}

func newLogger(w io.Writer, c config.Config) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.LogLevel}
	if c.LogJSON {
		return slog.New(logs.Bound(slog.NewJSONHandler(w, options)))
	}
	return slog.New(logs.Bound(slog.NewTextHandler(w, options)))
}

// flagValues are what the flags decided, for the settings page that shows it. Nothing of it
// is secret: neither paths nor the mail server's password are among it.
func (c *serveCommand) flagValues(settings config.Config, base *url.URL) []views.FlagValue {
	format := "text"
	if settings.LogJSON {
		format = "json"
	}
	return []views.FlagValue{
		{Name: "Base URL", Value: base.String(), Flag: "--url", Variable: "LATCHKEY_URL", Default: c.URL == ""},
		{Name: "Trusted proxies", Value: cmp.Or(c.TrustedProxies, "none"), Flag: "--trusted-proxies", Variable: "LATCHKEY_TRUSTED_PROXIES", Default: c.TrustedProxies == ""},
		{Name: "Private networks for streams", Value: cmp.Or(c.StreamNetworks, "none"), Flag: "--stream-networks", Variable: "LATCHKEY_STREAM_NETWORKS", Default: c.StreamNetworks == ""},
		{Name: "Log format", Value: format, Flag: "--log-format", Variable: "LATCHKEY_LOG_FORMAT", Default: c.LogFormat == ""},
		{Name: "Cost of new password hashes", Value: settings.PasswordCost.String(), Flag: "--password-hash", Variable: "LATCHKEY_PASSWORD_HASH", Default: settings.PasswordCost == password.DefaultCost()},
	}
}

// mailFlagValues are the same of mail, for the page that tests it; nil without a mail server.
// from is who sends, with its default in place.
func (c *serveCommand) mailFlagValues(from *mail.Sender) []views.FlagValue {
	if from == nil {
		return nil
	}
	server := views.FlagValue{Name: "Mail server", Value: from.Server.String(), Flag: "--smtp", Variable: "LATCHKEY_SMTP"}
	if c.SMTPFile != "" {
		server.Flag, server.Variable = "--smtp-file", "LATCHKEY_SMTP_FILE"
	}
	return []views.FlagValue{server, {Name: "Mail is sent from", Value: from.From, Flag: "--mail-from", Variable: "LATCHKEY_MAIL_FROM", Default: c.MailFrom == ""}}
}
