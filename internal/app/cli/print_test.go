package cli

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestJSONArray(t *testing.T) {
	t.Parallel()
	for want, elements := range map[string][]any{
		"[]\n":                                  nil,
		"[\n{\"a\":1}\n]\n":                     {map[string]int{"a": 1}},
		"[\n{\"a\":1},\n{\"a\":2}\n]\n":         {map[string]int{"a": 1}, map[string]int{"a": 2}},
		"[\n\"\\u003c\\u001b[31m\\u2028\"\n]\n": {"<\x1b[31m\u2028"},
	} {
		var out bytes.Buffer
		add, end := (&Run{Stdout: &out}).JSONArray()
		for _, e := range elements {
			if err := add(e); err != nil {
				t.Fatal(err)
			}
		}
		if err := end(); err != nil || out.String() != want {
			t.Errorf("%q, %v, want %q", &out, err, want)
		}
	}
}

func TestStampAndMinute(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 1, 30, 0, 0, time.FixedZone("", 2*60*60))
	if got := Stamp(time.Time{}) + Stamp(at); got != "2026-02-28T23:30:00Z" {
		t.Error(got)
	}
	if got := Minute(at); got != "28 February 2026, 23:30 UTC" {
		t.Error(got)
	}
}

// TestProgress_IsForTerminals: a log or a file gets none of it.
func TestProgress_IsForTerminals(t *testing.T) {
	t.Parallel()
	var errs bytes.Buffer
	show, end := Progress[int](&Run{Stderr: &errs}, "rows read")
	if end(); show != nil || errs.Len() > 0 {
		t.Errorf("shows it: %v, %q", show != nil, &errs)
	}
}

func TestUsageError(t *testing.T) {
	t.Parallel()
	err := UsageError(errors.New("--top: too much"))
	if !IsUsageError(fmt.Errorf("terms: %w", err)) || IsUsageError(errors.New("other")) || err.Error() != "--top: too much" {
		t.Error(err)
	}
}
