package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"latchkey/internal/bench/load"
	"latchkey/internal/secret"
	"latchkey/internal/store"
)

// durableWrites measures transactions of one small change each, by 64 at once, each
// of which waits until its own is on disk: what sharing commits is worth.
func (c tableCommand) durableWrites() (load.Result, error) {
	folder, err := os.MkdirTemp(c.Dir, "bench-writes-*")
	if err != nil {
		return load.Result{}, fmt.Errorf("making the folder: %w", err)
	}
	defer os.RemoveAll(folder)
	ctx := context.Background()
	db, err := store.Open(ctx, filepath.Join(folder, "latchkey.db"), secret.NewRing(), true)
	if err != nil {
		return load.Result{}, err
	}
	defer db.Close()
	var (
		all    sync.WaitGroup
		lock   sync.Mutex
		taken  []time.Duration
		failed error
	)
	begin := time.Now()
	for i := range 64 {
		all.Go(func() {
			name := fmt.Sprintf("bench-%d", i)
			for n := 0; time.Since(begin) < c.Duration; n++ {
				start := time.Now()
				err := db.Tx(ctx, func(tx *store.Tx) error { return tx.SetMeta(name, fmt.Sprint(n)) })
				lock.Lock()
				taken = append(taken, time.Since(start))
				if err != nil {
					failed = err
				}
				lock.Unlock()
			}
		})
	}
	all.Wait()
	return load.Describe("durable writes", taken, time.Since(begin)), failed
}
