package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
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
	// Text is any part of user name, name or address, in any spelling of the same
	// letters; one or two characters are looked for at the beginning of the names.
	Text    string
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

// CountMax is how far users are counted: a larger number is not worth its time.
const CountMax = 10_000

// UserList is one page of users.
type UserList struct {
	Users []user.User
	// Total counts the users of all pages; Over says that there are more than that.
	Total int
	Over  bool
}

// ListUsers returns the page that a filter asks for and how many users there are
// with it. At 100,000 users it takes a few milliseconds whatever the filter is; at
// any number the page is read from an index of its order.
func (r Reader) ListUsers(ctx context.Context, f UserFilter) (l UserList, err error) {
	if f.phrase() != "" {
		if l.Users, l.Total, err = r.foundUsers(ctx, f); err != nil {
			return l, err
		}
		if l.Total > atOnce {
			l.Users, err = r.pageOfUsers(ctx, f, l.Total)
		}
		if l.Total > 0 {
			l.Total, l.Over = min(l.Total, CountMax), l.Total > CountMax
			return l, err
		}
	}
	if l.Total, l.Over, err = r.countUsers(ctx, f); err != nil {
		return l, err
	}
	l.Users, err = r.pageOfUsers(ctx, f, l.Total)
	return l, err
}

// atOnce is up to how many users with a text are counted and sorted in one go: with
// more it is quicker to look for a page along the list first.
const atOnce = 25_000

// foundUsers reads a page of users with a text and counts all of them in one go, up to
// atOnce; total is above that, and the page worth nothing, if there are more, and 0 if
// the page is empty.
func (r Reader) foundUsers(ctx context.Context, f UserFilter) (users []user.User, total int, err error) {
	s := f.selection(false)
	back, err := r.begin(&s, f)
	if err != nil {
		return nil, 0, err
	}
	text, args := s.counted(f.Limit)
	rows, err := r.q.query(ctx, text, args...)
	if err != nil {
		return nil, 0, unavailable(fmt.Errorf("listing users: %w", err))
	}
	users, err = collect(rows, func(row scanner) (user.User, error) { return scanUser(row, &total) })
	if back {
		slices.Reverse(users)
	}
	return users, total, err
}

// Users returns the page that a filter asks for.
func (r Reader) Users(ctx context.Context, f UserFilter) ([]user.User, error) {
	n := 0
	if f.phrase() != "" {
		var err error
		if n, _, err = r.countUsers(ctx, f); err != nil {
			return nil, err
		}
	}
	return r.pageOfUsers(ctx, f, n)
}

// CountUsers counts the users that a filter selects, at most CountMax+1.
func (r Reader) CountUsers(ctx context.Context, f UserFilter) (int, error) {
	n, over, err := r.countUsers(ctx, f)
	if over {
		n++
	}
	return n, err
}

// countUsers counts; over says that there are more than n.
func (r Reader) countUsers(ctx context.Context, f UserFilter) (n int, over bool, err error) {
	if f.Status == StatusActive && f.Text == "" {
		return r.countActive(ctx, f)
	}
	text, args := f.selection(false).count(CountMax + 1)
	n, err = r.number(ctx, text, args...)
	return min(n, CountMax), n > CountMax, err
}

// countActive counts those who could be active in the index, and then takes off
// the few who are locked: to look at each of them would take ten times as long.
func (r Reader) countActive(ctx context.Context, f UserFilter) (n int, over bool, err error) {
	text, args := f.lockedAmong().count(CountMax + 1)
	locked, err := r.number(ctx, text, args...)
	if err != nil {
		return 0, false, err
	}
	text, args = selection{from: "users u", classes: f.classes(), ordered: true}.count(CountMax + 1 + locked)
	n, err = r.number(ctx, text, args...)
	n -= locked
	return min(n, CountMax), n > CountMax, err
}

func (r Reader) number(ctx context.Context, text string, args ...any) (int, error) {
	rows, err := r.q.query(ctx, text, args...)
	if err != nil {
		return 0, unavailable(fmt.Errorf("counting users: %w", err))
	}
	counts, err := collect(rows, func(row scanner) (n int, err error) { return n, row.Scan(&n) })
	if err != nil || len(counts) == 0 {
		return 0, err
	}
	return counts[0], nil
}

// few is up to how many users with a text an export sorts again for each of its pages.
const few = 1500

// pageOfUsers reads a page; found is how many users the filter selects. Where walking
// the list for a text does not fill the page, those who have it are sorted after all.
func (r Reader) pageOfUsers(ctx context.Context, f UserFilter, found int) ([]user.User, error) {
	if f.phrase() != "" && found > few {
		if users, err := r.readPage(ctx, f, true); err != nil || len(users) == f.Limit {
			return users, err
		}
	}
	return r.readPage(ctx, f, false)
}

func (r Reader) readPage(ctx context.Context, f UserFilter, walk bool) ([]user.User, error) {
	s := f.selection(walk)
	back, err := r.begin(&s, f)
	if err != nil {
		return nil, err
	}
	text, args := s.page(f.Limit)
	rows, err := r.q.query(ctx, text, args...)
	if err != nil {
		return nil, unavailable(fmt.Errorf("listing users: %w", err))
	}
	users, err := collect(rows, func(row scanner) (user.User, error) { return scanUser(row) })
	if back {
		slices.Reverse(users)
	}
	return users, err
}

// begin sets where the page begins. A page that ends before a user is read from
// there against the order; back says so.
func (r Reader) begin(s *selection, f UserFilter) (back bool, err error) {
	cursor := cmp.Or(f.Before, f.After)
	if cursor == "" {
		return false, nil
	}
	key, num, ok, err := r.sortKey(s.column, cursor)
	if err != nil || !ok {
		return false, err
	}
	back = f.Before != ""
	s.down = f.Down != back
	s.beginAfter(key, num)
	return back, nil
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
