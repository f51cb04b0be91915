package main

import (
	"testing"
	"time"
)

func TestMachine_Measures(t *testing.T) {
	t.Parallel()
	if got := (hashCommand{MemoryMiB: 1, Passes: 1, Duration: time.Millisecond}).measure(); got.Count == 0 {
		t.Errorf("argon2id: %+v", got)
	}
	if got, err := (fsyncCommand{Dir: t.TempDir(), Duration: time.Millisecond}).measure(); err != nil || got.Count == 0 {
		t.Errorf("fsync: %+v, %v", got, err)
	}
}
