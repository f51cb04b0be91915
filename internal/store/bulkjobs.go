package store

import (
	"context"
	"time"

	"latchkey/internal/user"
)

// BulkState says how far a job is.
type BulkState string

// The states. All but running are ends.
const (
	BulkRunning   BulkState = "running"
	BulkDone      BulkState = "done"
	BulkCancelled BulkState = "cancelled"
	// BulkRefused means that the person who started it is no longer an administrator, or that
	// this version cannot go on with it.
	BulkRefused BulkState = "refused"
)

// batchesFor is how long a job that ended is kept, and its undo offered: as long
// as users stay in the recycle bin.
const batchesFor = 30 * 24 * time.Hour

// BulkJob is one action on many users.
type BulkJob struct {
	ID, Action string
	// Group is the name of the group that people are put into or taken out of; "" for other
	// actions. The group may be gone by now.
	Group string
	State BulkState
	// Filter is what the list of users was narrowed to, as UserFilter.Stored writes it;
	// ReadFilter reads it.
	// Everybody says that it is about all who match; else some were picked.
	Filter    string
	Everybody bool
	// Listed says that whom it is about was written down when it began, see AddInvitations.
	Listed bool
	// Undoes is the job that this one takes back; "" for none.
	Undoes string
	Reason string
	// ActorID, ActorName, IP, UserAgent and RequestID are those of the person who started it.
	ActorID, ActorName, IP, UserAgent, RequestID string
	// Total is how many there were to look at when it began.
	Total int
	// Cursor and Upto bound the numbers of the users who are still to come.
	Cursor, Upto int64
	// Changed and LeftOut are what became of the users so far; Why counts the second
	// by reason, as JSON.
	Changed, LeftOut int
	Why              string
	// Began is when it was started, Moved when anything happened last.
	Began, Moved time.Time
}

const bulkJobColumns = `id, action, state, filter, everybody, undoes, reason, actor_id, actor_name, ip, user_agent, request_id,
	total, cursor, upto, changed, left_out, why, created_at, changed_at, listed, group_name`

func scanBulkJob(row scanner) (b BulkJob, err error) {
	var began, moved int64
	err = row.Scan(&b.ID, &b.Action, &b.State, &b.Filter, &b.Everybody, &b.Undoes, &b.Reason, &b.ActorID, &b.ActorName, &b.IP, &b.UserAgent,
		&b.RequestID, &b.Total, &b.Cursor, &b.Upto, &b.Changed, &b.LeftOut, &b.Why, &began, &moved, &b.Listed, &b.Group)
	b.Began, b.Moved = at(began), at(moved)
	return b, err
}

// BulkJob returns the job with this id, or a problem.NotFound.
func (r Reader) BulkJob(id string) (BulkJob, error) {
	b, err := scanBulkJob(r.q.queryRow(`SELECT `+bulkJobColumns+` FROM batches WHERE id = $1`, id))
	return b, notFound(err, "act on several users")
}

// BulkJobThatUndid returns the job that took this one back; ok is false if none did.
func (r Reader) BulkJobThatUndid(id string) (b BulkJob, ok bool, err error) {
	return one(r.q.queryRow(`SELECT `+bulkJobColumns+` FROM batches WHERE undoes = $1 AND undoes <> ''`, id), scanBulkJob, "reading a job")
}

// RunningBulkJobs returns the jobs that are under way, oldest first.
func (r Reader) RunningBulkJobs() ([]BulkJob, error) {
	return list(context.Background(), r.q, scanBulkJob, "reading jobs", `SELECT `+bulkJobColumns+` FROM batches WHERE state = 'running' ORDER BY created_at, id`)
}

// RecentBulkJobs returns the jobs that moved last, the newest first.
func (r Reader) RecentBulkJobs(limit int) ([]BulkJob, error) {
	return list(context.Background(), r.q, scanBulkJob, "reading jobs", `SELECT `+bulkJobColumns+` FROM batches ORDER BY changed_at DESC, id LIMIT $1`, limit)
}

// AddBulkJob begins a job in the state running. Users who are added from now on are
// not in it.
func (tx *Tx) AddBulkJob(b BulkJob) error {
	return tx.exec(`INSERT INTO batches (id, action, state, filter, everybody, undoes, reason, actor_id, actor_name, ip, user_agent, request_id,
			total, upto, created_at, changed_at, group_name)
		SELECT $1, $2, 'running', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, coalesce(max(num), 0), $13, $13, $14 FROM users`,
		b.ID, b.Action, b.Filter, b.Everybody, b.Undoes, b.Reason, b.ActorID, b.ActorName, b.IP, b.UserAgent, b.RequestID, b.Total, ms(b.Began), b.Group)
}

