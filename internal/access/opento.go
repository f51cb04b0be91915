package access

import (
	"context"

	"latchkey/internal/store"
	"latchkey/internal/user"
)

// Accessible is an application that somebody has access to, and why. Nobody can open one that is disabled.
type Accessible struct {
	Slug, Name, Why string
	Disabled        bool
}

// Access is what somebody has access to: the first, and how many in all.
type Access struct {
	First []Accessible
	Total int
}

// OpenTo returns the first applications that a user has access to, by name.
func OpenTo(ctx context.Context, r store.Reader, u user.User, most int) (a Access, err error) {
	f := store.ApplicationFilter{Opens: u.ID, Limit: most}
	all, err := r.Applications(ctx, f)
	if err != nil {
		return a, err
	}
	if a.Total = len(all); a.Total == most {
		if a.Total, err = r.CountApplications(ctx, f); err != nil {
			return a, err
		}
	}
	slugs := make([]string, len(all))
	for i, one := range all {
		slugs[i] = one.Slug
	}
	in, err := r.ReasonsFor(ctx, u.ID, slugs)
	for _, one := range all {
		a.First = append(a.First, Accessible{one.Slug, one.Name, Why(one, in[one.Slug]), one.Disabled})
	}
	return a, err
}
