package stream_test

import (
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
	"latchkey/internal/stream"
)

// TestST01_OnlyOneMovesTheCursor has two servers that sent the same rows, and one that stands elsewhere by
// now: only the first may write down that it sent them.
func TestST01_OnlyOneMovesTheCursor(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	id, _ := add(t, a, stream.Wish{Kind: stream.File, Name: "archive"})
	log(a, 9, 2)
	was := now(a, id)
	for try, want := range []bool{true, false} {
		a.Tx(func(tx *store.Tx) error {
			moved, err := tx.MoveStream(was, store.Progress{To: was.Cursor + 5 - int64(try), Sent: 5}, a.Clock.Now())
			if moved != want {
				t.Errorf("try %d: moved %v", try, moved)
			}
			return err
		})
	}
	if s := now(a, id); s.Cursor != was.Cursor+5 || s.Sent != 5 {
		t.Errorf("the cursor is at %d, sent %d", s.Cursor, s.Sent)
	}
}

// TestST03_ASecretOpensForItsOwnStreamOnly puts what is sealed of one stream into the row of another.
func TestST03_ASecretOpensForItsOwnStreamOnly(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	one, _ := add(t, a, stream.Wish{Kind: stream.Webhook, Name: "one", URL: "https://one.example/"})
	other, _ := add(t, a, stream.Wish{Kind: stream.Webhook, Name: "other", URL: "https://other.example/"})
	for id, opens := range map[string]bool{one: false, other: true} {
		s := now(a, id)
		s.Sealed = now(a, other).Sealed
		d, err := stream.Open(a.Site.Instance, s)
		if (err == nil) != opens {
			t.Errorf("%s: %v", s.Name, err)
		}
		if err == nil {
			d.Close()
		}
	}
}
