//go:build !race

package main

// memoryFactor is how much more memory the programs of these tests take.
const memoryFactor = 1
