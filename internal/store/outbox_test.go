package store

import (
	"context"
	"testing"
	"time"

	"latchkey/internal/audit"
)

// TestST05_OnlyTheNextRowOfTheChainIsAppended puts a row back that another copy of the log has, and
// refuses it in every way in which it may have been changed.
func TestST05_OnlyTheNextRowOfTheChainIsAppended(t *testing.T) {
	t.Parallel()
	db := open(t)
	ctx := context.Background()
	var first, second Written
	// The rows are written, read and taken back: what is left is a log that lacks them.
	lost := db.Tx(ctx, func(tx *Tx) error {
		for _, name := range []string{"first", "second"} {
			if err := tx.Audit(audit.Entry{At: time.UnixMilli(1_800_000_000_000), Event: audit.Logout, Result: audit.ResultOK, SubjectID: name, Details: []audit.Detail{{Name: "n", After: name}}}); err != nil {
				return err
			}
		}
		rows, _, err := tx.Outbox(ctx, 0, 100)
		if err != nil {
			return err
		}
		first, second = rows[len(rows)-2], rows[len(rows)-1]
		return context.Canceled
	})
	if lost != context.Canceled {
		t.Fatal(lost)
	}
	append := func(w Written) (ok bool) {
		if err := db.Tx(ctx, func(tx *Tx) (err error) { ok, err = tx.AppendWritten(w); return err }); err != nil {
			t.Fatal(err)
		}
		return ok
	}
	for what, change := range map[string]func(*Written){
		"the row behind it":  func(w *Written) { *w = second },
		"another subject":    func(w *Written) { w.SubjectID = "somebody" },
		"another time":       func(w *Written) { w.At = w.At.Add(time.Millisecond) },
		"another address":    func(w *Written) { w.IP = "192.0.2.1" },
		"other details":      func(w *Written) { w.Text = `[]` },
		"details in capital": func(w *Written) { w.Text = `[{"Name":"n","after":"first"}]` },
		"another MAC":        func(w *Written) { w.MAC = second.MAC },
		"another one before": func(w *Written) { w.Previous = second.Previous },
		"another number":     func(w *Written) { w.Seq++ },
	} {
		w := first
		if change(&w); append(w) {
			t.Errorf("%s was appended", what)
		}
	}
	if !append(first) || append(first) || !append(second) {
		t.Error("the two rows are not appended, each once")
	}
}
