package store

import (
	"context"
	"fmt"

	"latchkey/internal/audit"
)

// SignInTries returns the newest tries to sign in as a user, the newest first. They
// come from the user's part of the log.
func (r Reader) SignInTries(ctx context.Context, userID string, limit int) ([]audit.Entry, error) {
	rows, err := r.q.query(ctx, `SELECT `+auditColumns+` FROM audit_log WHERE subject_id = $1
		AND event IN ('login.password', 'login.code', 'login.recovery', 'login.blocked') ORDER BY seq DESC LIMIT $2`, userID, limit)
	if err != nil {
		return nil, unavailable(fmt.Errorf("reading tries: %w", err))
	}
	return collect(rows, scanEntry)
}
