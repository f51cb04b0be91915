package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"

	"latchkey/internal/bench/load"

	"golang.org/x/crypto/argon2"
)

// hashCommand measures how many argon2id hashes all cores make together; the
// defaults are the product's.
type hashCommand struct {
	MemoryMiB uint32        `default:"64" help:"Memory of one hash in MiB."`
	Passes    uint32        `default:"3" help:"Passes over the memory."`
	Duration  time.Duration `default:"5s" help:"How long to measure."`
}

// Run measures and prints.
func (c hashCommand) Run() error { return c.measure().Print() }

// measure hashes on as many goroutines as there are cores. Hashes begun in time
// are finished and counted, and the span goes to the end of the last one, so
// that a slow hash does not look like a fast one.
func (c hashCommand) measure() load.Result {
	var (
		all   sync.WaitGroup
		lock  sync.Mutex
		taken []time.Duration
	)
	begin := time.Now()
	for range runtime.NumCPU() {
		all.Go(func() {
			for time.Since(begin) < c.Duration {
				start := time.Now()
				argon2.IDKey([]byte("a password of usual length"), make([]byte, 16), c.Passes, c.MemoryMiB<<10, 1, 32)
				lock.Lock()
				taken = append(taken, time.Since(start))
				lock.Unlock()
			}
		})
	}
	all.Wait()
	return load.Describe("argon2id", taken, time.Since(begin))
}

// fsyncCommand measures how often the disk under a folder can make 4 KB durable,
// one write after another: what a database without group commit could reach.
type fsyncCommand struct {
	Dir      string        `default:"." help:"A folder on the disk to measure."`
	Duration time.Duration `default:"5s" help:"How long to measure."`
}

// Run measures and prints.
func (c fsyncCommand) Run() error {
	got, err := c.measure()
	if err != nil {
		return err
	}
	return got.Print()
}

// measure appends a page and syncs, again and again, to a file that it removes.
func (c fsyncCommand) measure() (load.Result, error) {
	file, err := os.CreateTemp(c.Dir, "fsync-*")
	if err != nil {
		return load.Result{}, fmt.Errorf("making the file to sync: %w", err)
	}
	defer func() { _ = os.Remove(file.Name()) }()
	defer func() { _ = file.Close() }()
	page := make([]byte, pageSize)
	var taken []time.Duration
	begin := time.Now()
	for time.Since(begin) < c.Duration {
		start := time.Now()
		if _, err := file.Write(page); err != nil {
			return load.Result{}, fmt.Errorf("appending: %w", err)
		}
		if err := file.Sync(); err != nil {
			return load.Result{}, fmt.Errorf("syncing: %w", err)
		}
		taken = append(taken, time.Since(start))
	}
	return load.Describe("fsync", taken, time.Since(begin)), nil
}
