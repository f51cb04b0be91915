package auth

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestOT17_ClockWarnings(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 9, 17, 5, 0, time.UTC)
	for name, c := range map[string]struct {
		newest time.Time
		offset time.Duration
		want   []string // how each sentence begins
	}{
		"new database":       {},
		"right":              {newest: now},
		"an hour ago":        {newest: now.Add(-time.Hour)},
		"requests overlap":   {newest: now.Add(5 * time.Second), offset: 5 * time.Second},
		"slack, fast":        {newest: now, offset: -5 * time.Second},
		"behind":             {newest: now.Add(3 * time.Minute), want: []string{"The clock is 3 minutes behind the newest entry of the audit log: "}},
		"just behind":        {newest: now.Add(5*time.Second + 1), want: []string{"The clock is 5 seconds behind "}},
		"far behind":         {newest: now.AddDate(30, 0, 0), want: []string{"The clock is 10958 days behind "}},
		"slow":               {newest: now, offset: 65 * time.Second, want: []string{"The clock is 1 minute 5 seconds slow, says the time server: "}},
		"fast":               {offset: -26 * time.Hour, want: []string{"The clock is 1 day 2 hours fast, says the time server: "}},
		"a little fast":      {newest: now, offset: -5001 * time.Millisecond, want: []string{"The clock is 5 seconds fast, "}},
		"behind and agreed":  {newest: now.Add(time.Minute), offset: time.Minute, want: []string{"The clock is 1 minute behind ", "The clock is 1 minute slow, "}},
		"behind, yet right":  {newest: now.Add(time.Hour), offset: time.Millisecond, want: []string{"The clock is 1 hour behind "}},
		"the longest offset": {newest: now, offset: -1 << 63, want: []string{"The clock is 106751 days 23 hours fast, "}},
	} {
		got := ClockWarnings(now, c.newest, c.offset)
		if len(got) != len(c.want) {
			t.Errorf("%s: %q, want %d warnings", name, got, len(c.want))
			continue
		}
		for i, want := range c.want {
			if !strings.HasPrefix(got[i], want) || !strings.HasSuffix(got[i], ".") {
				t.Errorf("%s: %q, want %q…", name, got[i], want)
			}
		}
	}
}

func TestSpan(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		5 * time.Second: "5 seconds", time.Minute: "1 minute", 90 * time.Second: "1 minute 30 seconds", time.Hour: "1 hour",
		2*time.Hour + 5*time.Minute + time.Second: "2 hours 5 minutes", 24 * time.Hour: "1 day", 40*24*time.Hour + 3*time.Minute: "40 days 3 minutes",
	} {
		if diff := cmp.Diff(want, span(d)); diff != "" {
			t.Error(diff)
		}
	}
}
