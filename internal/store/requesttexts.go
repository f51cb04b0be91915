package store

import (
	"context"
	"time"
	"unicode/utf8"

	"latchkey/internal/user"
)

// RequestText is what was written in a request: by whoever lost their phone or, in one for a
// second administrator, by the first; and by whoever decided.
type RequestText struct {
	// ID is that of the request; Approval says that it waits, or waited, for a second administrator.
	ID       string
	Approval bool
	Made     time.Time
	// ByID wrote Text and Again; DecidedID wrote Reason, and is empty if nobody did.
	ByID, DecidedID string
	Text, Again     string
	Reason          string
	// Names are of people whom it concerns: usernames, names, an address.
	Names []string
}

const (
	requestTextPage = `q.made_at >= $1 AND q.made_at <= $2 AND (q.made_at < $2 OR q.id < $3) ORDER BY q.made_at DESC, q.id DESC LIMIT $4`
	// changedRequestText has UNION ALL: to leave out what is found twice, SQLite would scan all three indexes.
	changedRequestText = `q.id IN (SELECT m.id FROM requests m WHERE m.made_at >= $1
		UNION ALL SELECT d.id FROM requests d WHERE d.decided_at >= $1 UNION ALL SELECT a.id FROM requests a WHERE a.again_at >= $1)`
	requestTextColumns = `SELECT q.id, q.made_at, q.user_id, u.username, u.name, u.email, q.message, q.again_message, q.decided_id, q.decided_name, q.reason
		FROM requests q JOIN users u ON u.id = q.user_id WHERE `
)

// RequestTexts returns the texts of lost-phone requests made since a time and before a place, the
// newest first.
func (r Reader) RequestTexts(ctx context.Context, since time.Time, before Place, limit int) ([]RequestText, error) {
	return r.requestTexts(ctx, requestTextPage, ms(since), ms(before.Made), before.ID, limit)
}

// ChangedRequestTexts returns the texts of those that were made, decided or asked for once more since a
// time, in no order.
func (r Reader) ChangedRequestTexts(ctx context.Context, since time.Time) ([]RequestText, error) {
	return r.requestTexts(ctx, changedRequestText, ms(since))
}

func (r Reader) requestTexts(ctx context.Context, where string, args ...any) ([]RequestText, error) {
	scan := func(row scanner) (t RequestText, err error) {
		var username, name, email, decider string
		err = row.Scan(&t.ID, (*stamp)(&t.Made), &t.ByID, &username, &name, &email, &t.Text, &t.Again, &t.DecidedID, &decider, &t.Reason)
		t.Names = []string{username, name, email, decider}
		return t, err
	}
	return list(ctx, r.q, scan, "reading the texts of requests", requestTextColumns+where, args...)
}

// ApprovalTexts returns the texts of what administrators asked of a second one since a time, the
// newest first.
func (r Reader) ApprovalTexts(ctx context.Context, since time.Time, limit int) ([]RequestText, error) {
	scan := func(row scanner) (t RequestText, err error) {
		var username, name, email, asker, decider string
		t.Approval = true
		err = row.Scan(&t.ID, (*stamp)(&t.Made), &t.ByID, &asker, &username, &name, &email, &t.Text, &t.DecidedID, &decider, &t.Reason)
		t.Names = []string{username, name, email, asker, decider}
		return t, err
	}
	return list(ctx, r.q, scan, "reading the texts of approvals", `SELECT a.id, a.made_at, a.asked_id, a.asked_name, u.username, u.name, u.email, a.reason,
			a.decided_id, a.decided_name, a.decided_reason
		FROM approvals a JOIN users u ON u.id = a.user_id WHERE a.made_at >= $1 ORDER BY a.made_at DESC, a.id DESC LIMIT $2`, ms(since), limit)
}

// CountRequestsSince counts the lost-phone requests made since a time.
func (r Reader) CountRequestsSince(since time.Time) (n int, err error) {
	if err = r.q.queryRow(`SELECT count(*) FROM requests WHERE made_at >= $1`, ms(since)).Scan(&n); err != nil {
		return 0, unavailable(err)
	}
	return n, nil
}

// NamesLike returns usernames, names and addresses of users in which a text stands, found as the
// search finds them, of so many users at most; somebody in the recycle bin is among them.
func (r Reader) NamesLike(ctx context.Context, text string, limit int) ([]string, error) {
	folded := user.Fold(text)
	if folded == "" {
		return nil, nil
	}
	index := "users_search"
	if utf8.RuneCountInString(folded) < 3 {
		index = "users_grams"
	}
	query, args := sqlText(`SELECT u.username, u.name, u.email FROM `+throughText(index)+` WHERE `).then(textFind(index, []string{folded})).
		add(` ORDER BY `+textNumber(index)+` LIMIT ?`, limit).statement()
	scan := func(row scanner) (names [3]string, err error) {
		err = row.Scan(&names[0], &names[1], &names[2])
		return names, err
	}
	found, err := list(ctx, r.q, scan, "looking for a name", query, args...)
	var all []string
	for _, names := range found {
		all = append(all, names[:]...)
	}
	return all, err
}

// AdministratorNames returns the usernames and names of administrators, of so many at most.
func (r Reader) AdministratorNames(ctx context.Context, limit int) ([]string, error) {
	scan := func(row scanner) (names [2]string, err error) {
		err = row.Scan(&names[0], &names[1])
		return names, err
	}
	found, err := list(ctx, r.q, scan, "reading the names of administrators", `SELECT u.username, u.name FROM users u WHERE u.role = 'admin' ORDER BY u.sort_key LIMIT $1`, limit)
	var all []string
	for _, names := range found {
		all = append(all, names[:]...)
	}
	return all, err
}
