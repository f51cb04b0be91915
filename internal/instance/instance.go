// Package instance is one running Latchkey without its pages: the settings in force,
// the clock, the keys, links and notices, the queue of mail, what ends when, and the jobs
// in the background. Pages, commands and jobs share it, so that all of them do the same
// thing the same way.
//
// It knows no HTTP. What a page needs besides is in package web, whose Site embeds an
// Instance.
package instance

import (
	"errors"
	"log/slog"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"latchkey/internal/auth"
	"latchkey/internal/mail"
	"latchkey/internal/password"
	"latchkey/internal/secret"
	"latchkey/internal/store"
)

// Config is what an Instance needs. Every field but those about mail must be set.
type Config struct {
	DB            *store.DB
	Ring          *secret.Ring
	Folder        string // the data folder
	Hasher        *password.Hasher
	Log           *slog.Logger
	URL           *url.URL // the public base URL
	Version       string
	Mail          *mail.Sender // nil without a mail server
	MailElsewhere bool         // another process sends what this one puts into the queue
	// StreamNetworks are private networks that event streams may reach.
	StreamNetworks []netip.Prefix
	Now            func() time.Time
}

// Instance is one running Latchkey. It is safe for concurrent use.
type Instance struct {
	Config
	// MailDue wakes the job that sends mail, BulkDue the one that changes users in bulk and
	// ImportDue the one that imports them. The last two are for after the commit that stored
	// the work.
	MailDue, BulkDue, ImportDue Signal
	// BackupDue wakes the job that makes backups.
	BackupDue Signal
	// StreamsDue wakes the job that sends events, after a stream was changed.
	StreamsDue Signal
	// OnSettings is called with settings that were read again, before they are in force;
	// an error keeps the old ones. It must be set before the instance is used.
	OnSettings func(auth.Settings) error

	id       string // random, of this database
	node     string // random, of this process
	settings atomic.Pointer[auth.Settings]
	loading  sync.Mutex
	version  atomic.Pointer[string] // of the database, for which what is kept in memory holds
	hasAdmin atomic.Bool
	stopping atomic.Bool
	asked    atomic.Int64 // when the last request came, in nanoseconds since 1970
	restored atomic.Bool  // an older database was put back once
	clock    atomic.Int64 // nanoseconds that a time server says are missing
}

// New returns an instance with the settings of the database.
func New(c Config) (*Instance, error) {
	i := &Instance{Config: c, MailDue: newSignal(), BulkDue: newSignal(), BackupDue: newSignal(), ImportDue: newSignal(), StreamsDue: newSignal()}
	i.node = secret.ID()
	var err error
	if i.id, err = c.DB.Meta("instance"); err != nil {
		return nil, err
	}
	restored, err := c.DB.Restored()
	if err != nil {
		return nil, err
	}
	i.restored.Store(!restored.IsZero())
	return i, errors.Join(i.Refresh(), i.LoadSettings())
}

// Refresh takes up what another process that serves the same database has changed of what this
// one keeps in memory: each request asks for it first. Where no other can it costs nothing.
func (i *Instance) Refresh() error {
	version, err := i.DB.Version()
	if err != nil {
		return err
	}
	return i.RefreshTo(version)
}

// RefreshTo is Refresh for a request that has read the version with something else.
func (i *Instance) RefreshTo(version string) error {
	if version == "" {
		return nil
	}
	if known := i.version.Load(); known != nil && *known == version {
		return nil
	}
	if err := errors.Join(i.DB.Recount(), i.LoadSettings()); err != nil {
		return err
	}
	known := version // of its own, or the parameter would be allocated each time
	i.version.Store(&known)
	return nil
}

// ID is the random name of this instance, which its database keeps.
func (i *Instance) ID() string { return i.id }

// Node is the random name of this process among those that serve the same database.
func (i *Instance) Node() string { return i.node }

// Secure reports whether the public base URL is https.
func (i *Instance) Secure() bool { return i.URL.Scheme == "https" }

// Link returns the public address of a path of ours. The base URL is the only
// source of its host (MA-01).
func (i *Instance) Link(path string) string { return strings.TrimSuffix(i.URL.String(), "/") + path }

// HasAdministrator reports whether an administrator exists. The answer yes is
// remembered: the guard of package store never lets the last one go.
func (i *Instance) HasAdministrator() (bool, error) {
	if i.hasAdmin.Load() {
		return true, nil
	}
	yes, err := i.DB.HasAdministrator()
	if yes {
		i.hasAdmin.Store(true)
	}
	return yes, err
}

// Stop notes that the server is going away.
func (i *Instance) Stop() { i.stopping.Store(true) }

// Stopping reports whether the server is going away.
func (i *Instance) Stopping() bool { return i.stopping.Load() }

// NoteRestored notes that the database was found to be an older one.
func (i *Instance) NoteRestored() { i.restored.Store(true) }

// OldCodes reports whether a user's recovery codes are from before an older database
// was put back. Where that never happened, it costs nothing.
func (i *Instance) OldCodes(userID string) (bool, error) {
	if !i.restored.Load() {
		return false, nil
	}
	return i.DB.OldRecoveryCodes(userID)
}

// SetClockOffset keeps what a time server said has to be added to the clock. It may
// be called at any time by anybody; the last answer counts.
func (i *Instance) SetClockOffset(offset time.Duration) { i.clock.Store(int64(offset)) }

// ClockWarnings says what is wrong with the server's clock now, one sentence each;
// nil if nothing is known to be. It looks at the newest entry of the audit log and at
// the last SetClockOffset.
func (i *Instance) ClockWarnings() ([]string, error) {
	newest, err := i.DB.NewestAuditTime()
	if err != nil {
		return nil, err
	}
	return auth.ClockWarnings(i.Now(), newest, time.Duration(i.clock.Load())), nil
}
