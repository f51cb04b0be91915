package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
)

// sqliteConnection is the connection that writes to the file.
type sqliteConnection struct {
	conn  *sql.Conn
	stmts map[string]written
	head  place // as of the last commit

	cache  *rowCache // nil where none are kept
	said   accesses  // of the statement that is being prepared
	whose  string    // whom the next statement is about, "" for anybody
	effect effect    // of the transaction under way
	alone  bool      // nobody else has committed between our last commit and that
}

// written is a statement of the connection that writes.
type written struct {
	*sql.Stmt
	meets bool // it can change what is kept
}

func newSQLiteConnection(ctx context.Context, db *sql.DB, cache *rowCache) (*sqliteConnection, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("opening the database for writing: %w", err)
	}
	s := &sqliteConnection{conn: conn, stmts: map[string]written{}, cache: cache}
	if cache == nil {
		return s, nil
	}
	err = conn.Raw(func(c any) error { return s.said.of(c) })
	for _, read := range []*pointRead{sessionByHash, openedByHash} {
		if err != nil {
			break
		}
		var stmt *sql.Stmt
		if stmt, err = conn.PrepareContext(ctx, sqlite.text(read.text)); err == nil {
			err = stmt.Close()
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("preparing what requests ask: %w", err), conn.Close())
	}
	cache.reads = s.said.reads
	s.head, _ = scanPlace(s.queryRow(headNow)) // which every commit reads, and has its own word for
	return s, nil
}

func (s *sqliteConnection) begin() error {
	s.effect = effect{}
	if err := s.queue(beginWriting); err != nil {
		return err
	}
	s.alone = s.cache.begun()
	return nil
}

func (s *sqliteConnection) about(userID string) { s.whose = userID }

func (s *sqliteConnection) change(text string, args ...any) (int64, error) {
	stmt, err := s.prepare(text)
	if err != nil {
		return 0, err
	}
	r, err := stmt.ExecContext(context.Background(), args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// queue runs the statement at once: there is no way to the database to save.
func (s *sqliteConnection) queue(text string, args ...any) error {
	_, err := s.change(text, args...)
	return err
}

func (s *sqliteConnection) save(step string) error { return s.queue("SAVEPOINT " + step) }

func (s *sqliteConnection) leave(step string, undo bool) error {
	if undo {
		if err := s.queue("ROLLBACK TO " + step); err != nil {
			return err
		}
	}
	return s.queue("RELEASE " + step)
}

// commit never knows what became of a commit that failed: in WAL mode one whose fsync failed
// may still become true after a crash.
func (s *sqliteConnection) commit() (head place, err error) {
	head, err = scanPlace(s.queryRow(headNow))
	if err != nil {
		head = s.head // somebody has taken it away; VerifyAudit tells of that
	}
	s.effect.wrote = s.alone && head != s.head
	s.cache.committing()
	err = s.queue("COMMIT")
	s.cache.committed(s.effect, err)
	if err != nil {
		return head, &errUnknown{err}
	}
	s.head = head
	return head, nil
}

func (s *sqliteConnection) rollback() error { return s.queue("ROLLBACK") }

func (s *sqliteConnection) ended() bool {
	ended := true
	s.conn.Raw(func(c any) error { ended = autocommit(c); return nil })
	return ended
}

// again is never so: BEGIN IMMEDIATE has waited for everybody else.
func (s *sqliteConnection) again() bool { return false }

// close writes the log back into the file.
func (s *sqliteConnection) close() error {
	for _, stmt := range s.stmts { // an open statement would keep the files open
		stmt.Close()
	}
	_, err := s.conn.ExecContext(context.Background(), checkpoint)
	return errors.Join(err, s.conn.Close())
}

// release lets go of the connection without a look at the log.
func (s *sqliteConnection) release() error {
	for _, stmt := range s.stmts {
		stmt.Close()
	}
	return s.conn.Close()
}

// prepare returns the statement for this text, which is parsed once and about to run.
func (s *sqliteConnection) prepare(text string) (*sql.Stmt, error) {
	whose := s.whose
	s.whose = ""
	stmt, ok := s.stmts[text]
	if !ok {
		s.said.forget()
		prepared, err := s.conn.PrepareContext(context.Background(), sqlite.text(text))
		if err != nil {
			return nil, err
		}
		stmt = written{prepared, s.cache != nil && s.said.changes.meet(s.cache.reads)}
		s.stmts[text] = stmt
	}
	if stmt.meets {
		s.effect.on(whose)
	}
	return stmt.Stmt, nil
}

func (s *sqliteConnection) query(ctx context.Context, text string, args ...any) (rows, error) {
	stmt, err := s.prepare(text)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

func (s *sqliteConnection) queryRow(text string, args ...any) scanner {
	stmt, err := s.prepare(text)
	if err != nil {
		return noRow{err}
	}
	return stmt.QueryRowContext(context.Background(), args...)
}

func (s *sqliteConnection) point(read *pointRead, args []string, dest ...any) error {
	return s.queryRow(read.text, anys(args)...).Scan(dest...)
}

// readPool is the querier of DB. Statements are prepared once for each connection.
type readPool struct {
	db    *sql.DB
	stmts sync.Map // text → *sql.Stmt
	// points are what is asked past package database/sql: pointKey → *asked, which belongs to
	// whoever has the connection.
	points sync.Map
	cache  *rowCache // nil where none are kept
}

func (p *readPool) prepare(text string) (*sql.Stmt, error) {
	if s, ok := p.stmts.Load(text); ok {
		return s.(*sql.Stmt), nil
	}
	s, err := p.db.Prepare(sqlite.text(text))
	if err != nil {
		return nil, err
	}
	if old, loaded := p.stmts.LoadOrStore(text, s); loaded {
		s.Close()
		return old.(*sql.Stmt), nil
	}
	return s, nil
}

func (p *readPool) query(ctx context.Context, text string, args ...any) (rows, error) {
	s, err := p.prepare(text)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

func (p *readPool) queryRow(text string, args ...any) scanner {
	s, err := p.prepare(text)
	if err != nil {
		return p.db.QueryRow(sqlite.text(text), args...) // reports the same error from Scan
	}
	return s.QueryRow(args...)
}
