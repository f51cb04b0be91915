package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/secret"
)

const auditColumns = `seq, at, event, result, actor_id, actor_name, subject_id, subject_name,
	ip, user_agent, request_id, details, mac`

func scanEntry(row scanner) (audit.Entry, error) {
	var e audit.Entry
	var when int64
	var details string
	err := row.Scan(&e.Seq, &when, &e.Event, &e.Result, &e.ActorID, &e.ActorName, &e.SubjectID, &e.SubjectName,
		&e.IP, &e.UserAgent, &e.RequestID, &details, &e.MAC)
	if err != nil {
		return e, err
	}
	e.At = at(when)
	e.Details, err = audit.DecodeDetails(details)
	return e, err
}

// Audit appends an entry to the audit log, numbered and chained. It belongs in
// the transaction of what it tells: if it cannot be written, neither can that.
func (tx *Tx) Audit(e audit.Entry) error {
	seq, mac, err := tx.AuditHead()
	if err != nil {
		return err
	}
	e = e.Bounded()
	e.Seq = seq + 1
	e.MAC = e.Chain(tx.w.ring, mac)
	return tx.exec(`INSERT INTO audit_log (`+auditColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		e.Seq, ms(e.At), e.Event, e.Result, e.ActorID, e.ActorName, e.SubjectID, e.SubjectName,
		e.IP, e.UserAgent, e.RequestID, audit.EncodeDetails(e.Details), e.MAC)
}

// AuditHead returns the number and MAC of the newest entry; 0 and "" if there is none.
func (r Reader) AuditHead() (seq int64, mac string, err error) {
	err = r.q.queryRow(`SELECT seq, mac FROM audit_log ORDER BY seq DESC LIMIT 1`).Scan(&seq, &mac)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, "", nil
	}
	if err != nil {
		return 0, "", unavailable(fmt.Errorf("reading the head of the audit log: %w", err))
	}
	return seq, mac, nil
}

// AuditFilter selects entries; empty fields select all. Entries come newest
// first.
type AuditFilter struct {
	Actor, Subject string // user ids
	// ActorName and SubjectName are names as they stand in the log, for those who
	// have no id there or are no longer known by it.
	ActorName, SubjectName string
	About                  string // user id: as actor or as subject
	Event                  audit.Event
	Result                 audit.Result
	IP                     string
	From, To               time.Time // From included, To excluded
	Before                 int64     // only entries with a smaller number; 0 for all
	After                  int64     // only entries with a greater number: the page of oldest ones among them
	Limit                  int
}

// AuditEntries returns a page of the audit log, newest first.
func (r Reader) AuditEntries(ctx context.Context, f AuditFilter) ([]audit.Entry, error) {
	text, args := f.query()
	rows, err := r.q.query(ctx, text, args...)
	if err != nil {
		return nil, unavailable(fmt.Errorf("reading the audit log: %w", err))
	}
	entries, err := collect(rows, scanEntry)
	if f.After > 0 {
		slices.Reverse(entries)
	}
	return entries, err
}

// brief is how long a time may be that is looked up by itself and sorted; a
// longer one is better met on the way through the newest entries.
const brief = 72 * time.Hour

// where puts the conditions together. The first of those that leave few entries
// is looked up in its index; a plus keeps the database from taking the index of
// another, such as that of all that went well.
func (f AuditFilter) where() *where {
	w := &where{}
	add := func(condition string, args ...any) {
		plus := ""
		if len(w.conditions) > 0 {
			plus = "+"
		}
		w.add(strings.ReplaceAll(condition, "+", plus), args...)
	}
	equal := func(column, value string) {
		if value != "" {
			add(`+`+column+` = ?`, value)
		}
	}
	if f.About != "" {
		add(`(actor_id = ? OR subject_id = ?)`, f.About, f.About)
	}
	equal("ip", f.IP)
	equal("actor_id", f.Actor)
	equal("subject_id", f.Subject)
	equal("actor_name", f.ActorName)
	equal("subject_name", f.SubjectName)
	if !f.From.IsZero() && !f.To.IsZero() && f.To.Sub(f.From) <= brief {
		add(`+at >= ? AND +at < ?`, ms(f.From), ms(f.To))
	}
	equal("event", string(f.Event))
	equal("result", string(f.Result))
	return w
}

