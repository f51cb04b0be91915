package auth

import (
	"testing"
	"time"
)

// TestAU01_OneTryIsTakenBack: what is remembered after, from the try that is taken back and
// what came after it.
func TestAU01_OneTryIsTakenBack(t *testing.T) {
	t.Parallel()
	row := Limit{Free: 3, Wait: time.Minute, MaxWait: 5 * time.Minute, Ceiling: 8}
	window := Limit{Free: 3, Window: 10 * time.Minute}
	burst := Limit{Free: 2, Window: 10 * time.Minute}
	in := func(seconds int) time.Time { return start().Add(time.Duration(seconds) * time.Second) }
	ends := start().Add(window.Window)
	for name, c := range map[string]struct {
		l                Limit
		t, counted, want Tries
	}{
		"the first":                           {row, Tries{Count: 1}, Tries{Count: 1}, Tries{}},
		"the second of three":                 {row, Tries{Count: 2}, Tries{Count: 2}, Tries{Count: 1}},
		"one that began a wait":               {row, Tries{Count: 3, BlockedUntil: in(60)}, Tries{Count: 3, BlockedUntil: in(60)}, Tries{Count: 2}},
		"one before the wait: its place":      {row, Tries{Count: 3, BlockedUntil: in(60)}, Tries{Count: 2}, Tries{Count: 2}},
		"the last of several waits":           {row, Tries{Count: 5, BlockedUntil: in(240)}, Tries{Count: 5, BlockedUntil: in(240)}, Tries{Count: 4}},
		"late, when a wait of another runs":   {row, Tries{Count: 5, BlockedUntil: in(240)}, Tries{Count: 4, BlockedUntil: in(120)}, Tries{Count: 4, BlockedUntil: in(240)}},
		"late and early, a wait of another":   {row, Tries{Count: 5, BlockedUntil: in(240)}, Tries{Count: 1}, Tries{Count: 4, BlockedUntil: in(240)}},
		"the one that reached the ceiling":    {row, Tries{Count: 8, BlockedUntil: in(86400)}, Tries{Count: 8, BlockedUntil: in(86400)}, Tries{Count: 7}},
		"what was cleared meanwhile":          {row, Tries{}, Tries{Count: 3, BlockedUntil: in(60)}, Tries{}},
		"kept in milliseconds":                {row, Tries{Count: 4, BlockedUntil: in(120)}, Tries{Count: 4, BlockedUntil: in(120).Add(999_999)}, Tries{Count: 3}},
		"in a window":                         {window, Tries{Count: 2, WindowEnds: ends}, Tries{Count: 1, WindowEnds: ends}, Tries{Count: 1, WindowEnds: ends}},
		"the one that filled a window":        {window, Tries{3, ends, ends}, Tries{3, ends, ends}, Tries{Count: 2, WindowEnds: ends}},
		"another one in a full window":        {window, Tries{3, ends, ends}, Tries{Count: 1, WindowEnds: ends}, Tries{Count: 2, WindowEnds: ends}},
		"of a window that is over":            {window, Tries{3, ends, ends}, Tries{Count: 2, WindowEnds: in(-1)}, Tries{3, ends, ends}},
		"of a window that had more to begin":  {burst, Tries{7, ends, ends}, Tries{7, ends, ends}, Tries{Count: 6, WindowEnds: ends}},
		"before the window shrank, full":      {burst, Tries{7, ends, ends}, Tries{Count: 4, WindowEnds: ends}, Tries{6, ends, ends}},
		"a window whose row is gone, in it":   {window, Tries{}, Tries{Count: 1, WindowEnds: ends}, Tries{}},
		"a window in milliseconds, not nanos": {window, Tries{Count: 2, WindowEnds: ends}, Tries{Count: 2, WindowEnds: ends.Add(5)}, Tries{Count: 1, WindowEnds: ends}},
	} {
		if got := c.l.Uncount(c.t, c.counted); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// TestAU01_TakenBackIsAsIfItHadNeverCome: from each state in which a try is let through, the
// next one finds what this one found.
func TestAU01_TakenBackIsAsIfItHadNeverCome(t *testing.T) {
	t.Parallel()
	for _, b := range []Bucket{BucketName, BucketBrowser, BucketNetwork, BucketCode, BucketSecond, BucketBoth, ActionPassword} {
		l := LimitOf(b)
		remembered, now, seen := Tries{}, start(), 0
		for range 120 {
			after, wait := l.Try(remembered, now)
			if wait > 0 {
				if wait == CeilingWait {
					break
				}
				now = now.Add(wait)
				continue
			}
			seen++
			again, wait := l.Try(l.Uncount(after, after), now)
			if again != after || wait != 0 {
				t.Fatalf("%s, try %d: the next one waits %v and leaves %+v, want %+v", b, seen, wait, again, after)
			}
			remembered = after
		}
		if seen < l.Free {
			t.Errorf("%s: only %d tries were let through", b, seen)
		}
	}
}

// TestAU01_TakenBackOnesMakeRoomForNoMore: tries in every order, of which some are under way
// for a while and then taken back. Those that stay are no more than without them.
func TestAU01_TakenBackOnesMakeRoomForNoMore(t *testing.T) {
	t.Parallel()
	for name, l := range map[string]Limit{
		"in a row": {Free: 4, Wait: time.Minute, MaxWait: time.Hour}, "windowed": {Free: 4, Window: time.Hour},
	} {
		for order := range 1 << 12 { // a bit for each step: does a try come, or is the oldest one under way taken back
			var remembered Tries
			var under []Tries
			stay := 0
			for step := range 12 {
				if order>>step&1 == 0 && len(under) > 0 {
					remembered = l.Uncount(remembered, under[0])
					under = under[1:]
					continue
				}
				after, wait := l.Try(remembered, start())
				if remembered = after; wait > 0 {
					continue
				}
				if step%3 == 0 {
					stay++
				} else {
					under = append(under, after)
				}
			}
			if stay > l.Free || remembered.Count != stay+len(under) || remembered.Count > l.Free {
				t.Fatalf("%s, order %b: %d stay, %d are under way, %+v", name, order, stay, len(under), remembered)
			}
			if closed := remembered.BlockedUntil.After(start()); closed != (remembered.Count == l.Free) {
				t.Fatalf("%s, order %b: %+v is closed: %v", name, order, remembered, closed)
			}
		}
	}
}
