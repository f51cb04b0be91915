// Package check looks whether an instance can do its work and whether anybody gets past it,
// from the machine that it runs on, and says what to do. It changes nothing.
package check

import (
	"context"
	"crypto/x509"
	"log/slog"
	"time"

	"latchkey/internal/config"
	"latchkey/internal/program"
)

// Result is how a check came out.
type Result string

// The results. What is weak works, and should be looked at; what is broken does not work, or lets
// somebody in. Skipped was not looked at, which is said.
const (
	OK      Result = "ok"
	Weak    Result = "weak"
	Broken  Result = "broken"
	Skipped Result = "skipped"
)

// Finding is what one check found.
type Finding struct {
	Check string `json:"check"` // configuration, key, database …
	// Of is what was checked where there is more than one: the slug of an application.
	Of     string `json:"of,omitempty"`
	Result Result `json:"result"`
	Says   string `json:"says"`         // a sentence
	Do     string `json:"do,omitempty"` // what to do about it
}

// Checker is where everything is that is checked.
type Checker struct {
	Folder  string
	Config  config.Config
	Wrong   error // what is wrong with the configuration, which is nil if anything is
	Log     *slog.Logger
	Version string
	// Roots are the authorities that are believed; nil for those of the system.
	Roots *x509.CertPool
	// Dials are addresses to dial for hosts, for tests; those that are not in it are looked up.
	Dials map[string]string
	// Show is told of each finding as soon as it is there; it may be nil.
	Show func(Finding)

	all []Finding
}

// maxCheck is how long a check may take in all, 2 minutes: what was not asked by then is said to
// be skipped.
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
	c.database(ctx, p)
	c.clock(p)
	c.mail(ctx, p)
	c.site(ctx, p)
	c.applications(ctx, p)
	return c.all
}

// add notes a finding.
func (c *Checker) add(f Finding) {
	c.all = append(c.all, f)
	if c.Show != nil {
		c.Show(f)
	}
}

// Count returns how many findings came out like this.
func Count(all []Finding, r Result) (n int) {
	for _, f := range all {
		if f.Result == r {
			n++
		}
	}
	return n
}

// program opens what belongs to the data folder.
func (c *Checker) program(ctx context.Context) (*program.Program, error) {
	return program.Open(ctx, c.Folder, program.Options{Reading: true, Log: c.Log, Version: c.Version, URL: c.Config.URL,
		Mail: c.Config.Mail, From: c.Config.MailFrom, Cost: c.cost()})
}
