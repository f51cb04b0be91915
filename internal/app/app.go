// Package app is the command line: it reads it and runs one command. A command has a file of
// its own here, and a family of them a package below; package cli is what all of them get.
// Package program opens the data folder for them, and package server serves it.
package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"latchkey/internal/app/apps"
	"latchkey/internal/app/cli"
	"latchkey/internal/app/events"
	"latchkey/internal/app/groups"
	"latchkey/internal/app/keys"
	"latchkey/internal/app/mistyped"
	"latchkey/internal/app/users"
	"latchkey/internal/audit"
	"latchkey/internal/config"
	"latchkey/internal/licences"
)

// Exit statuses of every command.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

type commands struct {
	config.Data

	Serve       serveCommand         `cmd:"" help:"Run the server."`
	SetupCode   setupCodeCommand     `cmd:"" help:"Print a new set-up link, if there is no administrator yet."`
	User        users.Commands       `cmd:"" help:"Add, show and change users."`
	Group       groups.Commands      `cmd:"" help:"Add, list, fill and delete groups."`
	App         apps.Commands        `cmd:"" help:"Add, show and change applications."`
	Import      users.Import         `cmd:"" help:"Import users from a file, all or nothing."`
	Export      exportCommand        `cmd:"" help:"Export users or the audit log to standard output."`
	Backup      backupCommand        `cmd:"" help:"Make a backup, or check one."`
	Restore     restoreBackupCommand `cmd:"" help:"Restore a backup into an empty data folder."`
	Migrate     migrateCommand       `cmd:"" help:"Upgrade the database to this version's schema; serve does the same when it starts."`
	Audit       auditCommand         `cmd:"" help:"Check the audit log."`
	Events      events.Commands      `cmd:"" help:"Show, read back and check event streams."`
	Terms       termsCommand         `cmd:"" help:"Count the words of a text."`
	Help        helpCommand          `cmd:"" help:"Explain a command."`
	Keys        keys.Commands        `cmd:"" help:"List the encryption keys, add one, and seal everything anew."`
	Check       checkCommand         `cmd:"" help:"Check that the instance can do its work, and that nobody gets past it."`
	Healthcheck healthcheckCommand   `cmd:"" help:"Check that a running server is ready; for containers."`
	Version     versionCommand       `cmd:"" help:"Print the version."`
}

// Run runs one command and returns the exit status of the process: 0 done, 1
// failed, 2 used wrongly. A failure is one line on stderr that says what and what
// to do.
func Run(args []string, version string) int {
	r := &cli.Run{Ctx: context.Background(), Version: version, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	return Command(r, args, os.Environ())
}

// Command does the same with streams and an environment that somebody else chose.
func Command(r *cli.Run, args, environ []string) int {
	var c commands
	helped := false
	parser, err := kong.New(&c, kong.Name("latchkey"), kong.Writers(r.Stdout, r.Stderr),
		kong.Description("Two-step sign-in, and user administration."),
		kong.ValueFormatter(helpOf), kong.Exit(func(int) { helped = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 80}))
	if err != nil {
		return fail(r, err)
	}
	command, err := parser.Parse(mistyped.Meant(args))
	if helped {
		return exitDone
	}
	if err != nil {
		return fail(r, cli.UsageError(mistyped.WithHint(err)))
	}
	known, hidden := config.Variables(parser.Model)
	if err := config.UnknownVariables(environ, known, hidden); err != nil {
		return fail(r, cli.UsageError(err))
	}
	if r.Data = c.Data.Data; r.Data == "" {
		return fail(r, cli.UsageError(errors.New("--data: the folder name is empty")))
	}
	if r.Database, err = c.Data.Address(); err != nil {
		return fail(r, cli.UsageError(err))
	}
	if err := command.Run(r); err != nil {
		return fail(r, err)
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

// maxLine bounds a message in runes; part of it may come from a file.
const maxLine = 2000

// fail prints the error on one line and returns its exit status. What comes from
// outside, such as the name of a file, cannot forge a line or colour the screen.
func fail(r *cli.Run, err error) int {
	text := strings.ReplaceAll(err.Error(), "\n", "; ")
	text = strings.ReplaceAll(text, ".: ", ": ") // a sentence with its cause behind it
	text = strings.Join(strings.Fields(text), " ")
	fmt.Fprintln(r.Stderr, "latchkey: "+audit.CleanText(text, maxLine))
	if cli.IsUsageError(err) {
		return exitUsage
	}
	return exitFailed
}

type versionCommand struct {
	Licences bool `aliases:"licenses" env:"LATCHKEY_LICENCES" help:"Print what the program contains, and the licence of each part."`
}

// Help shows how it is used.
func (versionCommand) Help() string { return cli.Examples("version", "version --licences | less") }

// Run prints the version, or the licences.
func (c versionCommand) Run(r *cli.Run) error {
	if c.Licences {
		return licences.WriteTo(r.Stdout)
	}
	_, err := fmt.Fprintln(r.Stdout, "latchkey "+r.Version)
	return err
}

type helpCommand struct {
	Command []string `arg:"" optional:"" help:"Command to explain; all are listed if none is given."`
}

// Help shows how it is used.
func (helpCommand) Help() string { return cli.Examples("help", "help user add") }

// Run does nothing: mistyped.Meant turns the command into the flag --help of another one.
func (helpCommand) Run(*cli.Run) error { return nil }
