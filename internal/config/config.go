// Package config reads what an operator decides before the program starts: the
// flags and LATCHKEY_ variables of latchkey serve. Everything an administrator decides
// while it runs is a setting in the database instead.
//
// The structs with tags belong to the command line parser, which fills them so
// that a flag wins over its variable and the variable over the default. Their
// Config method then checks all values and reports all mistakes at once, on one
// line, so that nobody has to fix them one start at a time.
package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"latchkey/internal/mail"
	"latchkey/internal/password"
)

// Data is the flag that goes with every command.
type Data struct {
	Data         string `env:"LATCHKEY_DATA" default:"./data" placeholder:"DIR" help:"Folder that holds the database and its key."`
	Database     string `env:"LATCHKEY_DATABASE" placeholder:"URL" help:"PostgreSQL to use instead of a file in the data folder, as postgres://USER:PASSWORD@HOST/NAME. Default none."`
	DatabaseFile string `name:"database-file" env:"LATCHKEY_DATABASE_FILE" placeholder:"FILE" help:"File that contains the value of --database, to keep the password out of process lists."`
}

// Address returns the address of a PostgreSQL, or "" for the file in the data folder. The
// value may hold a password and is never repeated.
func (d Data) Address() (string, error) {
	text, flag := d.Database, "--database"
	if d.DatabaseFile != "" {
		if text != "" {
			return "", errors.New("--database and --database-file: use only one of them")
		}
		flag = "--database-file"
		var err error
		if text, err = secretFrom(d.DatabaseFile); err != nil {
			return "", fmt.Errorf("--database-file: %w", err)
		}
	}
	if text != "" && !strings.HasPrefix(text, "postgres://") && !strings.HasPrefix(text, "postgresql://") {
		return "", fmt.Errorf("%s: this is not an address that begins with postgres://", flag)
	}
	return text, nil
}

// Links are the flags of every command that prints links. The help names the default of
// url_default, since only serve knows which port it listens on.
type Links struct {
	URL          string `name:"url" env:"LATCHKEY_URL" placeholder:"URL" help:"Public base URL, such as https://login.example. Default ${url_default=the one the server last started with}."`
	InsecureHTTP bool   `name:"insecure-http" env:"LATCHKEY_INSECURE_HTTP" help:"Allow an http:// URL for a host other than localhost. Passwords and codes can then be read in transit."`
}

// BaseURL returns the base URL given, or nil if there is none.
func (l Links) BaseURL() (*url.URL, error) {
	if l.URL == "" {
		return nil, nil
	}
	base, err := BaseURL(l.URL, l.InsecureHTTP)
	if err != nil {
		return nil, fmt.Errorf("--url: %w", err)
	}
	return base, nil
}

// Serve is the flags of the serve command, as they were typed.
type Serve struct {
	Links          `set:"url_default=http://localhost:PORT"`
	Addr           string `env:"LATCHKEY_ADDR" default:"127.0.0.1:8080" placeholder:"HOST:PORT|unix:PATH" help:"Address to listen on; port 0 picks a free one."`
	TrustedProxies string `env:"LATCHKEY_TRUSTED_PROXIES" placeholder:"CIDR,..." help:"Addresses or networks of reverse proxies whose X-Forwarded-For is trusted."`
	StreamNetworks string `env:"LATCHKEY_STREAM_NETWORKS" placeholder:"CIDR,..." help:"Private networks that event streams may reach. Default none: only the open internet."`
	SMTP           string `name:"smtp" env:"LATCHKEY_SMTP" placeholder:"URL" help:"Mail server, as smtp://USER:PASSWORD@HOST:587 or smtps://... Without one, administrators pass links on themselves."`
	SMTPFile       string `name:"smtp-file" env:"LATCHKEY_SMTP_FILE" placeholder:"FILE" help:"File that contains the value of --smtp, to keep the password out of process lists."`
	MailFrom       string `name:"mail-from" env:"LATCHKEY_MAIL_FROM" placeholder:"ADDRESS" help:"Sender address of mail. Default latchkey@ and the host of the URL."`
	TimeCheck      string `name:"time-check" env:"LATCHKEY_TIME_CHECK" placeholder:"HOST" help:"Time server (NTP) to check the clock against at start, such as pool.ntp.org. Default none."`
	LogFormat      string `env:"LATCHKEY_LOG_FORMAT" placeholder:"text|json" help:"Format of the log on stderr. Default text on a terminal, otherwise json."`
	LogLevel       string `env:"LATCHKEY_LOG_LEVEL" default:"info" placeholder:"debug|info|warn|error" help:"Lowest level that is logged; debug adds every request."`
	PasswordHash   string `env:"LATCHKEY_PASSWORD_HASH" default:"argon2id:64MiB:3:1" placeholder:"COST" help:"Cost of new password hashes; at least argon2id:19MiB:2:1."`
}

