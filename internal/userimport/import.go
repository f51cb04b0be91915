package userimport

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/instance"
	"latchkey/internal/problem"
	"latchkey/internal/secret"
	"latchkey/internal/store"
)

// Import lets the rows that Intake kept become users. It only ever adds: nothing of
// a user who is there is changed, so it cannot take an administrator away.
type Import struct {
	Instance *instance.Instance
	Job      store.ImportJob
	// Progress hears of every few hundred rows; nil for nobody.
	Progress func(rows int)
}

// Together adds the good rows in one transaction, or none of them. Bad rows keep
// them out unless skipBad is set, and so does a user who was added since the file
// was read. It refuses with a problem.Conflict. When ctx ends, nothing was done.
//
// While it lasts nobody else can write.
func (i Import) Together(ctx context.Context, by audit.Entry, skipBad bool) (b store.ImportJob, err error) {
	if i.Job.Bad > 0 && !skipBad {
		return i.Job, problem.New(problem.Conflict, strconv.Itoa(i.Job.Bad)+" rows in the file are refused, so nothing was imported.")
	}
	err = i.Instance.DB.TxAlone(ctx, func(tx *store.Tx) error {
		had, err := tx.HasAdministrator()
		if err != nil {
			return err
		}
		if err := i.Start(tx, by); err != nil {
			return err
		}
		count, err := tx.CountLater()
		if err != nil {
			return err
		}
		for done := false; !done; {
			if err := ctx.Err(); err != nil {
				return err
			}
			if b, done, err = i.slice(tx, by.At); err != nil {
				return err
			}
			if b.Late > 0 && !skipBad {
				return problem.New(problem.Conflict, "Somebody else has since added a user who is in the file, so nothing was imported. Try again.")
			}
			if i.Progress != nil {
				i.Progress(b.Added)
			}
		}
		if err := count(); err != nil {
			return err
		}
		return keepsAWayIn(tx, had)
	})
	return b, err
}

// Start takes the batch for this run; of several callers one gets it.
func (i Import) Start(tx *store.Tx, by audit.Entry) error {
	b := i.Job
	b.ActorName, b.IP, b.UserAgent, b.RequestID = by.ActorName, by.IP, by.UserAgent, by.RequestID
	started, err := tx.StartImport(b, by.At)
	if err == nil && !started {
		err = problem.New(problem.Conflict, "This import has already been started.")
	}
	return err
}

// keepsAWayIn refuses an import that gives an empty instance administrators of whom
// none could sign in: set-up would be over, and nobody inside.
func keepsAWayIn(tx *store.Tx, had bool) error {
	has, err := tx.HasAdministrator()
	if err != nil || had || !has {
		return err
	}
	usable, err := tx.UsableAdministrators(false)
	if err == nil && usable == 0 {
		err = problem.New(problem.Conflict, "Every administrator in the file is disabled or has no password yet, so nobody could administer this instance. Nothing was imported.")
	}
	return err
}

// Slice adds the next few hundred rows in a transaction of their own, and ends the
// import behind the last. done is true if there is no more to do, no matter which caller did it:
// several callers share the work and no row is added twice.
func (i Import) Slice(ctx context.Context, now time.Time) (done bool, err error) {
	err = i.Instance.DB.Tx(ctx, func(tx *store.Tx) error {
		_, done, err = i.slice(tx, now)
		return err
	})
	return done, err
}

func (i Import) slice(tx *store.Tx, now time.Time) (b store.ImportJob, done bool, err error) {
	b, running, err := tx.RunningImport(i.Job.ID)
	if err != nil || !running {
		return b, true, err
	}
	if may, err := instance.MayGoOn(tx, b.Owner); err != nil {
		return b, false, err
	} else if !may {
		return b, true, end(i.Instance, tx, b, stoppedByRule, now)
	}
	rows, err := tx.ImportRows(context.Background(), store.ImportPage{JobID: b.ID, Result: store.RowGood, Limit: importSlice})
	if err != nil {
		return b, false, err
	}
	added, err := i.rows(tx, b, rows, now)
	if err != nil {
		return b, false, err
	}
	b.Added, b.Late = b.Added+added, b.Late+len(rows)-added
	if err := must(tx.CountImport(b.ID, added, len(rows)-added, now)); err != nil {
		return b, false, err
	}
	if len(rows) == importSlice {
		return b, false, nil
	}
	return b, true, end(i.Instance, tx, b, ranThrough, now)
}

