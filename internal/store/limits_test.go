package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/auth"
)

// TestAU01_BurstAtALimitOfFive: of sixty at once five get through, whatever
// the kind of limit.
func TestAU01_BurstAtALimitOfFive(t *testing.T) {
	t.Parallel()
	db := open(t)
	limits := map[auth.Bucket]auth.Limit{
		"in-a-row": {Free: 5, Wait: time.Minute, MaxWait: time.Hour},
		"windowed": {Free: 5, Window: 10 * time.Minute},
	}
	for bucket, limit := range limits {
		for round := range 20 {
			key := fmt.Sprint(round)
			won := db.winners(t, 60, func(tx *Tx, _ int) (bool, error) {
				_, wait, err := tx.Count(bucket, key, limit, start())
				return wait == 0, err
			})
			tries, err := db.Tries(bucket, key)
			if won != 5 || tries.Count != 5 || err != nil {
				t.Fatalf("%s, round %d: %d of 60 let through, %d counted, %v; want 5", bucket, round, won, tries.Count, err)
			}
		}
	}
}

func TestAU02_CountSurvivesARestart(t *testing.T) {
	t.Parallel()
	db := open(t)
	limit := auth.LimitOf(auth.BucketCode)
	var want auth.Tries
	for range 4 {
		db.must(t, func(tx *Tx) (err error) { want, _, err = tx.Count(auth.BucketCode, "anna", limit, start()); return err })
	}
	again, err := Open(t.Context(), db.path, db.ring, false)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	got, err := again.Tries(auth.BucketCode, "anna")
	if diff := cmp.Diff(want, got); diff != "" || err != nil || got.Count != 4 {
		t.Errorf("Tries: %v\n%s", err, diff)
	}
}

func TestAU03_BucketsAndKeysAreSeparate(t *testing.T) {
	t.Parallel()
	db := open(t)
	limit := auth.Limit{Free: 2, Wait: time.Minute, MaxWait: time.Minute}
	count := func(b auth.Bucket, key string) (wait time.Duration) {
		db.must(t, func(tx *Tx) (err error) { _, wait, err = tx.Count(b, key, limit, start()); return err })
		return wait
	}
	for range 2 {
		count(auth.BucketCode, "anna")
	}
	if wait := count(auth.BucketCode, "anna"); wait != time.Minute {
		t.Errorf("the third try waits %v", wait)
	}
	for _, other := range []struct {
		b   auth.Bucket
		key string
	}{{auth.BucketRecovery, "anna"}, {auth.BucketCode, "ben"}} {
		if wait := count(other.b, other.key); wait != 0 {
			t.Errorf("%v waits %v for what happened elsewhere", other, wait)
		}
	}
	closed, err := db.BlockedNow("anna", start(), auth.BucketCode, auth.BucketRecovery)
	if diff := cmp.Diff(map[auth.Bucket]time.Time{auth.BucketCode: start().Add(time.Minute)}, closed); diff != "" || err != nil {
		t.Errorf("BlockedNow: %v\n%s", err, diff)
	}
	db.must(t, func(tx *Tx) error { return tx.Clear(auth.BucketRecovery, "anna") })
	if wait := count(auth.BucketCode, "anna"); wait != time.Minute {
		t.Errorf("clearing another bucket opened this one: %v", wait)
	}
	db.must(t, func(tx *Tx) error { return tx.Clear(auth.BucketCode, "anna") })
	if wait := count(auth.BucketCode, "anna"); wait != 0 {
		t.Errorf("after Clear the wait is %v", wait)
	}
}

func TestRefundTakesOneTryBack(t *testing.T) {
	t.Parallel()
	db := open(t)
	limit := auth.Limit{Free: 3, Window: 10 * time.Minute}
	count := func() (wait time.Duration) {
		db.must(t, func(tx *Tx) (err error) { _, wait, err = tx.Count("net", "k", limit, start()); return err })
		return wait
	}
	back := func() { db.must(t, func(tx *Tx) error { return tx.Refund("net", "k", limit) }) }
	back() // of nothing
	for range 100 {
		if wait := count(); wait != 0 {
			t.Fatalf("somebody who knows the password waits %v", wait)
		}
		back()
	}
	for range 3 {
		count()
	}
	if wait := count(); wait != 10*time.Minute {
		t.Errorf("the fourth failure waits %v", wait)
	}
	back()
	if count() != 0 || count() == 0 {
		t.Error("one try given back is one try")
	}
	for range 5 {
		back()
	}
	if tries, err := db.Tries("net", "k"); tries.Count != 0 || err != nil {
		t.Errorf("tries below nothing: %+v, %v", tries, err)
	}
}

