//go:build race

package main

// memoryFactor is how much more memory the programs of these tests take: the race detector
// remembers every access.
const memoryFactor = 6
