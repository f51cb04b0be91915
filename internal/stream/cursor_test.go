package stream_test

import (
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
	"latchkey/internal/stream"
)

// TestST01_TheCursorMovesOnlyFromWhereItWas has two try to move it from the same place, as two servers
// would: the second is told that it was too late, and what the first did stands.
func TestST01_TheCursorMovesOnlyFromWhereItWas(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	id, _ := add(t, a, stream.Wish{Kind: stream.File, Name: "archive"})
	log(a, 5, 1)
	s := now(a, id)
	for n, to := range []int64{s.Cursor + 5, s.Cursor + 2} {
		a.Tx(func(tx *store.Tx) error {
			moved, err := tx.MoveStream(s, store.Progress{To: to, Sent: 1}, a.Clock.Now())
			if moved != (n == 0) {
				t.Errorf("try %d: moved %v, %v", n, moved, err)
			}
			return err
		})
	}
	if got := now(a, id); got.Cursor != s.Cursor+5 || got.Sent != 1 {
		t.Errorf("cursor %d, sent %d", got.Cursor-s.Cursor, got.Sent)
	}
}
