package main

import (
	"testing"
	"time"
)

// TestMachine_Measures gives each as much time as it needs, since on a busy machine a short
// measurement may end before anything was done.
func TestMachine_Measures(t *testing.T) {
	t.Parallel()
	hashes, syncs := 0, 0
	for d := time.Millisecond; hashes == 0 && d < time.Minute; d *= 2 {
		hashes = (hashCommand{MemoryMiB: 1, Passes: 1, Duration: d}).measure().Count
	}
	for d := time.Millisecond; syncs == 0 && d < time.Minute; d *= 2 {
		got, err := (fsyncCommand{Dir: t.TempDir(), Duration: d}).measure()
		if err != nil {
			t.Fatal(err)
		}
		syncs = got.Count
	}
	if hashes == 0 || syncs == 0 {
		t.Errorf("%d hashes and %d fsyncs measured, want some of each", hashes, syncs)
	}
}