func (f AuditFilter) query() (string, []any) {
	w := f.where()
	if !f.From.IsZero() {
		w.add(`+at >= ?`, ms(f.From))
	}
	if !f.To.IsZero() {
		w.add(`+at < ?`, ms(f.To))
	}
	if f.Before > 0 {
		w.add(`seq < ?`, f.Before)
	}
	order := "DESC"
	if f.After > 0 {
		w.add(`seq > ?`, f.After)
		order = "ASC"
	}
	statement := `SELECT ` + auditColumns + ` FROM audit_log`
	if len(w.conditions) > 0 {
		statement += ` WHERE ` + w.text()
	}
	w.args = append(w.args, f.Limit)
	return statement + fmt.Sprintf(` ORDER BY seq %s LIMIT $%d`, order, len(w.args)), w.args
}

// AuditTrail yields every entry, oldest first, for checking the chain. It ends
// after an error. A row that is not as we write rows comes with its number; an
// error of the database has an empty entry.
func (r Reader) AuditTrail(ctx context.Context) iter.Seq2[audit.Entry, error] {
	return func(yield func(audit.Entry, error) bool) {
		rows, err := r.q.query(ctx, `SELECT `+auditColumns+` FROM audit_log ORDER BY seq`)
		if err != nil {
			yield(audit.Entry{}, unavailable(err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			e, err := scanEntry(rows)
			if !yield(e, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(audit.Entry{}, unavailable(err))
		}
	}
}

// BrokenChain tells where the audit log was tampered with.
type BrokenChain struct {
	Seq    int64
	Reason string
}

// Error names the first bad row.
func (b *BrokenChain) Error() string {
	return fmt.Sprintf("the audit log is broken at row %d: %s", b.Seq, b.Reason)
}

// VerifyAudit checks the whole chain and returns its head. head, if not empty,
// is a "SEQ:MAC" noted earlier: it finds a tail that was cut off. The error is a
// *BrokenChain if the log does not hold.
func (r Reader) VerifyAudit(ctx context.Context, ring *secret.Ring, head string) (seq int64, mac string, err error) {
	headSeq, headMAC, err := parseHead(head)
	if err != nil {
		return 0, "", err
	}
	for e, err := range r.AuditTrail(ctx) {
		switch {
		case err != nil && e.Seq == 0:
			return seq, mac, err
		case err != nil:
			return seq, mac, &BrokenChain{e.Seq, "it cannot be read: " + err.Error()}
		case e.Seq != seq+1:
			return seq, mac, &BrokenChain{seq + 1, "the row is missing"}
		case !e.Follows(ring, mac):
			return seq, mac, &BrokenChain{e.Seq, "its MAC does not fit its content and the row before"}
		case e.Seq == headSeq && e.MAC != headMAC:
			return seq, mac, &BrokenChain{e.Seq, "its MAC is not the one noted in the head"}
		}
		seq, mac = e.Seq, e.MAC
	}
	if headSeq > seq {
		return seq, mac, &BrokenChain{seq + 1, fmt.Sprintf("the rows up to %d noted in the head are missing", headSeq)}
	}
	return seq, mac, nil
}

func parseHead(head string) (seq int64, mac string, err error) {
	if head == "" {
		return 0, "", nil
	}
	number, mac, _ := strings.Cut(head, ":")
	seq, err = strconv.ParseInt(number, 10, 64)
	if err != nil || seq < 1 || mac == "" {
		return 0, "", fmt.Errorf("the head %q is not of the form SEQ:MAC", head)
	}
	return seq, mac, nil
}
