package present

import (
	"context"

	"latchkey/internal/store"
	"latchkey/views"
)

// GroupsOffered is up to how many groups a list offers to choose from: 200. Where there are more,
// their names are typed.
const GroupsOffered = 200

// GroupOptions are the groups to choose from, by what people call them: up to most, and one more
// where there are more.
func GroupOptions(ctx context.Context, r store.Reader, most int) (options []views.Option, err error) {
	all, err := r.Groups(ctx, store.GroupFilter{Limit: most + 1})
	for _, g := range all {
		options = append(options, views.Option{Value: g.Name, Words: g.Title()})
	}
	return options, err
}