// Config is what Serve means, checked. It is a value: copies are independent but
// for what URL points to, which nobody may change.
type Config struct {
	// Addr is the address to listen on: HOST:PORT, with a port from 0 to 65535, or
	// unix:PATH.
	Addr string
	// URL is the public base URL, or nil for LocalURL with the port listened on.
	URL *url.URL
	// TrustedProxies are the peers whose X-Forwarded-For counts; empty means none.
	TrustedProxies []netip.Prefix
	// StreamNetworks are the private networks that event streams may reach.
	StreamNetworks []netip.Prefix
	// Mail is the mail server, or nil.
	Mail *mail.Server
	// MailFrom is the address that mail comes from; "" for latchkey@ and the host of
	// the base URL.
	MailFrom string
	// TimeCheck is the host and port of a time server, or "" for none.
	TimeCheck string
	// LogJSON says that the log is JSON; else it is text.
	LogJSON bool
	// LogLevel is the least that is logged.
	LogLevel slog.Level
	// PasswordCost is what a new password hash costs.
	PasswordCost password.Cost
}

// Config checks the values. Terminal says whether stderr is one, which decides
// the form of the log if nobody else did. The error names every mistake on one
// line, in the order in which --help lists the flags.
func (s Serve) Config(terminal bool) (Config, error) {
	c := Config{Addr: s.Addr, LogJSON: s.LogFormat == "json" || s.LogFormat == "" && !terminal}
	var err [10]error
	err[0] = checkAddr(s.Addr)
	c.URL, err[1] = s.BaseURL()
	if c.TrustedProxies, err[2] = Networks(s.TrustedProxies); err[2] != nil {
		err[2] = fmt.Errorf("--trusted-proxies: %w", err[2])
	}
	if c.StreamNetworks, err[3] = Networks(s.StreamNetworks); err[3] != nil {
		err[3] = fmt.Errorf("--stream-networks: %w", err[3])
	}
	if s.LogFormat != "" && s.LogFormat != "text" && s.LogFormat != "json" {
		err[4] = fmt.Errorf("--log-format: %q is neither text nor json", s.LogFormat)
	}
	if c.PasswordCost, err[5] = password.ParseCost(s.PasswordHash); err[5] != nil {
		err[5] = fmt.Errorf("--password-hash: %w", err[5])
	}
	if c.LogLevel, err[9] = logLevel(s.LogLevel); err[9] != nil {
		err[9] = fmt.Errorf("--log-level: %w", err[9])
	}
	c.Mail, err[6] = s.mailServer()
	c.MailFrom, err[7] = s.mailFrom()
	if c.TimeCheck, err[8] = timeServer(s.TimeCheck); err[8] != nil {
		err[8] = fmt.Errorf("--time-check: %w", err[8])
	}
	if err := oneLine(err[:]); err != nil {
		return Config{}, err
	}
	return c, nil
}

// logLevel reads debug, info, warn or error; empty is info.
func logLevel(text string) (slog.Level, error) {
	if text == "" {
		return slog.LevelInfo, nil
	}
	for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
		if strings.EqualFold(text, level.String()) {
			return level, nil
		}
	}
	return 0, fmt.Errorf("%q is neither debug, info, warn nor error", text)
}

// maxSocketPath is what the kernel has room for (sun_path in unix(7)).
const maxSocketPath = 107

// SocketPath returns the path of an address of the form unix:PATH; false for any
// other. A path that begins with @ is a name in Linux's abstract namespace.
func SocketPath(addr string) (path string, ok bool) { return strings.CutPrefix(addr, "unix:") }

// checkAddr returns what is wrong with an address to listen on. The port is a
// number, because a name is looked up in a file that differs between machines.
func checkAddr(addr string) error {
	if path, ok := SocketPath(addr); ok {
		if path == "" {
			return fmt.Errorf("--addr: %q has no path", addr)
		}
		if strings.HasPrefix(path, "//") {
			return fmt.Errorf("--addr: %q is written with unix: and the path alone, such as unix:/run/latchkey/latchkey.sock", addr)
		}
		if len(path) > maxSocketPath {
			return fmt.Errorf("--addr: the path of a socket can have at most %d bytes; this one has %d", maxSocketPath, len(path))
		}
		return nil
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("--addr: %q is neither HOST:PORT nor unix:PATH", addr)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("--addr: %q needs a port from 0 to 65535", addr)
	}
	return nil
}

// oneLine joins the errors that are not nil with semicolons; nil if all are.
func oneLine(all []error) error {
	var text []string
	for _, err := range all {
		if err != nil {
			text = append(text, err.Error())
		}
	}
	if text == nil {
		return nil
	}
	return errors.New(strings.Join(text, "; "))
}
