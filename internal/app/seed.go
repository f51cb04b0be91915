package app

import (
	"fmt"
	"iter"
	"log/slog"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/factor"
	"latchkey/internal/password"
	"latchkey/internal/store"
)

type benchCommand struct {
	Seed seedCommand `cmd:"" help:"Fill an empty data folder with data for benchmarks."`
}

// seedCommand makes an instance for measuring. Its password is known, so it
// refuses any folder that already has a database.
type seedCommand struct {
	Users int `default:"1000" env:"LATCHKEY_BENCH_USERS" help:"Users to add besides the administrator."`
	Audit int `default:"0" env:"LATCHKEY_BENCH_AUDIT" help:"Rows to add to the audit log."`
}

// seedPassword is everybody's, so that one hash is made for all.
const seedPassword = "benchmark-of-latchkey-1"

// Run adds the administrator bench-admin and users bench-0 … and prints how to
// sign in as each of them: all share one password and one authenticator key. A folder
// that it could not fill is worth nothing.
func (c seedCommand) Run(r *run) error {
	if has, err := exists(databasePath(r.data)); err != nil {
		return err
	} else if has {
		return fmt.Errorf("%s has a database; bench seed only fills an empty folder", r.data)
	}
	p, err := r.open(options{create: true, cost: password.DefaultCost(), log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	hash := p.hasher.Cost().Hash(seedPassword)
	s := &seeder{instance: p.instance, hash: hash, profile: password.Profile(hash), key: factor.NewSecret(), now: time.Now()}
	if err := p.close(); err != nil { // the database is filled by one connection alone
		return err
	}
	err = store.Fill(r.ctx, databasePath(r.data), p.instance.Ring, func(f *store.Filler) error { return s.fill(r, c, f) })
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(r.stdout, "bench-admin %s %s\n", seedPassword, factor.EncodeSecret(s.key))
	return err
}

func (s *seeder) fill(r *run, c seedCommand, f *store.Filler) error {
	if err := f.User(s.user(-1)); err != nil {
		return err
	}
	for i := range c.Users {
		if i%1000 == 0 && r.ctx.Err() != nil {
			return r.ctx.Err()
		}
		if err := f.User(s.user(i)); err != nil {
			return err
		}
	}
	if err := f.Flush(); err != nil {
		return err
	}
	return f.Audit(r.ctx, s.entries(c.Audit, r.ctx.Err))
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
