// Package seed fills an empty data folder with made-up people and audit rows, for
// measuring and for tests of commands. Everybody has the same password, which stands in
// this file, and so it is no part of the product and refuses a folder that has anything
// in it.
package seed

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/factor"
	"latchkey/internal/password"
	"latchkey/internal/secret"
	"latchkey/internal/store"
)

// Command is the command line of the package.
type Command struct {
	Users int    `default:"1000" help:"Users to add besides the administrator."`
	Audit int    `default:"0" help:"Rows to add to the audit log."`
	Data  string `default:"./data" help:"The data folder to make."`

	Groups     int `default:"0" help:"Groups to add. The first has everybody in it."`
	GroupsEach int `default:"0" help:"In how many of them each user is."`
}

// Person is how to sign in as the administrator bench-admin and as bench-0, bench-1 …: all
// share one password and one authenticator key, so that one hash is made for all.
type Person struct {
	Password string
	Key      []byte
}

const sharedPassword = "benchmark-of-latchkey-1"

// Run fills the folder and prints how to sign in.
func (c Command) Run() error {
	p, err := c.Fill(context.Background())
	if err != nil {
		return err
	}
	_, err = fmt.Printf("bench-admin %s %s\n", p.Password, factor.EncodeSecret(p.Key))
	return err
}

// Fill makes the folder and its people. One that it could not fill is worth nothing.
func (c Command) Fill(ctx context.Context) (p Person, err error) {
	if err := c.checkGroups(); err != nil {
		return p, err
	}
	path := filepath.Join(c.Data, "latchkey.db")
	ring, instance, err := makeFolder(ctx, c.Data, path)
	if err != nil {
		return p, err
	}
	p = Person{Password: sharedPassword, Key: factor.NewSecret()}
	hash := password.DefaultCost().Hash(p.Password)
	s := &seeder{ring: ring, instance: instance, hash: hash, profile: password.Profile(hash), key: p.Key, now: time.Now(), binned: map[int32]bool{}}
	return p, fill(ctx, path, ring, func(f *filler) error { return s.fill(ctx, c, f) })
}

// makeFolder makes the key and an empty database in a new or empty folder.
func makeFolder(ctx context.Context, folder, path string) (ring *secret.Ring, instance string, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, "", fmt.Errorf("reading the data folder: %w", err)
	}
	if len(entries) > 0 {
		return nil, "", fmt.Errorf("%s is not empty; choose an empty folder with --data", folder)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, "", fmt.Errorf("making the data folder: %w", err)
	}
	if ring, err = secret.CreateRing(filepath.Join(folder, "latchkey.key")); err != nil {
		return nil, "", err
	}
	db, err := store.Open(ctx, path, ring, true)
	if err != nil {
		return nil, "", err
	}
	instance, err = db.Meta("instance")
	return ring, instance, errors.Join(err, db.Close()) // it is filled by one connection alone
}

func (s *seeder) fill(ctx context.Context, c Command, f *filler) error {
	if err := f.user(s.user(-1)); err != nil {
		return err
	}
	for i := range c.Users {
		if i%1000 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		u := s.user(i)
		if !u.deleted.IsZero() {
			s.binned[int32(i+2)] = true
		}
		if err := f.user(u); err != nil {
			return err
		}
	}
	if err := f.flush(); err != nil {
		return err
	}
	if err := s.addGroups(ctx, c, f); err != nil {
		return err
	}
	return f.log(ctx, s.entries(c.Audit, ctx.Err))
}

// entries are as many audit rows, spread over the last year.
func (s *seeder) entries(n int, ended func() error) iter.Seq[audit.Entry] {
	return func(yield func(audit.Entry) bool) {
		begin := s.now.Add(-seedSpan)
		for i := range n {
			at := begin.Add(time.Duration(float64(i) / float64(n) * float64(seedSpan)))
			if i%1000 == 0 && ended() != nil || !yield(s.entry(i, at)) {
				return
			}
		}
	}
}
