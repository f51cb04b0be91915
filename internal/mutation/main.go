// Mutation shows that the tests can fail (docs/testing.md).
//
// "guards" takes each guard of guards.go out in turn and runs the tests that are meant to
// notice. "score" makes small alterations of the packages that decide who gets in, and
// counts how many of them their tests notice.
//
// Neither touches our files. The altered copies hold every mutant at once, each in its own
// copy of the function it is in, and are compiled once, with go build -overlay and the build
// tag mutants. Which of them lives, an environment variable says (decision 101).
package main

import "github.com/alecthomas/kong"

// commands is the command line. Both run at the root of the repository.
type commands struct {
	Guards guardsCommand `cmd:"" help:"Take each guard out in turn, and print which test noticed. Exit 1 if none did."`
	Score  scoreCommand  `cmd:"" help:"Alter packages in small ways, and print how many alterations their tests notice. Exit 1 below 90 %."`
}

func main() {
	command := kong.Parse(&commands{}, kong.Name("mutation"))
	command.FatalIfErrorf(command.Run())
}
