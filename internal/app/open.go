package app

import (
	"log/slog"

	"latchkey/internal/config"
	"latchkey/internal/logs"
	"latchkey/internal/password"
	"latchkey/internal/program"
)

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
