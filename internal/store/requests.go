package store

import (
	"context"
	"math"
	"time"
)

// RequestStatus is how far a request has come.
type RequestStatus string

// The states of a request.
const (
	RequestOpen      RequestStatus = "open"
	RequestCancelled RequestStatus = "cancelled" // by the user
	RequestApproved  RequestStatus = "approved"  // a link was made
	RequestRefused   RequestStatus = "refused"
	RequestUsed      RequestStatus = "used" // the link led to a new authenticator
)

// Request is somebody who lost their phone and asks the administrators.
type Request struct {
	ID       string
	UserID   string
	Username string // of the user now
	Name     string // of the user now
	Status   RequestStatus
	Message  string
	Contact  string
	Made     time.Time
	Opens    time.Time // not to be approved before
	Ends     time.Time
	IP       string
	Browser  string // as it calls itself
	// KnownBrowser and UsualNetwork are facts from when the request was made.
	KnownBrowser bool
	UsualNetwork bool
	// FirstID and FirstName are the administrator who approved first, where two
	// have to.
	FirstID, FirstName string
	DecidedID          string
	DecidedName        string
	Decided            time.Time
	Reason             string
	// Again is when somebody last asked again while the request was open, and what
	// they said; AgainFrom is their address and browser in words.
	Again                                 time.Time
	AgainMessage, AgainContact, AgainFrom string
}

// AddRequest stores an open request; added is false if the user has one already.
func (tx *Tx) AddRequest(r Request) (added bool, err error) {
	tx.recountRequests()
	return tx.once(`INSERT INTO requests (id, user_id, status, message, contact, made_at, opens_at, ends_at, ip, user_agent,
			known_browser, usual_network)
		VALUES ($1, $2, 'open', $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING`,
		r.ID, r.UserID, r.Message, r.Contact, ms(r.Made), ms(r.Opens), ms(r.Ends), r.IP, r.Browser, r.KnownBrowser, r.UsualNetwork)
}

// AskAgain keeps what somebody said who asked while a request was open; done is false
// if it is not any more. The newest stands beside the first: the person who asks first must
// not be able to keep everybody else's words from the administrators.
func (tx *Tx) AskAgain(id string, q Request) (done bool, err error) {
	return tx.once(`UPDATE requests SET again_at = $1, again_message = $2, again_contact = $3, again_from = $4 WHERE id = $5 AND status = 'open'`,
		ms(q.Made), q.Message, q.Contact, q.AgainFrom, id)
}

// Request returns a request; ok is false if there is none with this id.
func (r Reader) Request(id string) (q Request, ok bool, err error) {
	all, err := r.requests(`WHERE q.id = $1`, id)
	if err != nil || len(all) == 0 {
		return q, false, err
	}
	return all[0], true, nil
}

// OpenRequest returns the open request of a user; ok is false if there is none.
func (r Reader) OpenRequest(userID string) (q Request, ok bool, err error) {
	all, err := r.requests(`WHERE q.user_id = $1 AND q.status = 'open'`, userID)
	if err != nil || len(all) == 0 {
		return q, false, err
	}
	return all[0], true, nil
}

// LivingRequest returns the request of a user that is open, or approved and not
// used; ok is false if there is none.
func (r Reader) LivingRequest(userID string) (q Request, ok bool, err error) {
	all, err := r.requests(`WHERE q.user_id = $1 AND q.status IN ('open', 'approved') ORDER BY q.made_at DESC, q.id LIMIT 1`, userID)
	if err != nil || len(all) == 0 {
		return q, false, err
	}
	return all[0], true, nil
}

// Requests returns requests behind one of them, the open ones the oldest first or the
// decided ones the newest first.
func (r Reader) Requests(open bool, after Place, limit int) ([]Request, error) {
	where, args := after.page(open, limit)
	return r.requests(where, args...)
}

// Place is where a page of requests or approvals begins: behind the one that was made
// then and has this id. The zero value is the beginning.
type Place struct {
	Made time.Time
	ID   string
}

// The pages of requests and of approvals.
const (
	pageOfOpen    = `WHERE q.status = 'open' AND (q.made_at, q.id) > ($1, $2) ORDER BY q.made_at, q.id LIMIT $3`
	pageOfDecided = `WHERE q.status <> 'open' AND (q.made_at, q.id) < ($1, $2) ORDER BY q.made_at DESC, q.id DESC LIMIT $3`
)

// page is the page that begins there.
func (p Place) page(open bool, limit int) (where string, args []any) {
	made := ms(p.Made)
	if open {
		return pageOfOpen, []any{made, p.ID, limit}
	}
	if p.ID == "" {
		made = math.MaxInt64
	}
	return pageOfDecided, []any{made, p.ID, limit}
}

