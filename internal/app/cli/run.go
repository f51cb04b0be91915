// Package cli is what every command gets: where it reads and writes, the data folder, and
// the ways in which all of them print, ask and fail.
package cli

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"

	"latchkey/internal/config"
	"latchkey/internal/logs"
	"latchkey/internal/password"
	"latchkey/internal/program"
)

// Run is one run of the program, which does one command.
type Run struct {
	Ctx            context.Context
	Data           string // the data folder
	Database       string // the address of a PostgreSQL; "" for the file in the folder
	Version        string
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// usageError is a mistake in how a command was called.
type usageError struct{ error }

// UsageError makes of an error a mistake in how a command was called, which has an exit
// status of its own.
func UsageError(err error) error { return usageError{err} }

// IsUsageError reports whether an error is one.
func IsUsageError(err error) bool {
	_, is := errors.AsType[usageError](err)
	return is
}

// Open opens the data folder for a command that works beside the server.
func (r *Run) Open(o program.Options) (*program.Program, error) {
	o.Cost, o.Version, o.Database = password.DefaultCost(), r.Version, r.Database
	o.Log = slog.New(logs.Bound(slog.NewTextHandler(r.Stderr, nil)))
	return program.Open(r.Ctx, r.Data, o)
}

// OpenReading opens the data folder for a command that only reads, which it can do where
// nothing can be written, too. With scratch it has to write on its way.
func (r *Run) OpenReading(scratch bool) (*program.Program, error) {
	return r.Open(program.Options{Reading: true, Scratch: scratch})
}

// OpenQuietly opens the data folder for a command that prints no links.
func (r *Run) OpenQuietly() (*program.Program, error) { return r.OpenFor(config.Links{}) }

// OpenFor opens the data folder for a command that prints links.
func (r *Run) OpenFor(l config.Links) (*program.Program, error) {
	base, err := l.BaseURL()
	if err != nil {
		return nil, UsageError(err)
	}
	return r.Open(program.Options{URL: base})
}

// Examples is the long help of a command: how it is typed.
func Examples(lines ...string) string {
	return "Examples:\n  latchkey " + strings.Join(lines, "\n  latchkey ")
}
