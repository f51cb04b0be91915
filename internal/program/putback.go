package program

import (
	"context"
	"errors"
	"io/fs"
	"strconv"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/factor"
	"latchkey/internal/store"
)

// metaHeadFile says in the database that there is a head file beside it.
const metaHeadFile = "head_file"

// What can be wrong with the database at the start; "" stands for nothing.
const (
	foundOlder      = "older"     // rows are missing that were noted
	foundDifferent  = "different" // other rows stand in their place
	foundNoRecord   = "no record" // the head file is gone
	foundUnreadable = "unreadable record"
	foundBackup     = "backup" // that was restored, which the log does not tell of yet
)

// CompareHead compares the database with the head file before anybody is served. One that
// somebody put back, or may have put back, is made harmless, and said so: a backup put
// back on purpose must not keep the server down, and somebody who put back an old database
// to use an old session or code has nothing of it.
func (p *Program) CompareHead(now time.Time) error {
	if p.head != nil {
		if err := p.head.dropLeftovers(); err != nil {
			p.Instance.Log.Warn("cleaning up the data folder", "error", err)
		}
	}
	found, err := p.found()
	if err != nil {
		return err
	}
	var is head
	if is.seq, is.mac, err = p.DB.AuditHead(); err != nil {
		return err
	}
	if found != "" {
		if err := p.disarm(now, found, is); err != nil {
			return err
		}
		p.warnOfCopy(found, is)
		p.Instance.NoteRestored()
		if is.seq, is.mac, err = p.DB.AuditHead(); err != nil {
			return err
		}
	}
	if p.head == nil {
		return nil
	}
	if err := p.head.write(is); err != nil {
		p.Instance.Log.Error("a database that is put back will not be noticed", "error", err)
		return nil
	}
	return p.DB.Tx(context.Background(), func(tx *store.Tx) error { return tx.SetMeta(metaHeadFile, "on") })
}

// found returns what is wrong with the database, "" for nothing.
func (p *Program) found() (string, error) {
	by, _, err := p.DB.PendingRestore()
	if err != nil {
		return "", err
	}
	if p.head != nil {
		err = p.head.read()
	}
	if by != "" {
		return foundBackup, nil // whatever stands in the file
	}
	if p.head == nil {
		return "", nil
	}
	switch {
	case p.fresh:
		return "", nil
	case errors.Is(err, fs.ErrNotExist):
		had, err := p.DB.Meta(metaHeadFile)
		if had == "" { // this version has not served it yet
			return "", err
		}
		return foundNoRecord, err
	case err != nil:
		p.Instance.Log.Warn("reading the head of the last run", "error", err)
		return foundUnreadable, nil
	}
	state, err := p.DB.HoldsHead(p.head.noted.seq, p.head.noted.mac)
	switch state {
	case store.HeadMissing:
		return foundOlder, err
	case store.HeadDifferent:
		return foundDifferent, err
	}
	return "", err
}

// disarm ends what an old copy would accept, with the row that says so.
func (p *Program) disarm(now time.Time, found string, is head) error {
	e := audit.Entry{
		At: now, Event: audit.RestoreDone, Result: audit.ResultOK, ActorName: "server",
		Details: []audit.Detail{{Name: "found", After: found}},
	}
	if found == foundBackup {
		return p.disarmRestored(e)
	}
	if p.head != nil && p.head.known {
		e.Details = append(e.Details, audit.Detail{Name: "newest row", Before: strconv.FormatInt(p.head.noted.seq, 10), After: strconv.FormatInt(is.seq, 10)})
	}
	return p.DB.Tx(context.Background(), func(tx *store.Tx) error {
		if err := tx.DisarmCopy(now, factor.Step(now)); err != nil {
			return err
		}
		return tx.Audit(e)
	})
}

// disarmRestored is disarm for a backup that was restored on purpose, whose row was left for now.
func (p *Program) disarmRestored(e audit.Entry) error {
	by, name, err := p.DB.PendingRestore()
	if err != nil {
		return err
	}
	e.ActorName, e.Details = by, []audit.Detail{{Name: "backup", After: name}}
	return p.DB.Tx(context.Background(), func(tx *store.Tx) error {
		if err := tx.DisarmCopy(e.At, factor.Step(e.At)); err != nil {
			return err
		}
		return tx.Audit(e)
	})
}

// warnOfCopy says in the log what was found and done.
func (p *Program) warnOfCopy(found string, is head) {
	const done = "; everyone was signed out, and links and codes from before no longer work; if you did not put it back, find out who did"
	noted := "none"
	if p.head != nil && p.head.known {
		noted = p.head.noted.String()
	}
	switch found {
	case foundBackup:
		p.Instance.Log.Info("a backup was restored; everyone was signed out, and links and codes from before no longer work")
	case foundOlder:
		p.Instance.Log.Warn("the database is older than the last run, as if a backup had been put back"+done, "noted", noted, "found", is.String())
	case foundDifferent:
		p.Instance.Log.Warn("the database is not the one of the last run, as if a backup had been put back and used elsewhere"+done, "noted", noted, "found", is.String())
	default:
		p.Instance.Log.Warn(headName+" is missing or unreadable, so the database may be an older one"+done, "found", is.String())
	}
}
