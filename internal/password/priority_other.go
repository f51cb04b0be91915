//go:build !linux

package password

// lowerPriority does nothing where threads have no priority of their own.
func lowerPriority() {}
