package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"latchkey/internal/secret"
)

const (
	// resolveFor is how long a commit without an answer is asked after before those who wait
	// for it are told that nothing could be saved.
	resolveFor = 8 * time.Second
	// reconnectPause is the pause between two attempts to reach the database.
	reconnectPause = 100 * time.Millisecond
)

// postgresConnection is the connection that writes to PostgreSQL, one a process. It opens every
// transaction by locking the row that holds the head of the audit log, so that of all
// processes one writes at a time: what a transaction reads is what it changes, as in SQLite.
//
// Each transaction also writes its number into the row that this process has in the table
// nodes. When a commit has no answer, because the connection broke or the server went away,
// that number says whether it happened.
type postgresConnection struct {
	config *pgx.ConnConfig
	conn   *pgx.Conn // nil until the first transaction
	node   string    // random, of this process
	token  int64     // of the transaction under way

	queued pgx.Batch // what has not been sent
}

func newPostgresConnection(config *pgx.ConnConfig) *postgresConnection {
	return &postgresConnection{config: config, node: secret.ID()}
}

// lockHead waits until nobody else writes. It is the lock that every process takes first, so
// that there is an order among them and no deadlock.
const lockHead = `SELECT seq FROM audit_head FOR UPDATE`

const (
	noteToken = `INSERT INTO nodes (name, token, seen_at) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET token = excluded.token, seen_at = excluded.seen_at`
	readToken = `SELECT token FROM nodes WHERE name = $1`
)

func (s *postgresConnection) begin() error {
	s.token++
	err := s.beginOnce()
	if err != nil && s.gone() { // the connection had broken while nobody used it
		err = s.beginOnce()
	}
	return err
}

func (s *postgresConnection) beginOnce() error {
	if err := s.lock(); err != nil {
		return err
	}
	s.noteToken()
	err := s.flush()
	if stateOf(err) == stateReadOnly { // another server was promoted in the place of this one
		s.drop()
	}
	return err
}

// lock opens a transaction, on a new connection if need be. What it queues is sent with what
// comes next.
func (s *postgresConnection) lock() error {
	if s.gone() {
		ctx, done := context.WithTimeout(context.Background(), shortly)
		defer done()
		conn, err := pgx.ConnectConfig(ctx, s.config)
		if err != nil {
			return err
		}
		s.conn = conn
	}
	s.queued = pgx.Batch{}
	s.queued.Queue("BEGIN")
	s.queued.Queue(postgresText(lockHead))
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

// send sends what is queued and the statement behind it, and hands its rows over. They are
// read whole, because the connection can do nothing else until they are.
func (s *postgresConnection) send(ctx context.Context, text string, args ...any) (*held, error) {
	if s.gone() {
		return nil, errEnded
	}
	args, err := plain(args)
	if err != nil {
		return nil, err
	}
	batch := s.queued
	s.queued = pgx.Batch{}
	before := batch.Len()
	batch.Queue(text, args...)
	sent := s.conn.SendBatch(ctx, &batch)
	for range before {
		if _, err := sent.Exec(); err != nil {
			return nil, errors.Join(err, closed(sent, err))
		}
	}
	found, err := sent.Query()
	if err != nil {
		return nil, errors.Join(err, closed(sent, err))
	}
	h := hold(s.conn, found)
	return h, errors.Join(h.err, closed(sent, h.err))
}

// closed closes what was sent. Its error is that of the statement, if there was one.
func closed(sent pgx.BatchResults, err error) error {
	if e := sent.Close(); err == nil {
		return e
	}
	return nil
}

// short is a context for a statement that takes no time worth speaking of, and for the way to
// the database, which can be longer than anybody waits.
func short() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), writeWithin)
}

// writeWithin is how long a statement of a transaction may take. Those that touch every row of
// a large table, as an import or a migration does, are the ones that take long.
const writeWithin = 5 * time.Minute

func (s *postgresConnection) query(ctx context.Context, text string, args ...any) (rows, error) {
	h, err := s.send(ctx, postgresText(text), args...)
	if err != nil {
		return nil, err
	}
	return h, nil
}

func (s *postgresConnection) queryRow(text string, args ...any) scanner {
	ctx, done := short()
	defer done()
	h, err := s.send(ctx, postgresText(text), args...)
	if err != nil {
		return noRow{err}
	}
	return onlyRow{h}
}

func (s *postgresConnection) point(text string, args []string, dest ...any) error {
	return s.queryRow(text, anys(args)...).Scan(dest...)
}

func (s *postgresConnection) change(text string, args ...any) (int64, error) {
	ctx, done := short()
	defer done()
	h, err := s.send(ctx, postgresText(text), args...)
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
	if text = postgresText(text); text != "" { // else it is for SQLite alone
		s.queued.Queue(text, args...)
	}
	return nil
}

