package store

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"strings"

	"latchkey/internal/audit"
	"latchkey/internal/user"
)

// exportPage is how many rows an export reads at once. Between two pages no read
// transaction is open, so that an export that takes minutes does not keep the
// database's log from being written back.
const exportPage = 1000

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
	s, err := r.userExport(ctx, f)
	if err != nil {
		return err
	}
	for {
		page, err := r.exportedUsers(ctx, s)
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
		last := page[len(page)-1]
		s.args = s.args[:s.own:s.own]
		s.beginAfter(last.place, last.num)
	}
}

// CountAllUsers counts what EachUser would go through, without the bound of
// CountUsers. It may look at every user.
func (r Reader) CountAllUsers(ctx context.Context, f UserFilter) (int64, error) {
	s, err := r.userExport(ctx, f)
	if err != nil {
		return 0, err
	}
	text, args := s.count(math.MaxInt32)
	n, err := r.number(ctx, text, args...)
	return int64(n), err
}

// export is a selection of users that is read through to its end.
type export struct {
	selection
	own int // how many arguments it has without those of a page
}

// userExport selects what the list selects, but always in order and row by row
// unless very few are found by the search index: to find and sort them all again
// for each page would take a square of their number.
func (r Reader) userExport(ctx context.Context, f UserFilter) (export, error) {
	n := 0
	if f.phrase() != "" {
		var err error
		if n, _, err = r.countUsers(ctx, f); err != nil {
			return export{}, err
		}
	}
	s := f.selection(n > few)
	s.readText()
	if !s.ordered && f.phrase() == "" {
		s = selection{from: "users u", classes: f.classes(), ordered: true, down: f.Down}
		s.column = cmp.Or(sortColumns[f.Sort], sortColumns[SortName])
		if text := user.CanonicalName(f.Text); text != "" {
			end := text + "\U0010FFFF"
			s.add(`(u.sort_key >= ? AND u.sort_key < ? OR u.username >= ? AND u.username < ?)`, text, end, text, end)
		}
		switch f.Status {
		case StatusActive:
			s.add(`u.locked_until <= ?`, ms(f.Now))
		case StatusLocked:
			s.add(`u.locked_until > ?`, ms(f.Now))
		}
	}
	return export{s, len(s.args)}, nil
}

// exportedUser is a user and where it stands in the order.
type exportedUser struct {
	user.User
	place any
	num   int64
}

func (r Reader) exportedUsers(ctx context.Context, s export) ([]exportedUser, error) {
	text, args := s.exportPage()
	rows, err := r.q.query(ctx, text, args...)
	if err != nil {
		return nil, unavailable(fmt.Errorf("reading users for an export: %w", err))
	}
	return collect(rows, func(row scanner) (u exportedUser, err error) {
		u.User, err = scanUser(row, &u.place, &u.num)
		return u, err
	})
}

// exportPage is the statement for the next page, with the places of its users.
func (s export) exportPage() (text string, args []any) {
	from := s.sorted()
	if s.ordered {
		from = strings.Join(s.runs(), ` UNION ALL `)
	}
	args = append(s.args, exportPage)
	return `SELECT ` + userColumns + `, p.place, p.num FROM (` + from +
		fmt.Sprintf(` ORDER BY place %[1]s, num %[1]s LIMIT $%[2]d) p CROSS JOIN users u ON u.num = p.num
			ORDER BY p.place %[1]s, p.num %[1]s`, s.direction(), len(args)), args
}
