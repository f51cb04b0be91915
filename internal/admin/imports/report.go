package imports

import (
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/userimport"
	"latchkey/internal/web"
	"latchkey/views"
)

// view is the page of one import. Without a choice it shows what is refused,
// if anything is.
func view(v *web.Visitor, b store.ImportJob, show string, after, before int) (views.Import, error) {
	page := views.Import{
		ID: b.ID, FileName: b.FileName, Format: b.Format, State: string(b.State), Good: b.Good, Bad: b.Bad, Admins: b.Admins,
		Added: b.Added, Late: b.Late, Warning: b.Warning, Invited: b.Invited, Stalled: b.State == store.ImportRunning && stalled(v, b),
	}
	switch {
	case show == "" && (b.Bad+b.Late > 0 || b.State == store.ImportStopped):
		page.Show = "refused"
	case show != "all":
		page.Show = show
	}
	if err := invitations(v, b, &page); err != nil {
		return page, err
	}
	columns, err := userimport.Columns(b)
	if err != nil {
		return page, err
	}
	for _, c := range columns {
		page.Columns = append(page.Columns, views.ImportColumn{Position: c.Position, Given: c.Given, Field: c.Field, Reversed: c.Reversed})
	}
	if err := report(v, &page, after, before); err != nil {
		return page, err
	}
	page.Frame = v.Frame(nil)
	return page, nil
}

// report reads a page of rows and one more, which tells whether another
// follows in the direction that was read.
func report(v *web.Visitor, page *views.Import, after, before int) error {
	rows, err := v.DB.ImportRows(v.Context(), store.ImportPage{
		JobID: page.ID, Result: store.ImportResult(page.Show), After: after, Before: before, Limit: pageRows + 1,
	})
	if err != nil {
		return err
	}
	more := len(rows) > pageRows
	if more && before > 0 {
		rows = rows[1:]
	} else if more {
		rows = rows[:pageRows]
	}
	for _, r := range rows {
		page.Rows = append(page.Rows, views.ImportRow{Number: r.Number, Given: r.Given, Result: string(r.Result), Reasons: r.Reasons})
	}
	if len(rows) == 0 {
		return nil
	}
	show := page.Show
	if show == "" {
		show = "all"
	}
	if after > 0 || before > 0 && more {
		page.Previous = views.ImportPath(page.ID, show, 0, rows[0].Position)
	}
	if before > 0 || more {
		page.Next = views.ImportPath(page.ID, show, rows[len(rows)-1].Position, 0)
	}
	return nil
}

// invitations says what becomes of those without a password once they are users.
func invitations(v *web.Visitor, b store.ImportJob, page *views.Import) (err error) {
	page.Invite, page.MailWorks = b.Invite, v.HasMail()
	if b.Invited == 0 || b.State != store.ImportDone && b.State != store.ImportStopped {
		return nil
	}
	if sending, err := v.DB.BulkJob(b.ID); err == nil {
		page.Mailed = sending.Total
	} else if !problem.Is(err, problem.NotFound) {
		return err
	} else if v.HasMail() {
		if page.NotMailed, err = v.DB.CountInvited(b.ID, false); err != nil {
			return err
		}
	}
	page.ToPrint, err = userimport.ToPrint(v.Instance, b.ID)
	return err
}
