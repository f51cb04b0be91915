package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"latchkey/internal/secret"
)

const (
	// resolveFor is how long a server that went away is waited for, and a commit without an answer
	// asked after, before people are told that nothing could be saved.
	resolveFor = 8 * time.Second
	// reconnectPause is the pause before the next attempt to reach the database, after one that failed.
	reconnectPause = 100 * time.Millisecond
	// mostQueued and longestQueued are how many statements without an answer wait for the next one
	// with one, and how long: the server takes the lock from whoever says nothing for two seconds.
	mostQueued    = 256
	longestQueued = 500 * time.Millisecond
)

// postgresConnection is the connection that writes to PostgreSQL, one a process. It opens every
// transaction by locking the row that holds the head of the audit log, so that of all
// processes one writes at a time: what a transaction reads is what it changes, as in SQLite.
//
// Each transaction also writes its number into the row that this process has in the table
// nodes. When a commit has no answer, because the connection broke or the server went away,
// that number says whether it happened.
type postgresConnection struct {
	config  *pgx.ConnConfig
	conn    *pgx.Conn // nil until the first transaction
	refused bool      // the last attempt to connect failed
	node    string    // random, of this process
	token   int64     // of the transaction under way

	queued pgx.Batch // what has not been sent
	spoke  time.Time // when something was sent last

	conflict bool      // the server calls it off, because of somebody else
	sent     bool      // its COMMIT may have been sent
	undone   bool      // it is known not to have happened, though its COMMIT was sent
	failing  time.Time // since when the server cannot be reached
	blocked  bool      // the lock, or a standby, was waited for in vain when it was wanted last
	warned   bool      // the server has warned of something
}

func newPostgresConnection(config *pgx.ConnConfig) *postgresConnection {
	s := &postgresConnection{config: config.Copy(), node: secret.ID()}
	s.config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		s.warned = s.warned || n.SeverityUnlocalized == "WARNING"
	}
	return s
}

// lockHead waits until nobody else writes. It is the lock that every process takes first, so
// that there is an order among them and no deadlock.
const lockHead = `SELECT seq FROM audit_head FOR UPDATE`

// waitLess is for a lock that was waited for in vain: whoever has it waits for a standby that is gone, and
// those who come are not to wait for as long again, one after the other. commitWithin is less then, too.
const waitLess = `SELECT set_config('lock_timeout', '1000', TRUE)`

const (
	noteToken = `INSERT INTO nodes (name, token, seen_at) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET token = excluded.token, seen_at = excluded.seen_at`
	readToken = `SELECT token FROM nodes WHERE name = $1`
)

func (s *postgresConnection) begin() error {
	s.token++
	s.conflict, s.sent, s.undone = false, false, false
	if err := s.lock(); err != nil {
		return err
	}
	s.noteToken()
	if err := s.flush(context.Background()); err != nil {
		return err
	}
	s.failing = time.Time{}
	return nil
}

// lock opens a transaction, on a new connection if need be. What it queues is sent with what
// comes next.
func (s *postgresConnection) lock() error {
	if s.gone() {
		if err := s.connect(); err != nil {
			return s.failed(err)
		}
	}
	s.queued = pgx.Batch{}
	s.queued.Queue("BEGIN")
	if s.blocked {
		s.queued.Queue(waitLess)
	}
	s.queued.Queue(lockHead)
	return nil
}

func (s *postgresConnection) connect() error {
	if s.refused {
		time.Sleep(reconnectPause)
	}
	ctx, done := context.WithTimeout(context.Background(), shortly)
	defer done()
	conn, err := pgx.ConnectConfig(ctx, s.config)
	if s.refused = err != nil; s.refused {
		return err
	}
	s.conn = conn
	return nil
}

func (s *postgresConnection) noteToken() {
	s.queued.Queue(noteToken, s.node, s.token, time.Now().UnixMilli())
}

// drop ends the connection; the server takes back what was not committed.
func (s *postgresConnection) drop() {
	if !s.gone() {
		ctx, done := context.WithTimeout(context.Background(), time.Second)
		defer done()
		s.conn.Close(ctx)
	}
}

// gone reports whether there is no connection.
func (s *postgresConnection) gone() bool { return s.conn == nil || s.conn.IsClosed() }

// failed notes what an error says of the transaction and the server.
func (s *postgresConnection) failed(err error) error {
	state := stateOf(err)
	switch {
	case err == nil:
		return nil
	case state == stateSerialization || state == stateDeadlock:
		s.conflict = true
	case state == stateReadOnly: // another server was promoted in the place of this one
		s.drop()
	case state == stateLockTimeout:
		s.blocked = true
	}
	if s.gone() && s.failing.IsZero() {
		s.failing = time.Now()
	}
	if _, lost := errors.AsType[*errLost](err); s.gone() && state == "" && !lost {
		return &errLost{err.Error()}
	}
	return err
}

