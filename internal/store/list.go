package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"latchkey/internal/user"
)

// Status is what the user list calls a user's state.
type Status string

// The states. A user may be in several; each is a filter of its own.
const (
	StatusActive   Status = "active"
	StatusInvited  Status = "invited"
	StatusLocked   Status = "locked"
	StatusDisabled Status = "disabled"
	StatusDeleted  Status = "deleted"
)

// Sort is a column the user list may be sorted by.
type Sort string

// The columns.
const (
	SortName       Sort = "name"
	SortUsername   Sort = "username"
	SortCreated    Sort = "created"
	SortLastSignIn Sort = "last_sign_in"
)

var sortColumns = map[Sort]string{
	SortName: "sort_key", SortUsername: "username", SortCreated: "created_at", SortLastSignIn: "last_sign_in_at",
}

// UserFilter selects and orders users. Deleted users are only listed under their
// own status.
type UserFilter struct {
	Text    string // any part of user name, name or address
	Status  Status // "" for all but deleted
	TwoStep string // "on", "off" or ""
	Role    user.Role
	Sort    Sort
	Down    bool
	// After and Before are the ids of the users the page begins after or ends
	// before; at most one is set. An id that is gone begins at the first page.
	After, Before string
	Limit         int
	Now           time.Time // decides who is locked
}

// where collects conditions and their arguments, numbered as they appear.
type where struct {
	conditions []string
	args       []any
}

func (w *where) add(condition string, args ...any) {
	for _, a := range args {
		w.args = append(w.args, a)
		condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(w.args)), 1)
	}
	w.conditions = append(w.conditions, condition)
}

func (w *where) text() string { return strings.Join(w.conditions, " AND ") }

func (f UserFilter) where() *where {
	w := &where{}
	switch f.Status {
	case StatusActive:
		w.add(`u.deleted_at = 0 AND u.disabled = 0 AND u.password_hash IS NOT NULL AND u.locked_until <= ?`, ms(f.Now))
	case StatusInvited:
		w.add(`u.deleted_at = 0 AND u.disabled = 0 AND u.password_hash IS NULL`)
	case StatusLocked:
		w.add(`u.deleted_at = 0 AND u.locked_until > 0 AND u.locked_until > ?`, ms(f.Now))
	case StatusDisabled:
		w.add(`u.deleted_at = 0 AND u.disabled = 1`)
	case StatusDeleted:
		w.add(`u.deleted_at > 0`)
	default:
		w.add(`u.deleted_at = 0`)
	}
	switch f.TwoStep {
	case "on":
		w.add(`u.authenticators > 0`)
	case "off":
		w.add(`u.authenticators = 0`)
	}
	if f.Role != "" {
		w.add(`u.role = '` + string(roleOrUser(f.Role)) + `'`) // a constant, so that the partial index serves
	}
	f.search(w)
	return w
}

func roleOrUser(r user.Role) user.Role {
	if r == user.RoleAdmin {
		return user.RoleAdmin
	}
	return user.RoleUser
}

// search adds the condition for the typed text: three characters and more are
// looked up in the trigram index, fewer at the beginning of the sorted names.
func (f UserFilter) search(w *where) {
	text := user.CanonicalName(f.Text)
	switch n := len([]rune(text)); {
	case n == 0:
	case n < 3:
		end := text + "\U0010FFFF"
		w.add(`(u.username >= ? AND u.username < ? OR u.sort_key >= ? AND u.sort_key < ?)`, text, end, text, end)
	default:
		w.add(`u.num IN (SELECT rowid FROM users_search WHERE users_search MATCH ?)`,
			`"`+strings.ReplaceAll(text, `"`, `""`)+`"`)
	}
}

// Users returns one page of users in the asked order.
func (r Reader) Users(ctx context.Context, f UserFilter) ([]user.User, error) {
	column := sortColumns[f.Sort]
	if column == "" {
		column = sortColumns[SortName]
	}
	w := f.where()
	down, back, err := r.begin(w, column, f)
	if err != nil {
		return nil, err
	}
	direction := "ASC"
	if down {
		direction = "DESC"
	}
	w.args = append(w.args, f.Limit)
	rows, err := r.q.query(ctx, `SELECT `+userColumns+` FROM users u WHERE `+w.text()+
		fmt.Sprintf(` ORDER BY u.%[1]s %[2]s, u.num %[2]s LIMIT $%[3]d`, column, direction, len(w.args)), w.args...)
	if err != nil {
		return nil, unavailable(fmt.Errorf("listing users: %w", err))
	}
	users, err := collect(rows, func(row scanner) (user.User, error) { return scanUser(row) })
	if back {
		slices.Reverse(users)
	}
	return users, err
}

// begin adds where the page begins. A page that ends before a user is read from
// there against the order; back says so, and down which way to read.
func (r Reader) begin(w *where, column string, f UserFilter) (down, back bool, err error) {
	cursor := cmp.Or(f.Before, f.After)
	if cursor == "" {
		return f.Down, false, nil
	}
	key, num, ok, err := r.sortKey(column, cursor)
	if err != nil || !ok {
		return f.Down, false, err
	}
	back = f.Before != ""
	down = f.Down != back
	compare := ">"
	if down {
		compare = "<"
	}
	w.add(`(u.`+column+`, u.num) `+compare+` (?, ?)`, key, num)
	return down, back, nil
}

// sortKey returns where a user stands in the order of a column.
func (r Reader) sortKey(column, id string) (key any, num int64, ok bool, err error) {
	err = r.q.queryRow(`SELECT `+column+`, num FROM users WHERE id = $1`, id).Scan(&key, &num)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, 0, false, nil
	}
	if err != nil {
		return nil, 0, false, unavailable(err)
	}
	return key, num, true, nil
}

// CountMax is how far CountUsers counts.
const CountMax = 10_000

// CountUsers counts the users a filter selects, at most CountMax+1: a larger
// number is not worth its time.
func (r Reader) CountUsers(ctx context.Context, f UserFilter) (n int, err error) {
	w := f.where()
	w.args = append(w.args, CountMax+1)
	rows, err := r.q.query(ctx, `SELECT count(*) FROM (SELECT 1 FROM users u WHERE `+w.text()+
		fmt.Sprintf(` LIMIT $%d)`, len(w.args)), w.args...)
	if err != nil {
		return 0, unavailable(fmt.Errorf("counting users: %w", err))
	}
	counts, err := collect(rows, func(row scanner) (n int, err error) { return n, row.Scan(&n) })
	if err != nil {
		return 0, err
	}
	return counts[0], nil
}

// StatusOf is the state in which the user list shows a user: the first that
// holds of deleted, disabled, locked, invited, active.
func StatusOf(u user.User, now time.Time) Status {
	switch {
	case !u.DeletedAt.IsZero():
		return StatusDeleted
	case u.Disabled:
		return StatusDisabled
	case u.LockedUntil.After(now):
		return StatusLocked
	case !u.HasPassword:
		return StatusInvited
	}
	return StatusActive
}
