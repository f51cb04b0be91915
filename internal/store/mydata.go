package store

import (
	"context"
	"time"
)

// KnownBrowsers returns every known browser of a user, remembered or not, the one
// used last first.
func (r Reader) KnownBrowsers(userID string, now time.Time) ([]Browser, error) {
	rows, err := r.q.query(context.Background(), `SELECT id, created_at, last_used_at, ends_at, ip, user_agent, remembered_until
		FROM browsers WHERE user_id = $1 AND ends_at > $2 ORDER BY last_used_at DESC, id`, userID, ms(now))
	if err != nil {
		return nil, unavailable(err)
	}
	return collect(rows, func(row scanner) (Browser, error) {
		b := Browser{UserID: userID}
		var created, used, ends, until int64
		err := row.Scan(&b.ID, &created, &used, &ends, &b.IP, &b.UserAgent, &until)
		b.Created, b.LastUsed, b.Ends, b.RememberedUntil = at(created), at(used), at(ends), at(until)
		return b, err
	})
}

// RequestsOf returns every request of a user, the newest first.
func (r Reader) RequestsOf(userID string) ([]Request, error) {
	return r.requests(`WHERE q.user_id = $1 ORDER BY q.made_at DESC, q.id`, userID)
}
