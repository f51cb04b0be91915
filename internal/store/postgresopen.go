package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"latchkey/internal/audit"
	"latchkey/internal/secret"
)

const (
	// oldestPostgres is the oldest server that is known to do, as its server_version_num.
	oldestPostgres = 150000
	// statementsKept is how many statements a connection keeps prepared; the program has some 700,
	// and the server keeps a plan of each.
	statementsKept = 512
)

// connectionSettings are set on every connection, unless the address says something else. With the
// lock, the weakest isolation is enough; under a stronger one, whoever has waited for the lock has to
// begin once more. A process that is stopped inside a transaction would keep every other from
// writing; after two seconds the server takes the lock from it. Who waits longer than eight seconds
// for that lock is told so.
//
// The statements are made for indexes, and what they read of them is mostly in memory or on a disk that finds
// any page as fast as the next: with the server's own costs, of disks that do not, it would read the 1,000 groups
// anew for each user of a list. And to compile a statement takes longer than to run any of ours.
var connectionSettings = map[string]string{
	"application_name":                    "latchkey",
	"default_transaction_isolation":       "read committed",
	"idle_in_transaction_session_timeout": "2000",
	"jit":                                 "off",
	"lock_timeout":                        "8000",
	"random_page_cost":                    "1.1",
}

// postgresConfig reads the address of the database. Of several servers only one that takes
// writes is used: what a standby says can be old, and a session that was ended must not live on.
func postgresConfig(address string) (*pgxpool.Config, error) {
	c, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, fmt.Errorf("reading the address of the database: %w", withoutPassword(err))
	}
	for _, f := range append([]*pgconn.FallbackConfig{{Host: c.ConnConfig.Host}}, c.ConnConfig.Fallbacks...) {
		if strings.Contains(f.Host, "@") { // pgx ends a password at the first one, and would tell of the rest as a host
			return nil, errors.New("reading the address of the database: an @ in the password is written %40")
		}
	}
	if c.ConnConfig.ConnectTimeout == 0 || c.ConnConfig.ConnectTimeout > 5*time.Second {
		c.ConnConfig.ConnectTimeout = 2 * time.Second
	}
	c.ConnConfig.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	c.ConnConfig.StatementCacheCapacity = statementsKept
	for name, value := range connectionSettings {
		if _, said := c.ConnConfig.RuntimeParams[name]; !said {
			c.ConnConfig.RuntimeParams[name] = value
		}
	}
	c.MaxConns = int32(max(8, 2*runtime.NumCPU()))
	return c, nil
}

// readersOf is for the connections that read, which can do nothing else.
func readersOf(config *pgxpool.Config) *pgxpool.Config {
	c := config.Copy()
	// Somebody who does not wait for a page any more takes no connection with them.
	c.ConnConfig.BuildContextWatcherHandler = func(conn *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: conn, DeadlineDelay: answerWithin}
	}
	c.ConnConfig.RuntimeParams["default_transaction_read_only"] = "on"
	c.ConnConfig.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsPrimary // read-write would ask for that setting
	return c
}

// withoutPassword leaves the address, which can hold a password, out of an error.
func withoutPassword(err error) error {
	if e, ok := errors.AsType[*pgconn.ParseConfigError](err); ok && e.Unwrap() != nil {
		return e.Unwrap()
	}
	return err
}

// PostgresName is the address of a PostgreSQL without its password, for people to read.
func PostgresName(address string) string {
	c, err := pgx.ParseConfig(address)
	if err != nil || strings.Contains(c.Host, "@") {
		return "postgres://"
	}
	hosts := []string{net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port)))}
	for _, f := range c.Fallbacks {
		if host := net.JoinHostPort(f.Host, strconv.Itoa(int(f.Port))); !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	if strings.HasPrefix(c.Host, "/") { // the folder of its socket
		hosts = []string{c.Host}
	}
	return "postgres://" + url.User(c.User).String() + "@" + strings.Join(hosts, ",") + "/" + url.PathEscape(c.Database)
}

// openPostgres is Open for a PostgreSQL.
func openPostgres(ctx context.Context, address string, ring *secret.Ring, create bool) (*DB, error) {
	config, err := postgresConfig(address)
	if err != nil {
		return nil, err
	}
	db := &DB{ring: ring, path: address, guard: &guard{found: make(chan struct{}, 1)}}
	if err := db.connect(ctx, config, create); err != nil {
		db.Close()
		return nil, fmt.Errorf("opening the database %s: %w", PostgresName(address), inOneLine(err))
	}
	return db, nil
}

// inOneLine says in one line what pgx says of each server in one of its own, and twice where it tried
// with and without TLS.
func inOneLine(err error) error {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); !ok {
		return err
	}
	var all []string
	for line := range strings.Lines(err.Error()) {
		if line = strings.TrimSpace(line); !slices.Contains(all, line) {
			all = append(all, line)
		}
	}
	return errors.New(strings.Replace(strings.Join(all, "; "), ":;", ":", 1))
}

func (db *DB) connect(ctx context.Context, config *pgxpool.Config, create bool) error {
	var err error
	if db.server, err = pgxpool.NewWithConfig(ctx, readersOf(config)); err != nil {
		return err
	}
	schema := stdlib.OpenDBFromPool(db.server)
	defer schema.Close()
	if err := checkPostgres(ctx, schema); err != nil {
		return err
	}
	if create {
		if err := makePostgresTables(ctx, config.ConnConfig, db.ring); err != nil {
			return err
		}
	}
	if err := checkSchema(ctx, postgres, schema); err != nil {
		return err
	}
	db.Reader = Reader{q: postgresPool{db.server}}
	db.writer = newWriter(newPostgresConnection(config.ConnConfig), db.ring, db.guard)
	return db.checkKey(ctx, create)
}