// MoveBulkJob notes how far a running job is; moved is false if it does not run any
// more or somebody else has moved it on from where it was.
func (tx *Tx) MoveBulkJob(was, is BulkJob, now time.Time) (moved bool, err error) {
	return tx.once(`UPDATE batches SET cursor = $1, changed = $2, left_out = $3, why = $4, changed_at = $5
		WHERE id = $6 AND state = 'running' AND cursor = $7`, is.Cursor, is.Changed, is.LeftOut, is.Why, ms(now), was.ID, was.Cursor)
}

// EndBulkJob ends a running job; ended is true for exactly one caller.
func (tx *Tx) EndBulkJob(id string, state BulkState, now time.Time) (ended bool, err error) {
	return tx.once(`UPDATE batches SET state = $1, changed_at = $2 WHERE id = $3 AND state = 'running'`, state, ms(now), id)
}

// keepStopped is how long an import that StopImportsOf has ended is still shown.
const keepStopped = 24 * time.Hour

// StopBulkJobsOf ends the actions on several users that run in the name of a user, and
// returns them as they were. What they have done until then stays.
func (tx *Tx) StopBulkJobsOf(userID string, now time.Time) (stopped []BulkJob, err error) {
	running, err := tx.RunningBulkJobs()
	for _, b := range running {
		if b.ActorID != userID {
			continue
		}
		if _, err := tx.EndBulkJob(b.ID, BulkRefused, now); err != nil {
			return nil, err
		}
		stopped = append(stopped, b)
	}
	return stopped, err
}

// StopImportsOf ends the imports that run in the name of a user, which it returns as
// they were, and takes back those that wait for the user's word. why stands at the rows
// that are left.
func (tx *Tx) StopImportsOf(userID, why string, now time.Time) (stopped []ImportJob, err error) {
	running, err := tx.RunningImports()
	if err != nil {
		return nil, err
	}
	for _, b := range running {
		if b.Owner != userID {
			continue
		}
		if _, err := tx.EndImport(b.ID, ImportStopped, why, now, now.Add(keepStopped)); err != nil {
			return nil, err
		}
		stopped = append(stopped, b)
	}
	// They are not shown any more, and the next sweep takes their rows.
	return stopped, tx.exec(`UPDATE import_batches SET state = 'reading', ends_at = $1 WHERE owner_id = $2 AND state = 'ready'`, ms(now), userID)
}

// ForgetApprovalsOf takes back the first of two approvals wherever a user gave it, and ends
// what they asked a second administrator to approve.
func (tx *Tx) ForgetApprovalsOf(userID string) error {
	tx.recountRequests()
	if err := tx.exec(`UPDATE requests SET first_id = '', first_name = '' WHERE first_id = $1 AND status = 'open'`, userID); err != nil {
		return err
	}
	return tx.exec(`UPDATE approvals SET status = 'ended' WHERE asked_id = $1 AND status = 'open'`, userID)
}

// KeepBulkJobUser notes that a job has changed a user, in the transaction in which
// it did.
func (tx *Tx) KeepBulkJobUser(batchID, userID string) error {
	return tx.exec(`INSERT INTO batch_users (batch_id, num, user_id, version) SELECT $1, num, id, version FROM users WHERE id = $2 ON CONFLICT DO NOTHING`, batchID, userID)
}

// DropOldBulkJobs forgets every job that ended 30 days ago.
func (tx *Tx) DropOldBulkJobs(now time.Time) error {
	return tx.exec(`DELETE FROM batches WHERE changed_at < $1 AND state <> 'running'`, ms(now.Add(-batchesFor)))
}

// Member is a user whose turn comes in a job.
type Member struct {
	user.User
	Num int64
	// Was is the version that the job which is to be undone made of the user; 0 if
	// any will do.
	Was int64
}

// BulkJobUsers returns the next users whom a job has changed and who still exist, in
// the order of their numbers.
func (r Reader) BulkJobUsers(ctx context.Context, id string, after int64, limit int) ([]Member, error) {
	scan := func(row scanner) (m Member, err error) {
		m.User, err = scanUser(row, &m.Num, &m.Was)
		return m, err
	}
	return list(ctx, r.q, scan, "reading the users of a batch", `SELECT `+userColumns+`, b.num, b.version FROM batch_users b JOIN users u ON u.id = b.user_id
		WHERE b.batch_id = $1 AND b.num > $2 ORDER BY b.num LIMIT $3`, id, after, limit)
}

// UsersByNumber returns the next users that a filter selects, in the order of their
// numbers, behind after and up to upto (0 for no bound). That order does not change
// when the users do.
func (r Reader) UsersByNumber(ctx context.Context, f UserFilter, after, upto int64, limit int) ([]Member, error) {
	text, args := f.byNumber(after, upto, limit).statement()
	scan := func(row scanner) (m Member, err error) {
		m.User, err = scanUser(row, &m.Num)
		return m, err
	}
	return list(ctx, r.q, scan, "reading users in order", text, args...)
}
