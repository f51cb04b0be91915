package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/config"
	"latchkey/internal/instance"
	"latchkey/internal/logs"
	"latchkey/internal/mail"
	"latchkey/internal/password"
	"latchkey/internal/secret"
	"latchkey/internal/store"
)

// program is an open data folder with the instance in it.
type program struct {
	db       *store.DB
	instance *instance.Instance
	hasher   *password.Hasher
	memory   memory
	// lock keeps other servers off the folder; nil for a command that works beside one.
	lock     *os.File
	migrated store.Migrated
	// fresh says that the folder was made now.
	fresh bool
	head  *headFile
	key   *secret.KeyFile
}

// options are what differs between a server and the other commands.
type options struct {
	create  bool
	reading bool // for a command that only reads
	scratch bool // for one that reads, and has to write on its way
	cost    password.Cost
	log     *slog.Logger
	url     *url.URL     // nil: the one the server last ran with
	mail    *mail.Server // nil: none
	from    string       // of mail; "" for latchkey@ and the host of the base URL
}

func (r *run) open(o options) (_ *program, err error) {
	allowed := allowedMemory()
	p := &program{hasher: password.NewHasher(o.cost, allowed.hashes()), memory: allowed}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close())
		}
	}()
	if o.create {
		if p.lock, err = lockFolder(r.data); err != nil {
			return nil, err
		}
	}
	ring, fresh, err := r.openFolder(o.create)
	if err != nil {
		return nil, err
	}
	p.fresh, p.head, p.key = fresh, newHeadFile(r.data, ring), secret.WatchKeyFile(keyPath(r.data), ring)
	if !o.create && !o.reading {
		// Without a file there is none to bring up to date; the server makes it.
		_ = p.head.read()
	}
	if o.create && !fresh {
		e := audit.Entry{At: time.Now(), ActorName: "server"}
		if p.migrated, err = store.Migrate(r.ctx, databasePath(r.data), ring, e); err != nil {
			return nil, err
		}
	}
	if o.reading {
		p.db, err = store.OpenReading(r.ctx, databasePath(r.data), ring, o.scratch)
	} else {
		p.db, err = store.Open(r.ctx, databasePath(r.data), ring, false)
	}
	if err != nil {
		return nil, err
	}
	if o.create {
		ctx, cancel := context.WithTimeout(r.ctx, checkFor)
		defer cancel()
		if err := p.db.QuickCheck(ctx); err != nil {
			return nil, err
		}
	}
	return p, p.build(r, o, ring)
}

// checkFor is how long a start may look for damage.
const checkFor = time.Second

// openReading opens the data folder for a command that only reads, which it can do where
// nothing can be written, too. With scratch it has to write on its way.
func (r *run) openReading(scratch bool) (*program, error) {
	return r.open(options{cost: password.DefaultCost(), log: slog.New(logs.Bound(slog.NewTextHandler(r.stderr, nil))), reading: true, scratch: scratch})
}

// openQuietly opens the data folder for a command that prints no links.
func (r *run) openQuietly() (*program, error) { return r.openFor(config.Links{}) }

// openFor opens the data folder for a command that prints links.
func (r *run) openFor(l config.Links) (*program, error) {
	base, err := l.BaseURL()
	if err != nil {
		return nil, usageError{err}
	}
	return r.open(options{cost: password.DefaultCost(), log: slog.New(logs.Bound(slog.NewTextHandler(r.stderr, nil))), url: base})
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
	queues, err := p.db.Meta("mail")
	if err != nil {
		return err
	}
	p.instance, err = instance.New(instance.Config{
		DB: p.db, Ring: ring, Hasher: p.hasher, Log: o.log, URL: base, Version: r.version,
		Mail: o.sender(base.Hostname()), MailElsewhere: !o.create && queues == "on", Now: time.Now,
	})
	return err
}

// sender is who sends mail, or nil.
func (o options) sender(host string) *mail.Sender {
	if o.mail == nil {
		return nil
	}
	return &mail.Sender{Server: *o.mail, From: cmp.Or(o.from, "latchkey@"+host), Host: host}
}

func (p *program) close() error {
	p.hasher.Close()
	var errs []error
	if p.db != nil {
		// A command leaves a database that was put back to the next start of the server.
		if err := p.head.note(p.db); err != nil && p.instance != nil && !errors.Is(err, errHistory) && p.db.Lost() == nil {
			p.instance.Log.Warn("noting the head of the audit log", "error", err)
		}
		errs = append(errs, p.db.Close())
	}
	if p.lock != nil { // last: until here nobody else may begin
		errs = append(errs, p.lock.Close())
	}
	return errors.Join(errs...)
}

func databasePath(folder string) string { return filepath.Join(folder, "latchkey.db") }
func keyPath(folder string) string      { return filepath.Join(folder, "latchkey.key") }

// openFolder returns the key ring of a data folder. With create, an empty or
// missing folder gets a new key and a new database first. In every other case both have
// to be there: a new key could open nothing, and an empty database beside an old key
// would let a stranger set the instance up (AV-05). fresh says that they were made now.
func (r *run) openFolder(create bool) (ring *secret.Ring, fresh bool, err error) {
	folder := r.data
	key, err := lookAt(keyPath(folder))
	if err != nil {
		return nil, false, err
	}
	database, err := lookAt(databasePath(folder))
	if err != nil {
		return nil, false, err
	}
	begun, err := exists(databasePath(folder) + unfinished)
	if err != nil {
		return nil, false, err
	}
	switch {
	case key != nil && database != nil && database.Mode().IsRegular() && database.Size() == 0:
		return nil, false, fmt.Errorf("the database in %s is damaged: it is empty; restore latchkey.db from a backup", folder)
	case key != nil && database != nil:
		ring, err = secret.LoadRing(keyPath(folder))
		return ring, false, err
	case key != nil && !begun:
		return nil, false, fmt.Errorf("%s has a key but no database; restore latchkey.db, or remove latchkey.key if this folder never had a database", folder)
	case database != nil:
		return nil, false, fmt.Errorf("%s has a database but no key; put its latchkey.key back; nothing else can open it", folder)
	case !create:
		return nil, false, fmt.Errorf("there is no database in %s; run latchkey serve there first, or give its folder with --data", folder)
	}
	ring, err = r.createFolder()
	return ring, err == nil, err
}

// lookAt returns what stands at path, nil if nothing does. A link is something,
// wherever it leads.
func lookAt(path string) (fs.FileInfo, error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("opening the data folder: %w; run this as the user the server runs as", err)
	case err != nil:
		return nil, fmt.Errorf("opening the data folder: %w; choose another with --data", err)
	}
	return info, nil
}

// exists reports whether anything stands at path.
func exists(path string) (bool, error) {
	info, err := lookAt(path)
	return info != nil, err
}
