package app

import (
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/factor"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

type benchCommand struct {
	Seed seedCommand `cmd:"" help:"Fill an empty data folder for benchmarks."`
}

// seedCommand makes an instance for measuring. Its password is known, so it
// refuses any folder that already has a database.
type seedCommand struct {
	Users int `default:"1000" env:"LATCHKEY_BENCH_USERS" help:"Users to add beside the administrator."`
	Audit int `default:"0" env:"LATCHKEY_BENCH_AUDIT" help:"Rows to add to the audit log."`
}

const (
	seedPassword = "benchmark-of-latchkey-1"
	// seedBatch is how many rows share a transaction.
	seedBatch = 5000
)

// Run adds the administrator bench-admin and users bench-0 … and prints how to
// sign in as each of them: all share one password and one authenticator key.
func (c seedCommand) Run(r *run) error {
	if has, err := exists(databasePath(r.data)); err != nil {
		return err
	} else if has {
		return fmt.Errorf("%s has a database; bench seed fills an empty folder only", r.data)
	}
	p, err := r.open(options{create: true, cost: user.DefaultCost(), log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer p.close()
	s := seeder{r: r, p: p, hash: p.hasher.Cost().Hash(seedPassword), key: factor.NewSecret(), now: time.Now()}
	if err := p.db.Tx(r.ctx, func(tx *store.Tx) error { return s.user(tx, "bench-admin", user.RoleAdmin) }); err != nil {
		return err
	}
	if err := s.batches(c.Users, func(tx *store.Tx, i int) error {
		return s.user(tx, "bench-"+strconv.Itoa(i), user.RoleUser)
	}); err != nil {
		return err
	}
	if err := s.batches(c.Audit, s.entry); err != nil {
		return err
	}
	_, err = fmt.Fprintf(r.stdout, "bench-admin %s %s\n", seedPassword, factor.EncodeSecret(s.key))
	return err
}

type seeder struct {
	r    *run
	p    *program
	hash string
	key  []byte
	now  time.Time
}

// batches calls add n times, many calls to a transaction.
func (s seeder) batches(n int, add func(tx *store.Tx, i int) error) error {
	for from := 0; from < n; from += seedBatch {
		err := s.p.db.Tx(s.r.ctx, func(tx *store.Tx) error {
			for i := from; i < min(from+seedBatch, n); i++ {
				if err := add(tx, i); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Names that the search has something to find in.
var (
	firstNames = []string{"Ada", "Grace", "Linus", "Margaret", "Katherine", "Radia", "Alan", "Barbara", "Edsger", "Frances", "Donald", "Hedy", "Ken"}
	lastNames  = []string{"Lovelace", "Hopper", "Åkesson", "Hamilton", "Johnson", "Perlman", "Turing", "Liskov", "Dijkstra", "Allen", "Knuth", "Lamarr", "Thompson", "Ritchie", "Wilson", "Borg", "Conway"}
)

func (s seeder) user(tx *store.Tx, name string, role user.Role) error {
	id, authenticator := secret.ID(), secret.ID()
	pick := int(id[0])*31 + int(id[1])
	email := name + "@example.org"
	err := tx.AddUser(store.NewUser{
		ID: id, Username: name, Name: firstNames[pick%len(firstNames)] + " " + lastNames[pick%len(lastNames)] + " " + id[:4],
		Email: email, EmailKey: email, EmailConfirmed: true, Role: role, Disabled: role == user.RoleUser && pick%50 == 0,
		Hash: s.hash, CreatedAt: s.now.Add(-time.Duration(pick) * time.Hour), ChangedAt: s.now,
	})
	if err != nil {
		return err
	}
	return tx.AddAuthenticator(store.Authenticator{
		ID: authenticator, UserID: id, Label: "Benchmark", Sealed: s.p.site.SealTOTP(s.key, id, authenticator), Created: s.now,
	})
}

func (s seeder) entry(tx *store.Tx, i int) error {
	name := "bench-" + strconv.Itoa(i%1000)
	return tx.Audit(audit.Entry{
		At: s.now.Add(-time.Duration(i) * time.Second), Event: audit.LoginPassword, Result: audit.ResultOK,
		ActorID: name, ActorName: name, SubjectID: name, SubjectName: name, IP: "192.0.2.1", RequestID: strconv.Itoa(i),
	})
}
