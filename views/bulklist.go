package views

import (
	"context"
	"io"
	"time"
)

// BulkList is the newest actions on many users: GET /admin/users/bulk.
type BulkList struct {
	Frame
	Acts []BulkRow
}

// BulkRow is one of them. Its fields are those of [Bulk].
type BulkRow struct {
	ID, Action, State, By   string
	Began                   time.Time
	Total, Changed, LeftOut int
	// Group is what the group is called that it is about, or empty.
	Group string
}

// Render draws the page.
func (p BulkList) Render(ctx context.Context, w io.Writer) error {
	return p.page("Bulk changes", p.body()).Render(ctx, w)
}

func batchKind(state string) string {
	return map[string]string{"running": "warn", "done": "good", "refused": "bad"}[state]
}

func batchWords(state string) string {
	return map[string]string{"running": "In progress", "done": "Done", "cancelled": "Cancelled", "refused": "Stopped"}[state]
}
