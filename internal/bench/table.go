package main

import (
	"fmt"
	"runtime"
	"time"

	"latchkey/internal/bench/product"
	"latchkey/internal/bench/report"
)

// tableCommand measures everything, one thing after another.
type tableCommand struct {
	Duration time.Duration `default:"5s" help:"How long each measurement lasts."`
	product.Flags
}

// Run measures and prints; missing a goal is an error, after the table.
func (c tableCommand) Run() error {
	rows, err := c.measure()
	if err != nil {
		return err
	}
	return report.Print(rows)
}

// measure measures the machine itself, and then the product against it.
func (c tableCommand) measure() ([]report.Row, error) {
	hash := hashCommand{MemoryMiB: 64, Passes: 3, Duration: c.Duration}.measure()
	fsync, err := fsyncCommand{Dir: c.Dir, Duration: c.Duration}.measure()
	if err != nil {
		return nil, err
	}
	rows := []report.Row{
		{What: "cores", Measured: fmt.Sprint(runtime.NumCPU())},
		{What: "argon2id 64 MiB, 3 passes, all cores", Measured: hash.Throughput()},
		{What: "append 4 KB and fsync", Measured: fsync.Throughput()},
	}
	more, err := c.measureProduct(hash, fsync)
	return append(rows, more...), err
}
