// Bench measures this machine and the product on it, and prints a table.
//
// Every figure stands beside a yardstick taken in the same run on the same
// machine (a bare net/http handler, the raw rate of argon2id, the disk's own
// fsync rate), because absolute numbers say more about the machine. A server runs
// on one core and its load on another, pinned by taskset, so that neither takes
// time from the other. Linux only.
//
// "table" does all of it; the other commands are the parts it starts.
package main

import (
	"github.com/alecthomas/kong"

	"latchkey/internal/bench/flood"
	"latchkey/internal/bench/growth"
	"latchkey/internal/bench/load"
	"latchkey/internal/bench/seed"
	"latchkey/internal/bench/streams"
)

// commands is the command line.
type commands struct {
	Bare  bareCommand  `cmd:"" help:"Serve 4 KB from a bare net/http handler: the yardstick."`
	Load  load.Command `cmd:"" help:"Send requests to a server and print one JSON line."`
	Hash  hashCommand  `cmd:"" help:"Measure the raw argon2id rate of all cores and print one JSON line."`
	Fsync fsyncCommand `cmd:"" help:"Measure the fsync rate of a folder's disk and print one JSON line."`
	Table tableCommand `cmd:"" help:"Measure everything and print a Markdown table."`

	Seed seed.Command `cmd:"" help:"Fill an empty data folder with made-up people, and print how to sign in."`

	Page    pageCommand        `cmd:"" help:"Measure the signed-in page alone and print a Markdown table."`
	Writes  writesCommand      `cmd:"" help:"Measure durable writes, and pages while they go on, and print a Markdown table."`
	Burst   flood.BurstCommand `cmd:"" help:"Measure the memory of a burst of sign-ins and print a Markdown table."`
	Flood   flood.Command      `cmd:"" help:"Measure what a flood of sign-ins leaves to others and print a Markdown table."`
	Storm   stormCommand       `cmd:"" help:"Measure pages, sign-ins and memory while 256 clients sign in, and print a Markdown table."`
	Growth  growth.Command     `cmd:"" help:"Measure what strangers leave in the database in ten minutes and print a Markdown table."`
	Door    doorCommand        `cmd:"" help:"Measure what an application pays for a proxy that asks, and print a Markdown table."`
	Streams streams.Command    `cmd:"" help:"Measure how fast events leave, for an emulator of Event Hubs, a file and a webhook, and print a Markdown table."`
	Peers   peersCommand       `cmd:"" help:"Measure other programs beside this one and print a Markdown table."`
	Million millionCommand     `cmd:"" help:"Measure the administration of a million users and print a Markdown table."`

	Databases databasesCommand `cmd:"" help:"Measure the same people in a file and in PostgreSQL, with one node and with two, and print a Markdown table."`
}

func main() {
	command := kong.Parse(&commands{}, kong.Name("bench"))
	command.FatalIfErrorf(command.Run())
}
