package present

import (
	"latchkey/internal/store"
	"latchkey/views"
)

// BulkPath is where actions on several users have their pages.
const BulkPath = "/admin/users/bulk"

// RunningBulk are the ways to the actions on many users that are under way.
func RunningBulk(db *store.DB) (all []views.Link, err error) {
	running, err := db.RunningBulkJobs()
	for _, b := range running {
		all = append(all, views.Link{Href: BulkPath + "/" + b.ID, Words: views.BulkHeading(b.Action, b.Total)})
	}
	return all, err
}
