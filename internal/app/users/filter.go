package users

import (
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/instance"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// FilterFlags narrow a list of users, as the page does.
type FilterFlags struct {
	Search    string `env:"LATCHKEY_SEARCH" placeholder:"TEXT" help:"Only users with all of these words in their username, name or email."`
	Status    string `enum:"any,active,invited,expired,locked,disabled,deleted" default:"any" env:"LATCHKEY_LIST_STATUS" help:"Only users with this status: active, invited, expired (invitation), locked, disabled or deleted."`
	TwoStep   string `enum:"any,on,off,due" default:"any" env:"LATCHKEY_LIST_TWO_STEP" help:"Only users with two-step verification on, off or due (required but not set up)."`
	Role      string `enum:"any,user,admin" default:"any" env:"LATCHKEY_LIST_ROLE" help:"Only users with this role."`
	Inactive  int    `env:"LATCHKEY_LIST_INACTIVE" placeholder:"DAYS" help:"Only users who have not signed in for this many days, or ever."`
	Never     bool   `env:"LATCHKEY_LIST_NEVER" help:"Only users who have never signed in."`
	Group     string `env:"LATCHKEY_LIST_GROUP" placeholder:"NAME" help:"Only members of this group."`
	NoAddress bool   `env:"LATCHKEY_LIST_NO_ADDRESS" help:"Only users without an email address."`
}

// Filter is what the flags select, sorted by username.
func (c FilterFlags) Filter(i *instance.Instance, now time.Time) store.UserFilter {
	policy := i.Settings().TwoStep
	return store.UserFilter{
		Text: c.Search, Status: store.Status(unlessAny(c.Status)), TwoStep: unlessAny(c.TwoStep), Role: user.Role(unlessAny(c.Role)),
		Inactive: time.Duration(max(c.Inactive, 0)) * 24 * time.Hour, Never: c.Never, NoAddress: c.NoAddress, Group: c.Group,
		DueAdmins: policy.Demands(user.RoleAdmin), DueAll: policy.Demands(user.RoleUser),
		Sort: store.SortUsername, Now: now,
	}
}

// Details say in the audit row of an export what the flags selected, as the page does.
func (c FilterFlags) Details(i *instance.Instance) []audit.Detail {
	query := c.Filter(i, time.Time{}).Query()
	if query == "" {
		return nil
	}
	return []audit.Detail{{Name: "filter", After: query}}
}

func unlessAny(choice string) string {
	if choice == "any" {
		return ""
	}
	return choice
}
