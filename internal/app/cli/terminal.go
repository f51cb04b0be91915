package cli

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/term"
)

// Terminal returns standard input if a person sits at it.
func (r *Run) Terminal() (in int, ok bool) { return terminal(r.Stdin) }

// terminal returns the descriptor of a stream that is a terminal.
func terminal(stream any) (fd int, ok bool) {
	file, ok := stream.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return 0, false
	}
	return int(file.Fd()), true
}

// ToFile reports whether what is printed goes to a file, so that nobody sees it come.
func (r *Run) ToFile() bool {
	file, ok := r.Stdout.(*os.File)
	if !ok {
		return false
	}
	about, err := file.Stat()
	return err == nil && about.Mode().IsRegular()
}

const (
	// progressAfter is how long a command works before it says how far it is.
	progressAfter = time.Second
	// progressEvery is how often it says so then.
	progressEvery = 500 * time.Millisecond
)

// Progress returns a function that says on one line of a terminal how far a command is, such
// as "1200 rows read", and nil where stderr is none; end takes the line away.
func Progress[N int | int64](r *Run, what string) (show func(N), end func()) {
	if _, ok := terminal(r.Stderr); !ok {
		return nil, func() {}
	}
	next := time.Now().Add(progressAfter)
	return func(n N) {
		if now := time.Now(); now.After(next) {
			next = now.Add(progressEvery)
			fmt.Fprintf(r.Stderr, "\r%d %s", n, what)
		}
	}, func() { fmt.Fprint(r.Stderr, "\r\x1b[K") }
}
