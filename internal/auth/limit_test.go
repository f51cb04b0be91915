package auth

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func start() time.Time { return time.Unix(1_900_000_000, 0).UTC() }

// tries runs tries at these times after the start and returns the wait of each, 0
// for those that were let through.
func tries(l Limit, after ...time.Duration) (waits []time.Duration, t Tries) {
	for _, d := range after {
		var wait time.Duration
		t, wait = l.Try(t, start().Add(d))
		waits = append(waits, wait)
	}
	return waits, t
}

func TestLimitOfEveryBucket(t *testing.T) {
	t.Parallel()
	all := []Bucket{
		BucketName, BucketBrowser, BucketNetwork, BucketDay, BucketWide, BucketAll, BucketCode, BucketRecovery,
		BucketCookie, BucketAddress, BucketForgot, BucketForgotNetwork, BucketForgotWide, BucketForgotAll, BucketRequest, BucketUnlock,
		BucketSecond, BucketSecondBrowser, BucketRecoveryNetwork, BucketRecoveryWide, BucketSetup, BucketSetupWide,
		BucketBoth, BucketBothSite, BucketBothAll,
		ActionProfile, ActionPassword, ActionApps, ActionCodes, ActionProof, ActionSessions, ActionDownload, ActionOwn, ActionSignIn, ActionOpen, ActionAdmin, ActionTestMail, ActionExport, ActionUpload, ActionCheck,
	}
	if len(all) != len(limits)+len(actions) {
		t.Errorf("%d buckets, %d limits", len(all), len(limits)+len(actions))
	}
	for _, b := range all {
		l := LimitOf(b)
		if l.Free < 1 || (l.Window > 0) == (l.Wait > 0) || l.Wait > l.MaxWait || l.Ceiling > 0 && l.Ceiling <= l.Free {
			t.Errorf("%s: %+v is no rule", b, l)
		}
		if l.Ceiling > 100 {
			t.Errorf("%s: NIST SP 800-63B allows no more than 100 failures in a row, not %d", b, l.Ceiling)
		}
	}
	if BurstNetworkFree < 1 || BurstNetworkFree >= LimitOf(BucketNetwork).Free {
		t.Errorf("in a burst a network has %d tries", BurstNetworkFree)
	}
}

func TestAU02_TriesInARowWaitLongerAndLonger(t *testing.T) {
	t.Parallel()
	l := Limit{Free: 3, Wait: time.Minute, MaxWait: 5 * time.Minute, Ceiling: 8}
	now, remembered := start(), Tries{}
	want := []time.Duration{0, 0, time.Minute, 2 * time.Minute, 4 * time.Minute, 5 * time.Minute, 5 * time.Minute}
	for i, w := range want {
		var wait time.Duration
		if remembered, wait = l.Try(remembered, now); wait != 0 {
			t.Fatalf("try %d waits %v although its time has come", i+1, wait)
		}
		if remembered.Count != i+1 {
			t.Fatalf("try %d: count %d", i+1, remembered.Count)
		}
		if w == 0 {
			continue
		}
		for _, early := range []time.Duration{0, time.Second, w - time.Nanosecond} {
			again, wait := l.Try(remembered, now.Add(early))
			if wait != w-early || again != remembered {
				t.Errorf("after %d tries, %v later: waits %v, want %v; remembered %+v, want it unchanged", i+1, early, wait, w-early, again)
			}
		}
		now = now.Add(w)
	}
	// The last of them was the one below the ceiling; the next one reaches it.
	remembered, _ = l.Try(remembered, now)
	for _, later := range []time.Duration{0, CeilingWait, 1000 * CeilingWait} {
		if again, wait := l.Try(remembered, now.Add(later)); wait != CeilingWait || again.Count != l.Ceiling {
			t.Errorf("at the ceiling, %v later: waits %v with %d tries; waiting must not open the bucket", later, wait, again.Count)
		}
	}
}

func TestLimitsOfTheWindow(t *testing.T) {
	t.Parallel()
	l := Limit{Free: 3, Window: 10 * time.Minute}
	waits, _ := tries(l, 0, time.Minute, 2*time.Minute, 3*time.Minute, 10*time.Minute-1, 10*time.Minute, 11*time.Minute)
	want := []time.Duration{0, 0, 0, 7 * time.Minute, 1, 0, 0}
	if diff := cmp.Diff(want, waits); diff != "" {
		t.Errorf("waits (-want +got):\n%s", diff)
	}
	// A window begins with its first try, not with the one before.
	_, remembered := tries(l, 0, time.Hour)
	if !remembered.WindowEnds.Equal(start().Add(time.Hour+10*time.Minute)) || remembered.Count != 1 {
		t.Errorf("remembered %+v", remembered)
	}
}

func TestLimitThatShrinksInABurst(t *testing.T) {
	t.Parallel()
	l := Limit{Free: 30, Window: 10 * time.Minute}
	_, remembered := tries(l, 0, 0, 0, 0, 0, 0, 0)
	l.Free = 5
	remembered, wait := l.Try(remembered, start())
	if _, next := l.Try(remembered, start()); wait != 0 || next != l.Window {
		t.Errorf("waits %v, then %v; want one more try and then none", wait, next)
	}
}

