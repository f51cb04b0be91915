// Package program opens a data folder: its lock, its key, its database and what is noted
// beside it, with the instance in it. The server and the commands begin here.
package program

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"net/url"
	"os"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/config"
	"latchkey/internal/instance"
	"latchkey/internal/mail"
	"latchkey/internal/password"
	"latchkey/internal/secret"
	"latchkey/internal/store"
)

// Program is an open data folder with the instance in it. Close it.
type Program struct {
	Folder   string
	DB       *store.DB
	Instance *instance.Instance
	Hasher   *password.Hasher
	Memory   Memory
	Migrated store.Migrated // what the start brought up to date

	// lock keeps other servers off the folder; nil for a command that works beside one.
	lock *os.File
	// fresh says that the folder was made now.
	fresh bool
	head  *headFile
}

// Options are what differs between a server and the other commands.
type Options struct {
	// Database is the address of a PostgreSQL. "" is for the file in the folder, which holds
	// the key ring alone otherwise.
	Database string
	Create   bool // for the server alone, which locks the folder and makes what is missing
	Reading  bool // for a command that only reads
	Scratch  bool // for one that reads, and has to write on its way
	// Untouched is for a command that reads and leaves every file of the folder as it is.
	Untouched bool
	Cost      password.Cost
	Log       *slog.Logger
	URL       *url.URL     // nil: the one the server last ran with
	Version   string       // of the program
	Mail      *mail.Server // nil: none
	// StreamNetworks are the private networks that event streams may reach.
	StreamNetworks []netip.Prefix
	From           string // of mail; "" for latchkey@ and the host of the base URL
}

// Open opens a data folder. An error is a sentence that says what the operator can do.
func Open(ctx context.Context, folder string, o Options) (_ *Program, err error) {
	allowed := allowedMemory()
	p := &Program{Folder: folder, Hasher: password.NewHasher(o.Cost, allowed.hashes()), Memory: allowed}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
		}
	}()
	ring, err := p.openRing(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := p.openDatabase(ctx, o, ring); err != nil {
		return nil, err
	}
	return p, p.build(o, ring)
}

// openRing opens the folder, or makes what belongs into it.
func (p *Program) openRing(ctx context.Context, o Options) (ring *secret.Ring, err error) {
	if o.Database != "" {
		ring, p.fresh, err = openNode(ctx, p.Folder, o.Database, o.Create)
		return ring, err
	}
	if o.Create {
		if p.lock, err = LockFolder(p.Folder); err != nil {
			return nil, err
		}
	}
	if ring, p.fresh, err = OpenFolder(ctx, p.Folder, o.Create); err != nil {
		return nil, err
	}
	p.head = newHeadFile(p.Folder, ring)
	if !o.Create && !o.Reading && !o.Untouched {
		// Without a file there is none to bring up to date; the server makes it.
		_ = p.head.read()
	}
	return ring, nil
}

// openDatabase brings the database up to date if it is the server that opens it, opens it,
// and looks for damage.
func (p *Program) openDatabase(ctx context.Context, o Options, ring *secret.Ring) (err error) {
	database := cmp.Or(o.Database, DatabasePath(p.Folder))
	if o.Create && !p.fresh {
		e := audit.Entry{At: now(), ActorName: "server"}
		if p.Migrated, err = store.Migrate(ctx, database, ring, e); err != nil {
			return err
		}
	}
	switch {
	case o.Untouched:
		p.DB, err = store.OpenUntouched(ctx, database, ring)
	case o.Reading:
		p.DB, err = store.OpenReading(ctx, database, ring, o.Scratch)
	default:
		p.DB, err = store.Open(ctx, database, ring, false)
	}
	if err != nil {
		return err
	}
	if o.Create {
		ctx, cancel := context.WithTimeout(ctx, checkFor)
		defer cancel()
		return p.DB.QuickCheck(ctx)
	}
	return nil
}

// checkFor is how long a start may look for damage.
const checkFor = time.Second

func (p *Program) build(o Options, ring *secret.Ring) error {
	base := o.URL
	if base == nil {
		text, err := p.DB.Meta("base_url")
		if err != nil {
			return err
		}
		if base, err = url.Parse(text); err != nil || text == "" {
			base = config.LocalURL(8080)
		}
	}
	if !o.Create {
		text, err := p.DB.Meta("stream_networks")
		if err != nil {
			return err
		}
		if o.StreamNetworks, err = config.Networks(text); err != nil {
			return err
		}
	}
	queues, err := p.DB.Meta("mail")
	if err != nil {
		return err
	}
	p.Instance, err = instance.New(instance.Config{
		DB: p.DB, Ring: ring, Folder: p.Folder, Hasher: p.Hasher, Log: o.Log, URL: base, Version: o.Version,
		StreamNetworks: o.StreamNetworks,
		Mail:           o.sender(base.Hostname()), MailElsewhere: !o.Create && queues == "on", Now: now,
	})
	return err
}

// sender is who sends mail, or nil.
func (o Options) sender(host string) *mail.Sender {
	if o.Mail == nil {
		return nil
	}
	return &mail.Sender{Server: *o.Mail, From: cmp.Or(o.From, "latchkey@"+host), Host: host}
}

// Close notes the head of the audit log and lets go of the folder.
func (p *Program) Close() error {
	p.Hasher.Close()
	var errs []error
	if p.DB != nil {
		// A command leaves a database that was put back to the next start of the server.
		if err := p.head.note(p.DB); err != nil && p.Instance != nil && !errors.Is(err, errHistory) && p.DB.Lost() == nil {
			p.Instance.Log.Warn("noting the head of the audit log", "error", err)
		}
		errs = append(errs, p.DB.Close())
	}
	if p.lock != nil { // last: until here nobody else may begin
		errs = append(errs, p.lock.Close())
	}
	return errors.Join(errs...)
}
