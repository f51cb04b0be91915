//go:build !linux

package user

// lowerPriority does nothing where threads have no priority of their own.
func lowerPriority() {}