// TestOT17_ClockStepLocksNobodyForGood: a clock that ran ahead for a moment leaves
// ends in the far future. After it was set right, nobody waits longer than the rule
// says, and the wait does end.
func TestOT17_ClockStepLocksNobodyForGood(t *testing.T) {
	t.Parallel()
	year := 365 * 24 * time.Hour
	for name, l := range map[string]Limit{
		"in a row": {Free: 3, Wait: time.Minute, MaxWait: 15 * time.Minute},
		"windowed": {Free: 3, Window: 10 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ahead := Tries{}
			for i := range 3 {
				ahead, _ = l.Try(ahead, start().Add(year+time.Duration(i)*time.Hour/2))
				if l.Window > 0 {
					ahead, _ = l.Try(ahead, start().Add(year))
					ahead, _ = l.Try(ahead, start().Add(year))
				}
			}
			remembered, wait := l.Try(ahead, start())
			longest := max(l.Window, l.waitAfter(ahead.Count))
			if wait <= 0 || wait > longest {
				t.Fatalf("the first try after the step waits %v, want up to %v", wait, longest)
			}
			again, half := l.Try(remembered, start().Add(wait/2))
			if half != wait-wait/2 {
				t.Errorf("half-way through it waits %v: the wait does not pass", half)
			}
			if _, after := l.Try(again, start().Add(wait)); after != 0 {
				t.Errorf("after its wait it waits another %v", after)
			}
		})
	}
}

func TestOT17_WindowOfAClockThatRanAheadEnds(t *testing.T) {
	t.Parallel()
	l := Limit{Free: 3, Window: 10 * time.Minute}
	remembered, _ := l.Try(Tries{}, start().Add(1000*time.Hour))
	remembered, wait := l.Try(remembered, start())
	if wait != 0 || remembered.Count != 2 || !remembered.WindowEnds.Equal(start().Add(l.Window)) {
		t.Errorf("after the step: waits %v, remembered %+v", wait, remembered)
	}
	if remembered, wait = l.Try(remembered, start().Add(l.Window)); wait != 0 || remembered.Count != 1 {
		t.Errorf("after the window: waits %v, remembered %+v", wait, remembered)
	}
}

// TestOT17_ClockSetBackGivesNothingAway: the count stays whatever the clock does.
func TestOT17_ClockSetBackGivesNothingAway(t *testing.T) {
	t.Parallel()
	for _, l := range []Limit{{Free: 3, Wait: time.Minute, MaxWait: time.Hour}, {Free: 3, Window: 10 * time.Minute}} {
		_, remembered := tries(l, 0, 0, 0)
		for _, back := range []time.Duration{time.Second, time.Hour, 1000 * time.Hour} {
			again, wait := l.Try(remembered, start().Add(-back))
			if wait == 0 || again.Count != 3 {
				t.Errorf("%+v, %v back: waits %v, count %d", l, back, wait, again.Count)
			}
		}
	}
}

// FuzzTry: whatever is remembered and whatever the time, a wait is never longer
// than the rule allows, and a try is counted exactly if it is let through.
func FuzzTry(f *testing.F) {
	f.Add(3, 60, 900, 0, 50, 5, int64(0), int64(30))
	f.Add(3, 0, 0, 600, 0, 3, int64(600), int64(600))
	f.Add(1, 1, 1, 0, 1, 1<<40, int64(-1<<40), int64(1<<40))
	f.Fuzz(func(t *testing.T, free, wait, most, window, ceiling, count int, windowEnds, blocked int64) {
		second := func(n int) time.Duration { return time.Duration(n&0xffffff) * time.Second }
		l := Limit{Free: free & 0xff, Wait: second(wait), MaxWait: second(most), Window: second(window), Ceiling: ceiling & 0xff}
		before := Tries{Count: count & 0xffff, WindowEnds: start().Add(time.Duration(windowEnds)), BlockedUntil: start().Add(time.Duration(blocked))}
		after, waits := l.Try(before, start())
		if longest := max(l.Window, l.MaxWait, CeilingWait); waits < 0 || waits > longest {
			t.Errorf("%+v, %+v: waits %v, the rule allows %v", l, before, waits, longest)
		}
		want := before.Count
		if l.Window > 0 && !before.WindowEnds.After(start()) {
			want = 0
		}
		if waits == 0 {
			want++
		}
		if after.Count != want {
			t.Errorf("%+v, %+v: waits %v, count %d → %d, want %d", l, before, waits, before.Count, after.Count, want)
		}
		if after.BlockedUntil.Sub(start()) > max(l.Window, l.MaxWait, CeilingWait) {
			t.Errorf("%+v, %+v: closed until %v", l, before, after.BlockedUntil)
		}
	})
}

func ExampleLimit_Try() {
	now := time.Unix(0, 0)
	var t Tries
	for range 7 {
		var wait time.Duration
		t, wait = LimitOf(BucketCode).Try(t, now)
		fmt.Println(t.Count, wait)
	}
	// Output:
	// 1 0s
	// 2 0s
	// 3 0s
	// 4 0s
	// 5 0s
	// 5 1m0s
	// 5 1m0s
}
