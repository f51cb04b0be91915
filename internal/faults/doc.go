// Package faults has the built program killed, starved and given broken files, and looks at
// what is left: nothing that was answered is lost, nothing works twice, and what people and
// operators are told is true. It has tests only. Each has a short form, which `make check`
// runs, and a long one: `make crash` and `make faults`. docs/faults.md says what is tried
// and how to repeat it.
package faults
