package store

import (
	"context"
	"fmt"
	"strings"

	"latchkey/internal/audit"
)

// headline is the condition of the index audit_headlines: no single user of a bulk change
// or an import, of which one row tells in the end.
const headline = `(` + instr + `(details, '{"name":"batch",') = 0 AND ` + instr + `(details, '{"name":"by","after":"import"}') = 0 OR event = 'users.changed')`

// Headlines returns the newest events, the newest first, with a bulk change or an import
// as the one row that tells of all of it.
func (r Reader) Headlines(ctx context.Context, limit int) ([]audit.Entry, error) {
	return list(ctx, r.q, scanEntry, "reading the newest events", `SELECT `+auditColumns+` FROM audit_log`+indexedBy("audit_headlines")+`
		WHERE `+headline+` ORDER BY seq DESC LIMIT $1`, limit)
}

// LatestDone returns the newest event of these kinds that was done to a user; ok is false
// if the log has none, or none any more.
func (r Reader) LatestDone(userID string, kinds ...audit.Event) (e audit.Entry, ok bool, err error) {
	if len(kinds) == 0 {
		return e, false, nil
	}
	args := []any{userID}
	places := make([]string, len(kinds))
	for i, kind := range kinds {
		args = append(args, kind)
		places[i] = fmt.Sprintf("$%d", len(args))
	}
	all, err := list(context.Background(), r.q, scanEntry, "reading the newest event", `SELECT `+auditColumns+` FROM audit_log`+indexedBy("audit_by_subject")+`
		WHERE subject_id = $1 AND event IN (`+strings.Join(places, ", ")+`) AND result = 'ok' ORDER BY seq DESC LIMIT 1`, args...)
	if err != nil || len(all) == 0 {
		return e, false, err
	}
	return all[0], true, nil
}
