package user

import (
	"testing"
	"time"
)

func TestActive(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1_900_000_000_000)
	for name, c := range map[string]struct {
		u    User
		want bool
	}{
		"ordinary":             {User{HasPassword: true}, true},
		"invited":              {User{}, true},
		"locked out":           {User{LockedUntil: now}, true},
		"disabled":             {User{Disabled: true}, false},
		"deleted":              {User{DeletedAt: now}, false},
		"disabled and deleted": {User{Disabled: true, DeletedAt: now}, false},
	} {
		if got := c.u.Active(); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
