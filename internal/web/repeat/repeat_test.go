package repeat

import (
	"strconv"
	"testing"
	"time"
)

// TestEX01_AnswersAreSharedFairly: a client that sends very many forms pushes out its own answers.
func TestEX01_AnswersAreSharedFairly(t *testing.T) {
	t.Parallel()
	a, now := New(), time.Unix(1_900_000_000, 0)
	keep := func(key, network string) {
		a.Keep(&Answer{Ends: now.Add(For), Keys: []string{key}, Tokens: []string{"t" + key}, Network: network}, now)
	}
	keep("mine", "192.0.2.1/32")
	for i := range maxAnswers + 500 {
		keep(strconv.Itoa(i), "198.51.100.7/32")
	}
	if _, ok := a.Find("mine", now, 0); !ok {
		t.Error("a flood of another network pushed an answer out")
	}
	if len(a.order) != maxAnswers || a.of["198.51.100.7/32"] != maxAnswers-1 {
		t.Errorf("%d answers, %d of the flood", len(a.order), a.of["198.51.100.7/32"])
	}
	if a.forgetOld(now.Add(time.Hour)); len(a.of) != 0 {
		t.Errorf("%d networks are remembered", len(a.of))
	}
}

// Somebody who came when the answer was there already is not given it where that is asked for.
func TestFind_OnlyWhatWasAnsweredSince(t *testing.T) {
	t.Parallel()
	a, now := New(), time.Unix(1_900_000_000, 0)
	before := a.Total()
	a.Keep(&Answer{Ends: now.Add(For), Keys: []string{"form"}}, now)
	for since, want := range map[int64]bool{0: true, before: true, a.Total(): false} {
		if _, ok := a.Find("form", now, since); ok != want {
			t.Errorf("since %d: %v", since, ok)
		}
	}
}

// TestNoneIsKeptAfterItsMinute: also where no form has come since that would have thrown it away.
func TestNoneIsKeptAfterItsMinute(t *testing.T) {
	t.Parallel()
	a, now := New(), time.Unix(1_900_000_000, 0)
	if !a.None(now) {
		t.Error("an answer before the first")
	}
	a.Keep(&Answer{Ends: now.Add(For), Keys: []string{"a"}, Tokens: []string{"t"}, Network: "192.0.2.1/32"}, now)
	if last := now.Add(For - time.Nanosecond); a.None(now) || a.None(last) || !a.None(now.Add(For)) {
		t.Errorf("%v, %v and %v", a.None(now), a.None(last), a.None(now.Add(For)))
	}
}
