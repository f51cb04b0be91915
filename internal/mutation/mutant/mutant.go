// Package mutant is the switch of the mutants that package mutation makes of our code.
// Nothing of ours imports it: only the altered copies of files that are compiled with the
// build tag mutants do, and without that tag they do not compile, so that no program that
// leaves this repository can have a guard switched off.
package mutant
