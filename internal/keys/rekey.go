package keys

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/instance"
	"latchkey/internal/secret"
	"latchkey/internal/store"
)

const (
	// atOnce is how many values one transaction seals anew, 200: sign-ins that come meanwhile
	// wait for some milliseconds.
	atOnce = 200
	// passes is how often Rekey looks for what a process with the old key has sealed since,
	// 5 times. Each time there is less of it.
	passes = 5
)

// purposes is what the sealed texts of each kind are for. A text opens only for the purpose
// that it was sealed for.
var purposes = map[store.KeptKind]secret.Purpose{
	store.KeptAuthenticators: secret.PurposeTOTP,
	store.KeptEnrolments:     secret.PurposeTOTP,
	store.KeptStreams:        secret.PurposeStream,
	store.KeptMails:          secret.PurposeMail,
	store.KeptImportRows:     secret.PurposeImport,
	store.KeptNewCodes:       secret.PurposeNewCodes,
	store.KeptForms:          secret.PurposeForm,
	store.KeptMessages:       secret.PurposeFlash,
}

// Rekeyed is what Rekey did.
type Rekeyed struct {
	Key    string // the newest, under which everything is now
	Sealed map[store.KeptKind]int
	// Unreadable are rows whose text cannot be opened, so that they stay as they are: the first
	// of them, and how many there are.
	Unreadable []store.SealedRow
	Unopened   int
}

// All is how many values were sealed anew.
func (d Rekeyed) All() (n int) {
	for _, sealed := range d.Sealed {
		n += sealed
	}
	return n
}

// maxNamed is how many rows that cannot be opened are named, 10.
const maxNamed = 10

// Rekey seals anew, under the newest key, whatever is sealed under an older one: row by row,
// each only if it still is what was read, a few in each transaction. So it can run while people
// sign in, it can be killed at any time and run again, and what it has done by then stays done.
// show is told how many values were done so far; it may be nil.
//
// What is only signed cannot be signed anew: a recovery code is known to its owner alone, and
// the rows of the audit log are signed one over the other. It stays under its key until the code is
// used or replaced and the row is removed by retention. That is why no key goes out of the key
// file: a process may have a value in its hands at any time that it is about to write.
func Rekey(ctx context.Context, i *instance.Instance, e audit.Entry, show func(int)) (done Rekeyed, err error) {
	lock, err := i.Ring.Lock()
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, lock.Unlock()) }()
	if err := i.Ring.Refresh(); err != nil {
		return done, err
	}
	if _, err := note(ctx, i, e, time.Time{}); err != nil {
		return done, err
	}
	r := rekeying{Instance: i, show: show, done: Rekeyed{Key: i.Ring.Newest(), Sealed: map[store.KeptKind]int{}}}
	if err := r.everything(ctx); err != nil {
		return r.done, err
	}
	return r.done, r.tell(ctx, e)
}

// rekeying is one run of Rekey.
type rekeying struct {
	*instance.Instance
	show func(int)
	done Rekeyed
}

// everything walks until a whole walk finds nothing that can be sealed anew.
func (r *rekeying) everything(ctx context.Context) error {
	kinds, sealed := store.KeptKinds()
	for range passes {
		before := r.done.All()
		r.done.Unreadable, r.done.Unopened = nil, 0
		for _, kind := range kinds {
			if !sealed[kind] {
				continue
			}
			if err := r.walk(ctx, kind); err != nil {
				return err
			}
		}
		if r.done.All() == before {
			return nil
		}
	}
	return errors.New("something still seals under an older key: another latchkey process has not taken up the new one; wait until it ends, and run latchkey keys rekey again")
}

// walk seals one kind anew, from its first row to its last.
func (r *rekeying) walk(ctx context.Context, kind store.KeptKind) error {
	for after := (store.SealedRow{}); ; {
		rows, err := r.DB.SealedUnderOthers(ctx, kind, after, r.done.Key, atOnce)
		if err != nil || len(rows) == 0 {
			return err
		}
		if err := r.sealAnew(ctx, rows); err != nil {
			return err
		}
		if r.show != nil {
			r.show(r.done.All())
		}
		if after = rows[len(rows)-1]; len(rows) < atOnce {
			return nil
		}
	}
}

// sealAnew seals these rows anew, in one transaction.
func (r *rekeying) sealAnew(ctx context.Context, rows []store.SealedRow) error {
	fresh := make([]string, len(rows))
	for n, row := range rows {
		purpose := purposes[row.Kind]
		text, err := r.Open(purpose, row.Sealed, row.Place...)
		if err != nil {
			r.done.Unopened++
			if len(r.done.Unreadable) < maxNamed {
				row.Sealed = ""
				r.done.Unreadable = append(r.done.Unreadable, row)
			}
			continue
		}
		fresh[n] = r.Seal(purpose, text, row.Place...)
	}
	changed := 0
	err := r.DB.Tx(ctx, func(tx *store.Tx) error {
		changed = 0
		for n, row := range rows {
			if fresh[n] == "" {
				continue
			}
			done, err := tx.SealAnew(row, fresh[n])
			if err != nil {
				return err
			}
			if done {
				changed++
			}
		}
		return nil
	})
	if err == nil {
		r.done.Sealed[rows[0].Kind] += changed
	}
	return err
}

// tell writes what was done into the audit log, if anything was.
func (r *rekeying) tell(ctx context.Context, e audit.Entry) error {
	if r.done.All() == 0 && r.done.Unopened == 0 {
		return nil
	}
	e.Event, e.Result = audit.KeysRekeyed, audit.ResultOK
	e.Details = []audit.Detail{{Name: "key", After: r.done.Key}, {Name: "sealed", After: strconv.Itoa(r.done.All())}}
	if r.done.Unopened > 0 {
		e.Result = audit.ResultFailed
		e.Details = append(e.Details, audit.Detail{Name: "unreadable", After: strconv.Itoa(r.done.Unopened)})
	}
	err := r.DB.Tx(ctx, func(tx *store.Tx) error { return tx.Audit(e) })
	if err != nil {
		return fmt.Errorf("writing down that everything was sealed anew: %w", err)
	}
	return nil
}
