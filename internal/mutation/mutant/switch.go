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
	reachedFile = os.Getenv(ReachedVariable)
	reached     sync.Map
)

// In is what an altered function asks first: which mutant lives. function is its own number.
func In(function int) int {
	if reachedFile != "" {
		note(function)
	}
	return living
}

func note(function int) {
	if _, known := reached.LoadOrStore(function, true); known {
		return
	}
	f, err := os.OpenFile(reachedFile, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.WriteString(strconv.Itoa(function) + "\n")
	}
	if err != nil {
		panic(err)
	}
	f.Close()
}
