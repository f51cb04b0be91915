package mail

import (
	"errors"
	"testing"
	"time"
)

func TestBackoff(t *testing.T) {
	t.Parallel()
	want := []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 240, 240, 240, 240, 240}
	var total time.Duration
	for i, minutes := range want {
		if got := Backoff(i + 1); got != minutes*time.Minute {
			t.Errorf("after %d tries %v, want %v", i+1, got, minutes*time.Minute)
		}
		total += Backoff(i + 1)
	}
	if len(want) != MaxTries-1 || total != 24*time.Hour+15*time.Minute {
		t.Errorf("%d tries take %v: the comment at MaxTries says otherwise", MaxTries, total)
	}
	for _, tries := range []int{-1, 0, 1 << 30} {
		if got := Backoff(tries); got < time.Minute || got > 4*time.Hour {
			t.Errorf("after %d tries %v", tries, got)
		}
	}
}

func TestPermanent_OfOtherErrors(t *testing.T) {
	t.Parallel()
	if Permanent(nil) || Permanent(errors.New("550 no")) {
		t.Error("an error that is not ours is taken as final")
	}
}