// TestAU01_UncountLeavesWhatOthersLeft: one try is taken back, with the wait that it began, and
// the last one with its row.
func TestAU01_UncountLeavesWhatOthersLeft(t *testing.T) {
	t.Parallel()
	db := open(t)
	for bucket, limit := range map[auth.Bucket]auth.Limit{
		"in-a-row": {Free: 2, Wait: time.Minute, MaxWait: time.Hour}, "windowed": {Free: 2, Window: time.Hour},
	} {
		c, now := Counted{bucket, "k", limit}, start().Add(123_456*time.Nanosecond)
		count := func() (got auth.Tries) {
			db.must(t, func(tx *Tx) (err error) { got, _, err = tx.Count(c.Bucket, c.Key, c.Limit, now); return err })
			return got
		}
		back := func(counted auth.Tries) (opened bool) {
			db.must(t, func(tx *Tx) (err error) { opened, err = tx.Uncount(c, counted, now); return err })
			return opened
		}
		first, second := count(), count()
		if !back(second) {
			t.Errorf("%s: the wait did not end", bucket)
		}
		if left, err := db.Tries(bucket, "k"); left.Count != 1 || !left.BlockedUntil.IsZero() || err != nil {
			t.Errorf("%s: %+v is left, %v", bucket, left, err)
		}
		for range 2 { // the second time of nothing
			if back(first) {
				t.Errorf("%s: a wait ended that nobody began", bucket)
			}
		}
		if n := db.number(t, `SELECT count(*) FROM limits WHERE bucket = $1`, string(bucket)); n != 0 {
			t.Errorf("%s: a row is left of nothing", bucket)
		}
	}
}

// TestLO08_BurstIsCoalesced: five rows, then one a minute that stands for the rest.
func TestLO08_BurstIsCoalesced(t *testing.T) {
	t.Parallel()
	db := open(t)
	limit := auth.Limit{Free: 1000, Window: 24 * time.Hour}
	fold := func(after time.Duration) (n int) {
		db.must(t, func(tx *Tx) (err error) {
			if _, _, err = tx.Count("b", "k", limit, start()); err != nil {
				return err
			}
			n, err = tx.Coalesce("b", "k", start().Add(after))
			return err
		})
		return n
	}
	var got []int
	for range 5 {
		got = append(got, fold(0))
	}
	for range 10 {
		got = append(got, fold(time.Minute-time.Millisecond))
	}
	got = append(got, fold(time.Minute), fold(time.Minute), fold(2*time.Minute))
	want := []int{1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 11, 0, 2}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if n := fold(-time.Hour); n != 1 {
		t.Errorf("after the clock was set back the next failure stands for %d, want a row of its own", n)
	}
	db.must(t, func(tx *Tx) error { return tx.Clear("b", "k") })
	if n := fold(2 * time.Minute); n != 1 {
		t.Errorf("after Clear the first failure stands for %d", n)
	}
}

// TestLO08_EveryFailureIsCountedSomewhere: what the rows stand for adds up.
func TestLO08_EveryFailureIsCountedSomewhere(t *testing.T) {
	t.Parallel()
	db := open(t)
	sum, rows := 0, 0
	const failures = 700 // one a second
	for i := range failures {
		db.must(t, func(tx *Tx) error {
			now := start().Add(time.Duration(i) * time.Second)
			if _, _, err := tx.Count("b", "k", auth.Limit{Free: 1 << 20, Wait: time.Second, MaxWait: time.Second}, now); err != nil {
				return err
			}
			n, err := tx.Coalesce("b", "k", now)
			if n > 0 {
				sum, rows = sum+n, rows+1
			}
			return err
		})
	}
	open := db.number(t, `SELECT folded FROM limits WHERE bucket = 'b'`)
	if sum+int(open) != failures || rows > 5+failures/60+1 {
		t.Errorf("%d rows stand for %d failures and %d are open; want %d together", rows, sum, open, failures)
	}
}
