package password

import "syscall"

// lowerPriority gives the calling thread the lowest priority (nice 19). Linux
// takes a thread's id for PRIO_PROCESS, and lowering needs no privilege. An
// error only means that hashing competes as before.
func lowerPriority() {
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, syscall.Gettid(), 19)
}
