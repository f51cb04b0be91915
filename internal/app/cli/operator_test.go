package cli

import "testing"

// Not parallel: the environment belongs to the whole process.
func TestOperator(t *testing.T) {
	t.Setenv("USER", "somebody-else")
	t.Setenv("HOME", "/")
	for uid, want := range map[int]string{0: "root", 3999999999: "uid 3999999999"} {
		if got := operator(uid); got != want {
			t.Errorf("uid %d is %q, want %q", uid, got, want)
		}
	}
}
