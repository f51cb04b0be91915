// Package app is the command line: it reads it and runs one command. A command, or a
// family of them, has a file of its own. Package program opens the data folder for them,
// and package server serves it.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"latchkey/internal/app/mistyped"
	"latchkey/internal/audit"
	"latchkey/internal/config"
	"latchkey/internal/logs"
	"latchkey/internal/password"
	"latchkey/internal/program"
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
	SetupCode   setupCodeCommand   `cmd:"" help:"Print a new set-up link, if there is no administrator yet."`
	User        userCommand        `cmd:"" help:"Add, show and change users."`
	Import      importCommand      `cmd:"" help:"Import users from a file, all or nothing."`
	Export      exportCommand      `cmd:"" help:"Export users or the audit log to standard output."`
	Migrate     migrateCommand     `cmd:"" help:"Upgrade the database to this version's schema; serve does the same when it starts."`
	Audit       auditCommand       `cmd:"" help:"Check the audit log."`
	Events      eventsCommand      `cmd:"" help:"Show, read back and check event streams."`
	Terms       termsCommand       `cmd:"" help:"Count the words of a text."`
	Help        helpCommand        `cmd:"" help:"Explain a command."`
	Healthcheck healthcheckCommand `cmd:"" help:"Check that a running server is ready; for containers."`
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
// to do.
func Run(args []string, version string) int {
	r := &run{ctx: context.Background(), version: version, stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}
	return r.command(args, os.Environ())
}

func (r *run) command(args, environ []string) int {
	var c commands
	helped := false
	parser, err := kong.New(&c, kong.Name("latchkey"), kong.Writers(r.stdout, r.stderr),
		kong.Description("Two-step sign-in, and user administration."),
		kong.ValueFormatter(helpOf), kong.Exit(func(int) { helped = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 80}))
	if err != nil {
		return r.fail(err)
	}
	command, err := parser.Parse(mistyped.Meant(args))
	if helped {
		return exitDone
	}
	if err != nil {
		return r.fail(usageError{mistyped.WithHint(err)})
	}
	known, hidden := config.Variables(parser.Model)
	if err := config.UnknownVariables(environ, known, hidden); err != nil {
		return r.fail(usageError{err})
	}
	if r.data = c.Data.Data; r.data == "" {
		return r.fail(usageError{errors.New("--data: the folder name is empty")})
	}
	if err := command.Run(r); err != nil {
		return r.fail(err)
	}
	return exitDone
}

// open opens the data folder for a command that works beside the server.
func (r *run) open(o program.Options) (*program.Program, error) {
	o.Cost, o.Version = password.DefaultCost(), r.version
	o.Log = slog.New(logs.Bound(slog.NewTextHandler(r.stderr, nil)))
	return program.Open(r.ctx, r.data, o)
}

// openReading opens the data folder for a command that only reads, which it can do where
// nothing can be written, too. With scratch it has to write on its way.
func (r *run) openReading(scratch bool) (*program.Program, error) {
	return r.open(program.Options{Reading: true, Scratch: scratch})
}

// openQuietly opens the data folder for a command that prints no links.
func (r *run) openQuietly() (*program.Program, error) { return r.openFor(config.Links{}) }

// openFor opens the data folder for a command that prints links.
func (r *run) openFor(l config.Links) (*program.Program, error) {
	base, err := l.BaseURL()
	if err != nil {
		return nil, usageError{err}
	}
	return r.open(program.Options{URL: base})
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

// examples is the long help of a command: how it is typed.
func examples(lines ...string) string {
	return "Examples:\n  latchkey " + strings.Join(lines, "\n  latchkey ")
}

// maxLine bounds a message in runes; part of it may come from a file.
const maxLine = 2000

// fail prints the error on one line and returns its exit status. What comes from
// outside, such as the name of a file, cannot forge a line or colour the screen.
func (r *run) fail(err error) int {
	text := strings.ReplaceAll(err.Error(), "\n", "; ")
	text = strings.ReplaceAll(text, ".: ", ": ") // a sentence with its cause behind it
	text = strings.Join(strings.Fields(text), " ")
	fmt.Fprintln(r.stderr, "latchkey: "+audit.CleanText(text, maxLine))
	if _, ok := errors.AsType[usageError](err); ok {
		return exitUsage
	}
	return exitFailed
}

type versionCommand struct{}

// Help shows how it is used.
func (versionCommand) Help() string { return examples("version") }

// Run prints the version.
func (versionCommand) Run(r *run) error {
	_, err := fmt.Fprintln(r.stdout, "latchkey "+r.version)
	return err
}

type helpCommand struct {
	Command []string `arg:"" optional:"" help:"Command to explain; all are listed if none is given."`
}

// Help shows how it is used.
func (helpCommand) Help() string { return examples("help", "help user add") }

// Run does nothing: mistyped.Meant turns the command into the flag --help of another one.
func (helpCommand) Run(*run) error { return nil }
