// Package binary attacks the program as it is built and shipped, from outside: it starts
// bin/latchkey on scratch folders and has nothing but sockets, the program's commands and
// what they print. Every attack is a row of one table: the id of a requirement, what the
// requirement says, and a function that tries to break it and returns what happened. The
// verdicts and the evidence of a run stand in docs/attacks.md.
//
// The tests of package attack reach further inside, with a clock of their own and a
// database that fails on demand; here is what needs none of that.
package binary
