package present

import (
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/views"
)

// BulkPath is where actions on several users have their pages.
const BulkPath = "/admin/users/bulk"

// RunningBulk are the ways to the actions on many users that are under way.
func RunningBulk(db *store.DB) (all []views.Link, err error) {
	running, err := db.RunningBulkJobs()
	for _, b := range running {
		group, _, err := BulkGroup(db.Reader, b)
		if err != nil {
			return nil, err
		}
		all = append(all, views.Link{Href: BulkPath + "/" + b.ID, Words: views.BulkHeading(b.Action, group.Title(), b.Total)})
	}
	return all, err
}

// BulkGroup is the group that an action on many users is about, if any. One that is gone, or whose
// name a newer group has, has no label.
func BulkGroup(r store.Reader, b store.BulkJob) (g store.Group, gone bool, err error) {
	if b.Group == "" {
		return g, false, nil
	}
	g, err = r.Group(b.Group)
	if err == nil && !g.Created.After(b.Began) {
		return g, false, nil
	}
	if problem.Is(err, problem.NotFound) {
		err = nil
	}
	return store.Group{Name: b.Group}, true, err
}