func (r Reader) requests(where string, args ...any) ([]Request, error) {
	scan := func(row scanner) (q Request, err error) {
		var made, opens, ends, decided, again int64
		err = row.Scan(&q.ID, &q.UserID, &q.Username, &q.Name, &q.Status, &q.Message, &q.Contact, &made, &opens, &ends, &q.IP, &q.Browser,
			&q.KnownBrowser, &q.UsualNetwork, &q.FirstID, &q.FirstName, &q.DecidedID, &q.DecidedName, &decided, &q.Reason,
			&again, &q.AgainMessage, &q.AgainContact, &q.AgainFrom)
		q.Made, q.Opens, q.Ends, q.Decided, q.Again = at(made), at(opens), at(ends), at(decided), at(again)
		return q, err
	}
	return list(context.Background(), r.q, scan, "reading requests", `SELECT q.id, q.user_id, u.username, u.name, q.status, q.message, q.contact, q.made_at,
			q.opens_at, q.ends_at, q.ip, q.user_agent, q.known_browser, q.usual_network, q.first_id, q.first_name,
			q.decided_id, q.decided_name, q.decided_at, q.reason, q.again_at, q.again_message, q.again_contact, q.again_from
		FROM requests q `+inTurn+` users u ON u.id = q.user_id `+where, args...)
}

// CountOpenRequests counts the requests that wait for an administrator.
func (r Reader) CountOpenRequests() (n int, err error) {
	if err = r.q.queryRow(`SELECT count(*) FROM requests WHERE status = 'open'`).Scan(&n); err != nil {
		return 0, unavailable(err)
	}
	return n, nil
}

// OpenRequests is how many requests wait for an administrator, without asking the
// database: exact after every transaction of this process, and after one of another as soon as
// somebody's session was looked up.
func (db *DB) OpenRequests() int {
	if db.writer == nil {
		return 0
	}
	db.countAfterOthers()
	return int(db.writer.open.Load())
}

// countAfterOthers counts again if another process has written to the file.
func (db *DB) countAfterOthers() {
	if db.readers == nil || db.readers.cache == nil {
		return
	}
	if others := &db.readers.cache.others; others.Swap(false) && db.Recount() != nil {
		others.Store(true) // the next one tries
	}
}

// recountRequests lets the open requests be counted, and applications be looked for, again after the commit.
func (tx *Tx) recountRequests() {
	tx.w.recount = true
	tx.noteChange()
}

// ApproveFirst notes the first of two approvals; done is false if the request is
// not open or has one.
func (tx *Tx) ApproveFirst(id, adminID, adminName string) (done bool, err error) {
	return tx.once(`UPDATE requests SET first_id = $1, first_name = $2 WHERE id = $3 AND status = 'open' AND first_id = ''`,
		adminID, adminName, id)
}

// ForgetFirst takes the first of two approvals back, whose administrator is none any
// more.
func (tx *Tx) ForgetFirst(id string) error {
	return tx.exec(`UPDATE requests SET first_id = '', first_name = '' WHERE id = $1`, id)
}

// OverdueRequests refuses the open requests that nobody decided in time and returns
// the users who made them.
func (tx *Tx) OverdueRequests(now time.Time) ([]string, error) {
	tx.recountRequests()
	return list(context.Background(), tx.q, single[string], "reading rows", `UPDATE requests SET status = 'refused', decided_at = $1, reason = 'Nobody decided in time.'
		WHERE status = 'open' AND ends_at < $1 RETURNING user_id`, ms(now))
}

// Decide moves an open request to another state; done is true for one caller.
// The first of two approvals and the deciding one are never by the same person.
func (tx *Tx) Decide(id string, to RequestStatus, by Request) (done bool, err error) {
	tx.recountRequests()
	return tx.once(`UPDATE requests SET status = $1, decided_id = $2, decided_name = $3, decided_at = $4, reason = $5
		WHERE id = $6 AND status = 'open' AND NOT ($1 = 'approved' AND first_id = $2)`,
		to, by.DecidedID, by.DecidedName, ms(by.Decided), by.Reason, id)
}

// CancelRequest withdraws a request that is open or approved and not used; done is
// true for one caller.
func (tx *Tx) CancelRequest(id string, now time.Time) (done bool, err error) {
	tx.recountRequests()
	return tx.once(`UPDATE requests SET status = 'cancelled', decided_at = $1 WHERE id = $2 AND status IN ('open', 'approved')`, ms(now), id)
}

// RequestUsed notes that the link of an approved request led to a new authenticator.
func (tx *Tx) RequestUsed(id string) (done bool, err error) {
	return tx.once(`UPDATE requests SET status = 'used' WHERE id = $1 AND status = 'approved'`, id)
}

// UsualNetworks returns the addresses that a user signed in fully from lately, the
// newest first; somebody who was invited did so by setting up the first app.
func (r Reader) UsualNetworks(userID string, limit int) ([]string, error) {
	return list(context.Background(), r.q, single[string], "reading audit log", `SELECT ip FROM audit_log WHERE subject_id = $1
		AND event IN ('login.code', 'login.recovery', 'authenticator.added') AND actor_id = subject_id AND result = 'ok' ORDER BY seq DESC LIMIT $2`, userID, limit)
}

// RequestsOf returns every request of a user, the newest first.
func (r Reader) RequestsOf(userID string) ([]Request, error) {
	return r.requests(`WHERE q.user_id = $1 ORDER BY q.made_at DESC, q.id`, userID)
}
