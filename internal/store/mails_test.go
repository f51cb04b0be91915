package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestDueMails_WhatPeopleWaitForGoesFirst and everything else by its age.
func TestDueMails_WhatPeopleWaitForGoesFirst(t *testing.T) {
	t.Parallel()
	db := open(t)
	id := db.add(t, "anna")
	for i, kind := range []string{"new-browser", "password-changed", "reset-password", "forgotten", "forgotten", "new-browser"} {
		m := Mail{ID: fmt.Sprint(i), UserID: id, Kind: kind, Sealed: "x", Created: start(), Next: start().Add(time.Duration(i) * time.Second), Ends: start().Add(time.Hour)}
		if kind == "forgotten" {
			m.UserID = ""
		}
		db.must(t, func(tx *Tx) error { return tx.QueueMail(m) })
	}
	due, err := db.DueMails(start().Add(4*time.Second), 4)
	var got []string
	for _, m := range due {
		got = append(got, m.ID)
	}
	if want := []string{"2", "3", "4", "0"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("due are %v, %v; want %v", got, err, want)
	}
	db.must(t, func(tx *Tx) error {
		n, err := tx.WaitingMails(id)
		if n != 4 {
			t.Errorf("%d messages to a user wait, want 4", n)
		}
		return err
	})
}

// TestQueueOfMailIsReadByIndex: it may be long, and the writer waits meanwhile.
func TestQueueOfMailIsReadByIndex(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	db := open(t)
	for query, index := range map[string]string{
		`SELECT count(*) FROM mails WHERE user_id = $1 AND failed_at = 0`:                                                              "mails_waiting (user_id=?)",
		`SELECT sealed FROM mails WHERE failed_at = 0 AND next_at <= $1 AND ends_at > 5 ORDER BY kind IN ('a') DESC, next_at LIMIT 20`: "mails_due (next_at<?)",
	} {
		if plan := db.plan(t, query, 5); !strings.Contains(plan, index) {
			t.Errorf("%s\n%s, want %s", query, plan, index)
		}
	}
}
