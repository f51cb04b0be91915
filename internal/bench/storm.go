package main

import (
	"os"
	"time"

	"latchkey/internal/bench/flood"
	"latchkey/internal/bench/product"
	"latchkey/internal/bench/report"
)

// stormCommand measures a storm of sign-ins beside pages.
type stormCommand struct {
	product.Flags
	Duration time.Duration `default:"20s" help:"How long the storm lasts."`
}

// Run measures and prints; missing a goal is an error, after the table.
func (c stormCommand) Run() error { return report.Table(c.measure) }

func (c stormCommand) measure() ([]report.Row, error) {
	p, err := c.Make(1000, 0)
	defer os.RemoveAll(p.Folder)
	if err != nil {
		return nil, err
	}
	hash := hashCommand{MemoryMiB: 64, Passes: 3, Duration: c.Duration / 2}.measure()
	rows, err := flood.Storm(p, hash, c.Duration)
	return append([]report.Row{{What: "argon2id 64 MiB, 3 passes, all cores", Measured: hash.Throughput()}}, rows...), err
}