// rows adds users, but those whose names somebody has by now. Whatever can be asked or said of all at
// once is.
func (i Import) rows(tx *store.Tx, b store.ImportJob, rows []store.ImportRow, now time.Time) (added int, err error) {
	if len(rows) == 0 {
		return 0, nil
	}
	taken, err := tx.TakenEach(rows)
	if err != nil {
		return 0, err
	}
	for n, row := range rows {
		err := taken[n]
		if err == nil {
			err = i.add(tx, b, row, now)
		}
		if problem.Is(err, problem.Invalid) {
			err = must(tx.SettleImportRow(b.ID, row.Position, store.RowRefused, problem.Sentence(err)))
		} else if err == nil {
			added++
		}
		if err != nil {
			return 0, fmt.Errorf("row %d: %w", row.Number, err)
		}
	}
	settled, err := tx.SettleAddedRows(b.ID, rows[0].Position, rows[len(rows)-1].Position)
	return added, must(settled == int64(added), err)
}

func (i Import) add(tx *store.Tx, b store.ImportJob, row store.ImportRow, now time.Time) error {
	u, err := i.kept(b, row)
	if err != nil {
		return err
	}
	if len(u.Groups) == 0 {
		return i.addKept(tx, b, row, u, now)
	}
	// What is refused because of a group leaves no user.
	return tx.Attempt(func() error { return i.addKept(tx, b, row, u, now) })
}

func (i Import) addKept(tx *store.Tx, b store.ImportJob, row store.ImportRow, u imported, now time.Time) error {
	n := store.NewUser{
		ID: secret.ID(), Username: row.Username, Name: u.Name, Email: u.Email, EmailKey: row.EmailKey,
		Role: u.Role, Disabled: u.Disabled, Hash: u.Hash, CreatedAt: now, ChangedAt: now,
	}
	if err := tx.AddFree(n); err != nil {
		return err
	}
	if err := i.enrol(tx, n, u.TOTP); err != nil {
		return err
	}
	e := instance.ImportStarter(b, now)
	if err := join(tx, e, n, u); err != nil {
		return err
	}
	e.Event, e.SubjectID, e.SubjectName = audit.UserCreated, n.ID, n.Username
	e.Details = []audit.Detail{{Name: "role", After: string(n.Role)}, {Name: "by", After: "import"}}
	if len(u.Groups) > 0 {
		e.Details = append(e.Details, audit.Detail{Name: "groups", After: audit.CleanText(strings.Join(u.Groups, ","), maxReasons)})
	}
	return tx.Audit(e)
}

// kept is what Intake kept of a row. One that is damaged is refused: tried again, it would
// fail for ever, and keep the rows behind it waiting.
func (i Import) kept(b store.ImportJob, row store.ImportRow) (u imported, err error) {
	text, err := i.Instance.Open(secret.PurposeImport, row.Sealed, b.ID, strconv.Itoa(row.Position))
	if err == nil {
		err = json.Unmarshal(text, &u)
	}
	if err != nil {
		i.Instance.Log.Error("a row of an import cannot be read", "import", b.ID, "row", row.Number, "error", err)
		err = problem.New(problem.Invalid, "What was kept of this row cannot be read any more. Import it again.")
	}
	return u, err
}

// enrol gives an added user the authenticator that the file has for it, if any.
func (i Import) enrol(tx *store.Tx, n store.NewUser, key []byte) error {
	if key == nil {
		return nil
	}
	id := secret.ID()
	return tx.AddAuthenticator(store.Authenticator{
		ID: id, UserID: n.ID, Label: "Imported", Sealed: i.Instance.SealTOTP(key, n.ID, id), Created: n.CreatedAt,
	})
}

// ToPrint counts those of an import for whom invitations are printed: where there is
// mail, those without an address.
func ToPrint(i *instance.Instance, importID string) (int, error) {
	n, err := i.DB.CountInvited(importID, true)
	if err != nil || i.HasMail() {
		return n, err
	}
	with, err := i.DB.CountInvited(importID, false)
	return n + with, err
}
