//go:build mutants

package mutant

import (
	"os"
	"strconv"
	"sync"
)

// Variable is the environment variable that holds the number of the mutant that lives.
const Variable = "MUTANT"

// ReachedVariable names a file that the numbers of the altered functions that are called
// are written to, so that only tests that reach a mutant are run against it.
const ReachedVariable = "MUTANT_REACHED"

var (
	living, _   = strconv.Atoi(os.Getenv(Variable)) // 0: none
	reachedFile = open(os.Getenv(ReachedVariable))
	reached     sync.Map
)

// open opens the file at the beginning: a test may be somebody else for a while, who cannot.
func open(path string) *os.File {
	if path == "" {
		return nil
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	return f
}

// In is what an altered function asks first: which mutant lives. function is its own number.
func In(function int) int {
	if reachedFile != nil {
		note(function)
	}
	return living
}

func note(function int) {
	if _, known := reached.LoadOrStore(function, true); known {
		return
	}
	if _, err := reachedFile.WriteString(strconv.Itoa(function) + "\n"); err != nil {
		panic(err)
	}
}