// checkPostgres refuses a server that is too old. Others that speak the protocol call themselves an
// older PostgreSQL than they are like.
func checkPostgres(ctx context.Context, db *sql.DB) error {
	var version int
	var name string
	if err := db.QueryRowContext(ctx, `SELECT CAST(current_setting('server_version_num') AS BIGINT), version()`).Scan(&version, &name); err != nil {
		return err
	}
	if version < oldestPostgres && strings.HasPrefix(name, "PostgreSQL ") && !strings.Contains(name, "-YB-") {
		return fmt.Errorf("the server is PostgreSQL %d; Latchkey needs 15 or newer", version/10000)
	}
	return nil
}

// postgresMigrator brings a PostgreSQL up to date. Of several processes that start at once one
// does it and the others wait, by a lock that is a row of a table: not every engine that speaks
// the protocol has advisory locks.
func postgresMigrator(db *sql.DB) (*goose.Provider, error) {
	quiet := slog.New(slog.DiscardHandler)
	locker, err := lock.NewPostgresTableLocker(lock.WithTableLogger(quiet), lock.WithTableLockTimeout(time.Second, 600))
	if err != nil {
		return nil, fmt.Errorf("locking migrations: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db, nil,
		goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(steps(postgres)...), goose.WithLocker(locker), goose.WithSlog(quiet))
	if err != nil {
		return nil, fmt.Errorf("reading migrations: %w", err)
	}
	return p, nil
}

// makePostgresTables gives a database its tables and its sealed head, and does nothing to one
// that has them.
func makePostgresTables(ctx context.Context, config *pgx.ConnConfig, ring *secret.Ring) error {
	db := stdlib.OpenDB(*config)
	_, err := upgradePostgres(ctx, db, config, ring, func(*Tx) error { return nil })
	if err != nil {
		err = fmt.Errorf("making the tables of the database: %w", err)
	}
	return errors.Join(err, db.Close())
}

// upgradePostgres runs the steps that are missing, each in a transaction of its own, and then, if there
// were any, fn in one that makes the sealed head if there is none. done is false if another process did
// it.
func upgradePostgres(ctx context.Context, db *sql.DB, config *pgx.ConnConfig, ring *secret.Ring, fn func(*Tx) error) (done bool, err error) {
	p, err := postgresMigrator(db)
	if err != nil {
		return false, err
	}
	steps, err := p.Up(ctx)
	if err != nil {
		return false, err
	}
	s := newPostgresConnection(config)
	w := &writer{conn: s, ring: ring}
	tx := &Tx{Reader: Reader{q: w}, w: w}
	err = s.begin()
	if err == nil {
		err = firstOf(s.queue(lockSchema), tx.makeHead())
	}
	if err == nil && len(steps) > 0 {
		err = fn(tx)
	}
	if err == nil {
		_, err = s.commit()
	}
	return len(steps) > 0, errors.Join(err, s.close())
}

// lockSchema keeps others out of a database that has no head yet, which is what they lock otherwise.
const lockSchema = `SELECT version_id FROM goose_db_version ORDER BY id LIMIT 1 FOR UPDATE`

// makeHead seals the head for the first time, unless somebody was faster. The key under which it is
// sealed becomes that of the database with it: of two nodes with a key each, one has both.
func (tx *Tx) makeHead() error {
	h, err := tx.sealedHead()
	if err != nil || h.seal != "" {
		return err
	}
	return firstOf(tx.firstHead(), tx.takeKey())
}

// migratePostgres is Migrate for a PostgreSQL, of which no copy is made before: the operator has
// a backup, or the server's own.
func migratePostgres(ctx context.Context, address string, ring *secret.Ring, e audit.Entry) (m Migrated, err error) {
	config, err := postgresConfig(address)
	if err != nil {
		return m, err
	}
	db := stdlib.OpenDB(*config.ConnConfig)
	defer func() { err = errors.Join(err, db.Close()) }()
	if m.From, _, err = schemaOf(ctx, postgres, db); err != nil {
		return m, err
	}
	var check string
	if err := db.QueryRowContext(ctx, keyCheckValue).Scan(&check); err != nil {
		return m, fmt.Errorf("reading the check value of the key: %w", err)
	}
	m.To = newestOf(postgres)
	if err := errors.Join(matchKey(ring, check), refuseNewer(m.From, m.To)); err != nil {
		return m, err
	}
	if !m.Done() {
		return m, checkSchema(ctx, postgres, db)
	}
	e.Event, e.Result = audit.DatabaseMigrated, audit.ResultOK
	e.Details = []audit.Detail{{Name: "schema", Before: fmt.Sprint(m.From), After: fmt.Sprint(m.To)}}
	done, err := upgradePostgres(ctx, db, config.ConnConfig, ring, func(tx *Tx) error { return tx.Audit(e) })
	if err != nil {
		return m, fmt.Errorf("bringing the database from schema %s: %w", m.Schema(), err)
	}
	if !done {
		m.From = m.To
	}
	return m, nil
}
