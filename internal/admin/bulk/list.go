package bulk

import (
	"latchkey/internal/web"
	"latchkey/internal/web/present"
	"latchkey/views"
)

// recentBatches is how many actions on many users the page of them shows.
const recentBatches = 10

// show shows the newest actions on many users. Somebody who had to prove who they are
// first gets back what they had selected.
func (r room) show(v *web.Visitor) error {
	if v.IsKept() {
		return r.showSelected(v)
	}
	all, err := v.DB.RecentBulkJobs(recentBatches)
	if err != nil {
		return err
	}
	page := views.BulkList{Frame: v.Frame(nil)}
	for _, b := range all {
		group, _, err := present.BulkGroup(v.DB.Reader, b)
		if err != nil {
			return err
		}
		page.Acts = append(page.Acts, views.BulkRow{
			ID: b.ID, Action: b.Action, State: string(b.State), By: b.ActorName, Began: b.Began,
			Total: b.Total, Changed: b.Changed, LeftOut: b.LeftOut, Group: group.Title(),
		})
	}
	return v.Render(page)
}

// showSelected shows what was selected before a proof was asked for: the list with its
// ticks, or the review with its reason.
func (r room) showSelected(v *web.Visitor) error {
	s, err := selection(v.FilledMany(nil, "Review…"))
	if err != nil {
		return err
	}
	if s.kind.OfGroup && s.mistake() == nil {
		if asked, err := s.chooseGroup(v); asked && (err != nil || s.form["confirm"] == "") {
			page, err := s.askGroup(v, nil)
			if err != nil {
				return err
			}
			return v.Render(page)
		}
	}
	if s.form["confirm"] == "" || s.mistake() != nil {
		page, err := r.list(v, s, nil)
		if err != nil {
			return err
		}
		return v.Render(page)
	}
	p, err := s.plan(v)
	if err != nil {
		return err
	}
	return v.Render(s.review(v, p, nil))
}