// take returns what is queued, to be sent now.
func (s *postgresConnection) take() *pgx.Batch {
	batch := s.queued
	s.queued, s.spoke = pgx.Batch{}, time.Now()
	return &batch
}

// send sends what is queued and the statement behind it, and hands its rows over. They are
// read whole, because the connection can do nothing else until they are. Whoever stops waiting
// must not break the transaction of the others.
func (s *postgresConnection) send(ctx context.Context, text string, args ...any) (*held, error) {
	if s.gone() {
		return nil, errEnded
	}
	args, err := plain(args)
	if err != nil || ctx.Err() != nil {
		return nil, firstOf(ctx.Err(), err)
	}
	batch := s.take()
	before := batch.Len()
	batch.Queue(postgresText(text), args...)
	ctx, done := watched(context.WithoutCancel(ctx), s.conn)
	defer done()
	sent := s.conn.SendBatch(ctx, batch)
	err = skip(sent, before)
	var h *held
	if err == nil {
		h, err = hold(s.conn, sent)
	}
	if err = firstOf(err, sent.Close()); err != nil {
		return nil, s.failed(told(ctx, err))
	}
	return h, nil
}

// skip reads the results of statements whose rows do not matter.
func skip(sent pgx.BatchResults, n int) error {
	for range n {
		if _, err := sent.Exec(); err != nil {
			return err
		}
	}
	return nil
}

func (s *postgresConnection) query(ctx context.Context, text string, args ...any) (rows, error) {
	h, err := s.send(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	return h, nil
}

func (s *postgresConnection) queryRow(text string, args ...any) scanner {
	h, err := s.send(context.Background(), text, args...)
	if err != nil {
		return noRow{err}
	}
	return onlyRow{h}
}

func (s *postgresConnection) point(read *pointRead, args []string, dest ...any) error {
	return s.queryRow(read.text, anys(args)...).Scan(dest...)
}

// about is for what a process of a file keeps in memory.
func (s *postgresConnection) about(string) {}

func (s *postgresConnection) change(text string, args ...any) (int64, error) {
	h, err := s.send(context.Background(), text, args...)
	if err != nil {
		return 0, err
	}
	return h.tag.RowsAffected(), nil
}

func (s *postgresConnection) queue(text string, args ...any) error {
	args, err := plain(args)
	if err != nil {
		return err
	}
	if text = postgresText(text); text == "" { // it is for SQLite alone
		return nil
	}
	s.queued.Queue(text, args...)
	if s.queued.Len() >= mostQueued || time.Since(s.spoke) > longestQueued {
		return s.flush(context.Background())
	}
	return nil
}

// save sends the step on its way alone: a statement that cannot be sent takes with it what is
// queued before it.
func (s *postgresConnection) save(step string) error {
	return firstOf(s.queue("SAVEPOINT "+step), s.flush(context.Background()))
}

func (s *postgresConnection) leave(step string, undo bool) error {
	if !undo {
		return firstOf(s.queue("RELEASE "+step), s.flush(context.Background()))
	}
	// What is still queued was written in this step. The rest goes as a text and not as
	// statements: after an error none can be prepared but this.
	if err := s.flush(context.Background()); err != nil && s.gone() {
		return err
	}
	return s.exec("ROLLBACK TO " + step + "; RELEASE " + step)
}

// exec runs a text that has no arguments.
func (s *postgresConnection) exec(text string) error {
	if s.gone() {
		return errEnded
	}
	ctx, done := context.WithTimeout(context.Background(), shortly)
	defer done()
	_, err := s.conn.PgConn().Exec(ctx, text).ReadAll()
	return s.failed(err)
}

// flush sends what is queued.
func (s *postgresConnection) flush(ctx context.Context) error {
	switch {
	case s.queued.Len() == 0:
		return nil
	case s.gone():
		return errEnded
	}
	ctx, done := watched(ctx, s.conn)
	defer done()
	return s.failed(told(ctx, s.conn.SendBatch(ctx, s.take()).Close()))
}

func (s *postgresConnection) rollback() error {
	s.queued = pgx.Batch{}
	if s.gone() {
		return nil
	}
	err := s.exec("ROLLBACK")
	if err != nil {
		s.drop()
	}
	return err
}

func (s *postgresConnection) ended() bool {
	return s.gone() || s.conn.PgConn().TxStatus() == 'I'
}

// again is so if the server called the transaction off because of another one, and if the
// connection broke before COMMIT: a server that is gone for a moment, because it is started anew or
// another takes its place, nobody notices. Of one that stays away everybody is told at once.
func (s *postgresConnection) again() bool {
	return s.conflict || s.undone || s.gone() && !s.sent && time.Since(s.failing) < resolveFor
}

func (s *postgresConnection) close() error {
	s.drop()
	return nil
}
