package store

import (
	"context"
	"math"

	"latchkey/internal/audit"
	"latchkey/internal/user"
)

// exportPage is how many rows an export reads at once: 200, which a slow client keeps in
// memory until it has taken them. Between two pages no read
// transaction is open, so that an export that takes minutes does not keep the
// database's log from being written back.
const exportPage = 200

// EachAuditEntry calls do with every entry that a filter selects, oldest first,
// up to the newest there is when the call begins. Limit does not matter. It ends at
// the first error.
func (r Reader) EachAuditEntry(ctx context.Context, f AuditFilter, do func(audit.Entry) error) error {
	s, err := r.auditExport(ctx, f)
	if err != nil {
		return err
	}
	for {
		page, err := r.auditPage(ctx, s, true, exportPage)
		if err != nil {
			return err
		}
		for _, e := range page {
			if err := do(e); err != nil {
				return err
			}
			s.first = e.Seq + 1
		}
		if len(page) < exportPage {
			return nil
		}
	}
}

// CountAuditEntries counts what EachAuditEntry would go through. It may look at
// every row of the log.
func (r Reader) CountAuditEntries(ctx context.Context, f AuditFilter) (int64, error) {
	s, err := r.auditExport(ctx, f)
	if err != nil {
		return 0, err
	}
	text, args := s.count()
	found, err := r.numbers(ctx, text, args...)
	if err != nil {
		return 0, err
	}
	return found[0], nil
}

func (r Reader) auditExport(ctx context.Context, f AuditFilter) (auditSelection, error) {
	newest, _, err := r.AuditHead()
	if err != nil {
		return auditSelection{}, err
	}
	s, err := r.auditSelection(ctx, f)
	s.last = min(s.last, newest)
	return s, err
}

// EachUser calls do with every user that a filter selects, in its order, pages
// aside. Users who change their place in that order meanwhile may be met twice or
// not at all. It ends at the first error.
func (r Reader) EachUser(ctx context.Context, f UserFilter, do func(user.User) error) error {
	next, err := r.exported(ctx, f)
	if err != nil {
		return err
	}
	for c := (*cursor)(nil); ; {
		page, err := r.exportedUsers(ctx, next(c))
		if err != nil {
			return err
		}
		for _, u := range page {
			if err := do(u.User); err != nil {
				return err
			}
		}
		if len(page) < exportPage {
			return nil
		}
		c = &page[len(page)-1].cursor
	}
}

// CountAllUsers counts what EachUser would go through, without the bound of
// CountUsers. It may look at every user.
func (r Reader) CountAllUsers(ctx context.Context, f UserFilter) (int64, error) {
	if !f.sparse() {
		n, err := r.number(ctx, f.counting(f.light(), math.MaxInt32))
		return int64(n), err
	}
	n := 0
	err := r.atOneMoment(ctx, func(r Reader) error {
		s, err := r.selected(ctx, f, usual)
		if err == nil && s.found == nil {
			err = r.readWhole(ctx, s)
		}
		if err == nil {
			err = r.narrow(ctx, s, true)
		}
		if err != nil {
			return err
		}
		if n = s.n; len(s.rest) > 0 { // all of them, however long it takes
			n, _, err = r.countLooking(ctx, s, math.MaxInt32)
		}
		return err
	})
	return int64(n), err
}

// exported returns the page behind a cursor of what the list selects. It is read in order
// and row by row unless very few are found: to find and sort them all again for each page
// would take a square of their number.
func (r Reader) exported(ctx context.Context, f UserFilter) (next func(*cursor) clause, err error) {
	const places = `, p.rank, p.place, p.num`
	o, conditions := f.order(), f.light()
	if f.sparse() {
		s, err := r.selected(ctx, f, usual)
		if err != nil {
			return nil, err
		}
		s.rest = f.conditions() // who was found may be another by the time of the page
		if s.found != nil && s.n <= usual.few {
			return func(c *cursor) clause { return s.sorted(o, c, exportPage, places) }, nil
		}
		conditions = conditionsOf(s.onList())
	}
	return func(c *cursor) clause { return o.usersAt(f.listed(o, c, conditions, exportPage), places) }, nil
}

// exportedUser is a user and where it stands in the order.
type exportedUser struct {
	user.User
	cursor
}

func (r Reader) exportedUsers(ctx context.Context, page clause) ([]exportedUser, error) {
	text, args := page.statement()
	scan := func(row scanner) (u exportedUser, err error) {
		u.User, err = scanUser(row, &u.rank, &u.key, &u.num)
		return u, err
	}
	return list(ctx, r.q, scan, "reading users for an export", text, args...)
}
