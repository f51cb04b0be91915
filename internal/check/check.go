// Package check looks whether an instance can do its work and whether anybody gets past it,
// from the machine that it runs on, and says what to do. It changes nothing, and writes nothing into
// the data folder, whether a server uses it or not.
package check

import (
	"context"
	"crypto/x509"
	"fmt"
	"log/slog"
	"time"

	"latchkey/internal/config"
	"latchkey/internal/program"
)

// Level is how a check came out.
type Level string

// The levels. What is weak works, and should be looked at; what is broken does not work, or lets
// somebody in. What was not asked was not looked at, and why is said.
const (
	Fine     Level = "fine"
	Weak     Level = "weak"
	Broken   Level = "broken"
	NotAsked Level = "not asked"
)

// Finding is what one check found.
type Finding struct {
	// ID says which check it was: what is checked, and a dot and what of it where there are
	// several. They are listed in docs/operating.md, and stay.
	ID string `json:"id"`
	// Of is what was checked where there is more than one: the slug of an application, the
	// name of a stream.
	Of    string `json:"of,omitempty"`
	Level Level  `json:"level"`
	Says  string `json:"says"`         // a sentence
	Do    string `json:"do,omitempty"` // what to do about it
}

// Checker is where everything is that is checked.
type Checker struct {
	Folder string
	// Database is the address of a PostgreSQL; "" for the file in the folder.
	Database string
	Config   config.Config
	Wrong    error // what is wrong with the configuration, which is nil if anything is
	Log      *slog.Logger
	Version  string
	// Roots are the authorities that are believed; nil for those of the system.
	Roots *x509.CertPool
	// Dials are addresses to dial for hosts, for tests; those that are not in it are looked up.
	Dials map[string]string
	// Show is told of each finding as soon as it is there; it may be nil.
	Show func(Finding)

	all []Finding
}

// maxCheck is how long a check may take in all, 2 minutes: what was not asked by then is said to
// be not asked.
const maxCheck = 2 * time.Minute

// Run checks everything and returns what it found, in the order of the checks.
func (c *Checker) Run(ctx context.Context) []Finding {
	ctx, cancel := context.WithTimeout(ctx, maxCheck)
	defer cancel()
	c.all = nil
	c.configuration()
	p := c.folder(ctx)
	if p == nil {
		return c.all
	}
	defer p.Close()
	c.keys(ctx, p)
	c.database(ctx, p)
	c.room(p)
	c.clock(p)
	c.mail(ctx, p)
	c.site(ctx, p)
	c.backups(p)
	c.streams(p)
	c.versions(p)
	c.applications(ctx, p)
	return c.all
}

// found notes a finding of one among several, in words that are put together.
func (c *Checker) found(id, of string, level Level, do, format string, args ...any) {
	c.add(Finding{ID: id, Of: of, Level: level, Says: fmt.Sprintf(format, args...), Do: do})
}

// add notes a finding.
func (c *Checker) add(f Finding) {
	c.all = append(c.all, f)
	if c.Show != nil {
		c.Show(f)
	}
}

// Count returns how many findings came out like this.
func Count(all []Finding, level Level) (n int) {
	for _, f := range all {
		if f.Level == level {
			n++
		}
	}
	return n
}

// program opens what belongs to the data folder.
func (c *Checker) program(ctx context.Context) (*program.Program, error) {
	return program.Open(ctx, c.Folder, program.Options{Untouched: true, Database: c.Database, Log: c.Log, Version: c.Version, URL: c.Config.URL,
		Mail: c.Config.Mail, From: c.Config.MailFrom, Cost: c.cost()})
}
