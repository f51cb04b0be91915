package admin

import (
	"latchkey/internal/web"
	"latchkey/views"
)

// recentBatches is how many acts on many users the page of them shows.
const recentBatches = 10

// showBulk shows the newest acts on many users. Somebody lands here, too, who had to
// prove who he is first: what was selected is not kept, and the page leads to the list.
func showBulk(v *web.Visitor) error {
	all, err := v.DB.RecentBatches(recentBatches)
	if err != nil {
		return err
	}
	page := views.BulkList{Frame: v.Frame(nil)}
	for _, b := range all {
		page.Acts = append(page.Acts, views.BulkRow{
			ID: b.ID, Action: b.Action, State: string(b.State), By: b.ActorName, Began: b.Began,
			Total: b.Total, Changed: b.Changed, LeftOut: b.LeftOut,
		})
	}
	return v.Render(page)
}
