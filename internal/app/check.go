package app

import (
	"fmt"
	"log/slog"

	"latchkey/internal/app/cli"
	"latchkey/internal/check"
	"latchkey/internal/config"
	"latchkey/internal/logs"
)

type checkCommand struct {
	config.Serve `set:"url_default=the one the server last started with"`
	JSON         bool `name:"json" env:"LATCHKEY_JSON" help:"Print a JSON array."`
}

// Help shows how it is used.
func (checkCommand) Help() string {
	return "It takes the flags and variables of latchkey serve, so that it checks what the server is started with. It changes nothing, " +
		"and asks the site and every application as a stranger would, with and without forged headers.\n\n" +
		cli.Examples("check", "check --json", "check --smtp-file /etc/latchkey/smtp --time-check pool.ntp.org")
}

// Run checks, prints what was found and fails if anything is broken.
func (c checkCommand) Run(r *cli.Run) error {
	settings, wrong := c.Config(false)
	checker := check.Checker{
		Folder: r.Data, Database: r.Database, Config: settings, Wrong: wrong, Version: r.Version,
		Log: slog.New(logs.Bound(slog.NewTextHandler(r.Stderr, nil))),
	}
	if !c.JSON {
		checker.Show = func(f check.Finding) { printFinding(r, f) }
	}
	all := checker.Run(r.Ctx)
	if c.JSON {
		add, end := r.JSONArray()
		for _, f := range all {
			if err := add(f); err != nil {
				return err
			}
		}
		if err := end(); err != nil {
			return err
		}
	}
	if n := check.Count(all, check.Broken); n > 0 {
		return fmt.Errorf("%d of %d checks found something broken", n, len(all))
	}
	return nil
}

// printFinding prints a finding as soon as it is there: how it came out, of what, and below it what to
// do.
func printFinding(r *cli.Run, f check.Finding) {
	of := f.ID
	if f.Of != "" {
		of += " " + f.Of
	}
	fmt.Fprintf(r.Stdout, "%-9s %s: %s\n", f.Level, of, cli.OneLine(f.Says))
	if f.Do != "" {
		fmt.Fprintf(r.Stdout, "%-9s %s\n", "", cli.OneLine(f.Do))
	}
}
