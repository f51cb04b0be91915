package store

import (
	"testing"
	"time"
)

// TestOT17_WhatIsOverStaysOver when the clock is set back: what had ended by then is gone, and
// what had not works on.
func TestOT17_WhatIsOverStaysOver(t *testing.T) {
	t.Parallel()
	db := open(t)
	id, was := db.add(t, "anna"), start().Add(time.Hour)
	for name, ends := range map[string]time.Time{"over": was, "alive": was.Add(time.Millisecond)} {
		s, idle, p, l := session(id, name), session(id, "idle"+name), pending(id, name), link(id, name, PurposeNotMe)
		s.IdleUntil, s.Ends, idle.IdleUntil, p.Ends, l.Ends = was.Add(time.Hour), ends, ends, ends, ends
		db.must(t, func(tx *Tx) error {
			return firstOf(tx.AddSession(s), tx.AddSession(idle), tx.AddPending(p), tx.AddLink(l), tx.SetNewCodes(s.ID, "x", start(), ends),
				tx.SaveBrowser(Browser{TokenHash: name, UserID: id, ID: name, Ends: was.Add(time.Hour)}), tx.Remember(name, "v", id, ends))
		})
	}
	counts := func(want map[string]int64) {
		t.Helper()
		for rows, n := range want {
			if got := db.number(t, `SELECT count(*) FROM `+rows); got != n {
				t.Errorf("%s: %d are left, want %d", rows, got, n)
			}
		}
	}
	all := map[string]int64{"sessions": 2, "pending_sign_ins": 1, "recovery_sheets": 1, "links": 2, "browsers WHERE remembered_until > 0": 2}
	db.must(t, func(tx *Tx) error { return tx.EndOver(was) })
	counts(all)
	db.must(t, func(tx *Tx) error { return tx.EndOverLinks(was) })
	all["links"], all["browsers WHERE remembered_until > 0"] = 1, 1
	counts(all)
	if e, err := db.LinkStateOf("hash-over", start()); err != nil || e.State != LinkEnded {
		t.Errorf("whoever follows the link is told %+v, %v", e, err)
	}
	for name, ends := range map[string]time.Time{"none of it": was, "all": was.Add(time.Millisecond)} {
		db.must(t, func(tx *Tx) error {
			return firstOf(tx.SetPendingAuthenticator(PendingAuthenticator{ID: "p", UserID: id, Sealed: "s", Ends: ends}), tx.SetSetupCode("h", ends), tx.EndOver(was))
		})
		want := int64(0)
		if name == "all" {
			want = 1
		}
		counts(map[string]int64{"pending_authenticators": want, "setup_code": want})
	}
}

// TestOT17_NothingOfAClockThatWasAheadLasts: a link and a pending sign-in that were made then would
// work for so much longer.
func TestOT17_NothingOfAClockThatWasAheadLasts(t *testing.T) {
	t.Parallel()
	db := open(t)
	id, now := db.add(t, "anna"), start()
	for _, c := range []struct {
		ahead time.Duration
		good  bool
	}{{0, true}, {clockSlack - time.Second, true}, {clockSlack + time.Second, false}, {10 * 365 * 24 * time.Hour, false}} {
		l, p := link(id, c.ahead.String(), PurposePassword), pending(id, c.ahead.String())
		l.Created, l.Ends, p.Ends = now.Add(c.ahead), now.Add(c.ahead+time.Hour), p.Ends.Add(c.ahead)
		db.must(t, func(tx *Tx) error { return firstOf(tx.AddLink(l), tx.AddPending(p)) })
		_, byHash, err := db.LinkByHash(l.TokenHash, l.Purpose, now)
		_, of, ofErr := db.LinkOf(id, now)
		_, _, half, halfErr := db.PendingByHash(p.IDHash, now)
		var taken bool
		db.must(t, func(tx *Tx) (err error) { taken, err = tx.TakeLink(l.TokenHash, l.Purpose, now); return err })
		if err := firstOf(err, ofErr, halfErr); err != nil || byHash != c.good || of != c.good || half != c.good || taken != c.good {
			t.Errorf("%v ahead: the link is good %v, shown %v, taken %v, the sign-in goes on %v, want %v; %v", c.ahead, byHash, of, taken, half, c.good, err)
		}
	}
}

// TestOT17_NoMessageWaitsForAClockThatWasAhead, however far it was put off then.
func TestOT17_NoMessageWaitsForAClockThatWasAhead(t *testing.T) {
	t.Parallel()
	db := open(t)
	for name, next := range map[string]time.Duration{"waits": 4 * time.Hour, "was put off by a wrong clock": 10 * 365 * 24 * time.Hour} {
		db.must(t, func(tx *Tx) error {
			return tx.QueueMail(Mail{ID: name, Kind: "test", Sealed: "x", Created: start(), Next: start().Add(next), Ends: start().Add(next + time.Hour)})
		})
	}
	db.must(t, func(tx *Tx) error { return tx.DueAgain(start()) })
	if due, err := db.DueMails(start(), 9); err != nil || len(due) != 1 || due[0].ID != "was put off by a wrong clock" {
		t.Errorf("due are %+v, %v", due, err)
	}
}
