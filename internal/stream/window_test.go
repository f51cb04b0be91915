package stream

import (
	"slices"
	"testing"

	"latchkey/internal/audit"
	"latchkey/internal/store"
)

// TestDeal_SetsAsideWhatNobodyCanSend has a row whose details somebody has damaged: the rows behind it
// do not wait for it.
func TestDeal_SetsAsideWhatNobodyCanSend(t *testing.T) {
	t.Parallel()
	w := &window{lanes: make([]lane, 1)}
	for n, details := range []string{"[]", "[{", "[]"} {
		w.deal("one", store.Stream{}, &store.Written{Entry: audit.Entry{Seq: int64(n + 1)}, Text: details}, nil)
	}
	p, deadRows, _ := w.progress(store.Stream{})
	if !slices.Equal(w.lanes[0].rows, []int{0, 2}) || p.To != 0 || len(deadRows) != 0 {
		t.Errorf("rows %v are sent, and the cursor goes to %d past %v", w.lanes[0].rows, p.To, deadRows)
	}
	w.outcomes[0].state, w.outcomes[2].state = sent, sent
	if p, deadRows, _ := w.progress(store.Stream{}); p.To != 3 || !slices.Equal(deadRows, []int{1}) {
		t.Errorf("after that, the cursor goes to %d past %v", p.To, deadRows)
	}
}
