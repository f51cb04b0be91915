package stream_test

import (
	"net/http"
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/store"
	"latchkey/internal/stream"
	"latchkey/internal/stream/event"
)

// TestST01_ANewAddressGetsAllFromTheCursorOn has an old address that takes the later events of a window and
// not the first: what it took ahead of the cursor is not at the new one.
func TestST01_ANewAddressGetsAllFromTheCursorOn(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	old := receive(t, func(e event.Event, _ http.ResponseWriter) int {
		if e.Data.Subject.ID == "user-0" {
			return http.StatusInternalServerError
		}
		return 0
	})
	next := receive(t, yes)
	id, _ := add(t, a, stream.Wish{Kind: stream.Webhook, Name: "SIEM", URL: old.URL, Events: []string{"login.code"}})
	log(a, 20, 10)
	edited, from, to := false, int64(0), int64(0)
	run(t, a, func() bool {
		s := now(a, id)
		if s.Failures == 0 && !edited {
			return false
		}
		if !edited {
			edited, from, to = true, s.Cursor+1, s.Cursor+20
			a.Tx(func(tx *store.Tx) error {
				_, err := stream.Edit(a.Site.Instance, tx, audit.Entry{At: a.Clock.Now(), ActorID: a.Admin.ID}, id,
					stream.Wish{Name: "SIEM", URL: next.URL, Events: []string{"login.code"}, Version: s.Version})
				return err
			})
		}
		return caughtUp(a, id)()
	})
	if len(old.got()) == 0 {
		t.Error("the old address took nothing")
	}
	ordered(t, next.got(), from, to)
}

// TestST01_AnEditDuringAWindowHasItSentAgain says that it sent what it did to the address of before.
func TestST01_AnEditDuringAWindowHasItSentAgain(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	id, _ := add(t, a, stream.Wish{Kind: stream.Webhook, Name: "SIEM", URL: "https://old.example/"})
	log(a, 3, 1)
	was := now(a, id)
	a.Tx(func(tx *store.Tx) error {
		_, err := stream.Edit(a.Site.Instance, tx, audit.Entry{At: a.Clock.Now(), ActorID: a.Admin.ID}, id, stream.Wish{Name: "SIEM", URL: "https://new.example/", Version: was.Version})
		return err
	})
	a.Tx(func(tx *store.Tx) error {
		moved, err := tx.MoveStream(was, store.Progress{To: was.Cursor + 3, Sent: 3}, a.Clock.Now())
		if moved {
			t.Error("the cursor has passed what the new address never got")
		}
		return err
	})
}