// save sends the step on its way alone: a statement that cannot be sent takes with it what is
// queued before it.
func (s *postgresConnection) save(step string) error {
	s.queue("SAVEPOINT " + step)
	return s.flush()
}

func (s *postgresConnection) leave(step string, undo bool) error {
	if !undo {
		s.queue("RELEASE " + step)
		return s.flush()
	}
	if err := s.flush(); err != nil && s.gone() { // what is still queued was written in this step
		return err
	}
	// As a text and not as statements: none can be prepared after an error but this.
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
	return err
}

// flush sends what is queued.
func (s *postgresConnection) flush() error {
	if s.queued.Len() == 0 {
		return nil
	}
	ctx, done := short()
	defer done()
	batch := s.queued
	s.queued = pgx.Batch{}
	if s.gone() {
		return errEnded
	}
	return s.conn.SendBatch(ctx, &batch).Close()
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

func (s *postgresConnection) again(err error) bool {
	switch stateOf(err) {
	case stateSerialization, stateDeadlock:
		return true
	}
	return false
}

// commit commits, and finds out what became of a commit without an answer. It returns nil only
// after a write of this process was acknowledged: one that others can see may still be waiting
// for the standby, and be lost with the server.
func (s *postgresConnection) commit() (head place, err error) {
	if err := s.flush(); err != nil {
		return head, err
	}
	ctx, done := context.WithTimeout(context.Background(), shortly)
	defer done()
	head, _, err = one(s.queryRow(headNow), scanPlace, "reading the head of the audit log")
	if err != nil {
		return head, err
	}
	tag, err := s.conn.Exec(ctx, "COMMIT")
	switch {
	case err == nil && tag.String() == "ROLLBACK":
		return head, errEnded // a statement had failed
	case err == nil:
		return head, nil
	case stateOf(err) != "" && !s.gone():
		return head, err // the server says that it did not happen
	}
	return head, s.resolve(err)
}

// resolve asks on a new connection whether the transaction that was being committed did
// happen. The lock on the head makes the question wait until the server knows.
func (s *postgresConnection) resolve(cause error) error {
	s.drop() // it may still be committing
	var known, happened bool
	for until := time.Now().Add(resolveFor); ; time.Sleep(reconnectPause) {
		var err error
		if !known {
			happened, err = s.happened()
			known = err == nil
		}
		if known {
			err = s.acknowledged()
		}
		switch {
		case err == nil && happened:
			return nil
		case err == nil:
			return fmt.Errorf("the commit did not happen: %w", cause)
		case !time.Now().Before(until):
			return &errUnknown{errors.Join(cause, err)}
		}
		s.drop()
	}
}

// happened reports whether the transaction with the token was committed, and leaves the one in
// which it looked open.
func (s *postgresConnection) happened() (bool, error) {
	if err := s.lock(); err != nil {
		return false, err
	}
	is, _, err := one(s.queryRow(readToken, s.node), single[int64], "asking what became of a commit")
	return is == s.token, err
}

// acknowledged commits a write of this process.
func (s *postgresConnection) acknowledged() error {
	if s.gone() {
		if err := s.lock(); err != nil {
			return err
		}
	}
	s.noteToken()
	s.queued.Queue("COMMIT")
	return s.flush()
}

func (s *postgresConnection) close() error {
	s.drop()
	return nil
}

// held are rows that were read.
type held struct {
	conn   *pgx.Conn
	fields []pgconn.FieldDescription
	all    [][][]byte
	at     int // the row under way, from 1
	tag    pgconn.CommandTag
	err    error
}

// hold reads all rows.
func hold(conn *pgx.Conn, found pgx.Rows) *held {
	h := &held{conn: conn}
	for found.Next() {
		if h.fields == nil {
			h.fields = found.FieldDescriptions()
		}
		raw := found.RawValues()
		row := make([][]byte, len(raw))
		for i, value := range raw {
			if value != nil { // NULL
				row[i] = append([]byte{}, value...)
			}
		}
		h.all = append(h.all, row)
	}
	found.Close()
	h.tag, h.err = found.CommandTag(), found.Err()
	return h
}

// Next goes to the next row.
func (h *held) Next() bool { h.at++; return h.at <= len(h.all) }

// Scan reads the row.
func (h *held) Scan(dest ...any) error {
	return pgx.ScanRow(h.conn.TypeMap(), h.fields, h.all[h.at-1], dest...)
}

// Err is nil: rows are only handed over when all of them were read.
func (h *held) Err() error { return nil }

// Close does nothing.
func (h *held) Close() error { return nil }

// onlyRow is the first of the rows, as sql.Row is.
type onlyRow struct{ held *held }

// Scan reads it; pgx.ErrNoRows, which is sql.ErrNoRows, if there is none.
func (r onlyRow) Scan(dest ...any) error {
	if !r.held.Next() {
		return pgx.ErrNoRows
	}
	return r.held.Scan(dest...)
}
