// Package app puts the program together: it reads the command line, opens the
// data folder, mounts the features and runs the server. It is the only package
// that knows every feature. Each command has a file of its own.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"latchkey/internal/config"
	"latchkey/internal/login"
	"latchkey/internal/problem"
	"latchkey/internal/profile"
	"latchkey/internal/secret"
	"latchkey/internal/security"
	"latchkey/internal/setup"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
)

// Exit statuses of every command.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

type commands struct {
	config.Data

	Serve       serveCommand       `cmd:"" help:"Run the server."`
	SetupCode   setupCodeCommand   `cmd:"" help:"Print a new set-up link, while there is no administrator."`
	User        userCommand        `cmd:"" help:"Add, look at and act on users."`
	Import      importCommand      `cmd:"" help:"Add users from another system's file, all or nothing."`
	Audit       auditCommand       `cmd:"" help:"Check the audit log."`
	Healthcheck healthcheckCommand `cmd:"" help:"Ask a running server whether it is ready; for containers."`
	Version     versionCommand     `cmd:"" help:"Print the version."`
}

// run is what every command gets.
type run struct {
	ctx            context.Context
	data           string // the data folder
	version        string
	stdin          io.Reader
	stdout, stderr io.Writer
}

// usageError is a mistake in how a command was called.
type usageError struct{ error }

// Run runs one command and returns the exit status of the process: 0 done, 1
// failed, 2 used wrongly. A failure is one line on stderr that says what and what
// to do. SIGINT and SIGTERM end a server in good order; a second one at once.
func Run(args []string, version string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	r := &run{ctx: ctx, version: version, stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}
	return r.command(args)
}

func (r *run) command(args []string) int {
	var c commands
	exited := -1
	parser, err := kong.New(&c, kong.Name("latchkey"), kong.Writers(r.stdout, r.stderr),
		kong.Description("Signs people in with a password and a code, and lets administrators look after them."),
		kong.ValueFormatter(helpOf), kong.Exit(func(status int) { exited = status }), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		return r.fail(err)
	}
	if err := config.UnknownVariables(os.Environ(), config.Variables(parser.Model)); err != nil {
		return r.fail(usageError{err})
	}
	command, err := parser.Parse(args)
	if exited >= 0 {
		return exited // help was printed
	}
	if err != nil {
		return r.fail(usageError{err})
	}
	r.data = c.Data.Data
	if err := command.Run(r); err != nil {
		return r.fail(err)
	}
	return exitDone
}

// helpOf is the help of a flag with its default and its environment variable.
func helpOf(value *kong.Value) string {
	text := value.Help
	if value.HasDefault && value.Default != "" {
		text += " Default " + value.Default + "."
	}
	if value.Flag != nil && len(value.Flag.Envs) > 0 {
		text += " ($" + value.Flag.Envs[0] + ")"
	}
	return text
}

// fail prints the error on one line and returns its exit status.
func (r *run) fail(err error) int {
	text := err.Error()
	if all := problem.All(err); len(all) > 0 {
		messages := make([]string, len(all))
		for i, p := range all {
			messages[i] = p.Error()
		}
		text = strings.Join(messages, "; ")
	}
	fmt.Fprintln(r.stderr, "latchkey: "+strings.Join(strings.Fields(text), " "))
	if _, ok := errors.AsType[usageError](err); ok {
		return exitUsage
	}
	return exitFailed
}

// program is an open data folder with the site over it.
type program struct {
	db     *store.DB
	site   *web.Site
	hasher *user.Hasher
}

// options are what differs between a server and the other commands.
type options struct {
	create bool
	cost   user.Cost
	log    *slog.Logger
	config config.Config
	url    *url.URL // nil: the one the server last ran with
}

func (r *run) open(o options) (*program, error) {
	ring, err := openFolder(r.data, o.create)
	if err != nil {
		return nil, err
	}
	db, err := store.Open(r.ctx, databasePath(r.data), ring, o.create)
	if err != nil {
		return nil, err
	}
	p := &program{db: db, hasher: user.NewHasher(o.cost)}
	if err := p.build(r, o, ring); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
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
		TrustedProxies: o.config.TrustedProxies, Now: time.Now,
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
}
