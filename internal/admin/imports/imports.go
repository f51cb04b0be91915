// Package imports is the pages on which users are taken over from a file.
package imports

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/importer"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/userimport"
	"latchkey/internal/web"
	"latchkey/internal/web/files"
	"latchkey/internal/web/forms"
	"latchkey/internal/web/route"
	"latchkey/views"
)

const (
	// pageRows is how many rows of a report a page has.
	pageRows = 50
	// atOnce is how many rows are added in the request that asks for it, in one
	// transaction; everybody else's writing waits for about half a second then. More
	// are added in slices beside the requests.
	atOnce = 2000
	// stallsAfter is after what time without a row a running import offers to
	// continue.
	stallsAfter = 20 * time.Second
)

// Mount adds the routes.
func Mount(s *web.Site) {
	s.Get(views.ImportsPath, route.Administrator, show)
	s.PostFile(views.ImportsPath, route.Administrator, submit)
}

func show(v *web.Visitor) error {
	sent, err := v.Filters("batch", "show", "after", "before")
	if err != nil {
		return err
	}
	in := forms.Filters{Sent: sent}
	id, show := in.Key("batch"), in.OneOf("show", "refused", "good", "added", "all")
	after, before := in.Positive("after"), in.Positive("before")
	if in.Bad || after > 0 && before > 0 || id == "" && len(sent["show"]+sent["after"]+sent["before"]) > 0 {
		return in.Mistake()
	}
	if kept := v.Filled(nil, "Check the file"); id == "" {
		id = kept["batch"] // of a file that was read, before a proof was asked for
	}
	if id == "" {
		page, err := uploadPage(v, nil)
		if err != nil {
			return err
		}
		return v.Render(page)
	}
	b, err := v.DB.Import(id, v.User.ID)
	if err != nil {
		return err
	}
	if b.State == store.ImportReading {
		return problem.New(problem.NotFound, "This import does not exist.")
	}
	page, err := view(v, b, show, int(after), int(before))
	if err != nil {
		return err
	}
	return v.Render(page)
}

func uploadPage(v *web.Visitor, mistake error) (views.ImportUpload, error) {
	page := views.ImportUpload{Frame: v.Frame(mistake), Stale: !v.IsFresh()}
	all, err := v.DB.ImportsOf(v.User.ID)
	for _, b := range all {
		page.Earlier = append(page.Earlier, views.ImportSummary{ID: b.ID, FileName: b.FileName, State: string(b.State), At: b.Created})
	}
	return page, err
}

// submit takes a file, or a decision about one that was read.
func submit(v *web.Visitor) error {
	if v.HasUpload() {
		return submitFile(v)
	}
	form, err := v.Form("batch", "import")
	if err != nil {
		return err
	}
	decision := form["import"]
	if !isID(form["batch"]) || !slices.Contains([]string{"all", "good", "continue", "cancel"}, decision) {
		return problem.New(problem.BadRequest, "Choose a file, or what to do with one.")
	}
	b, err := v.DB.Import(form["batch"], v.User.ID)
	if err != nil {
		return err
	}
	switch decision {
	case "continue":
		if b.State == store.ImportRunning && stalled(v, b) {
			v.ImportDue.Send()
		}
		return v.Redirect(views.ImportPath(b.ID, "", 0, 0))
	case "cancel":
		return cancel(v, b)
	}
	return start(v, b, decision == "good")
}

// isID reports whether text could be one that secret.ID made.
func isID(text string) bool {
	return len(text) == 26 && strings.Trim(text, "0123456789abcdefghijklmnopqrstuv") == ""
}

func submitFile(v *web.Visitor) error {
	var b store.ImportJob
	invite, makeGroups := false, false
	err := v.UploadForm("file", []string{"invite", "make_groups"}, func(ctx context.Context, file files.Uploaded) (err error) {
		invite, makeGroups = file.Form["invite"] != "", file.Form["make_groups"] != ""
		in := userimport.Intake{Instance: v.Instance, Owner: v.User.ID, FileName: file.Name, Invite: invite, MakeGroups: makeGroups, MaxRows: userimport.MaxUploadRows}
		if b, err = in.Read(ctx, importer.Stream(file)); err == nil && b.Good+b.Bad == 0 {
			err = problem.Field("file", "There are no users in the file")
		}
		return err
	})
	if err == nil {
		return v.Redirect(views.ImportPath(b.ID, "", 0, 0))
	}
	if b.State == store.ImportReady { // read well, and refused after all
		if err := (userimport.Intake{Instance: v.Instance, Owner: v.User.ID}).Drop(b); err != nil {
			return err
		}
	}
	page, pageErr := uploadPage(v, err)
	if pageErr != nil {
		return pageErr
	}
	page.Invite, page.MakeGroups = invite, makeGroups
	return v.Reject(err, page)
}

// start adds the rows of a small file at once, all or none, and those of a
// large one in slices. Before the first slice everything is checked once more; who
// is added by somebody else after that is refused, and the report says so.
func start(v *web.Visitor, b store.ImportJob, skipBad bool) error {
	i, by := userimport.Import{Instance: v.Instance, Job: b}, v.Audit("", audit.ResultOK)
	if b.State != store.ImportReady {
		return problem.New(problem.Conflict, "This import has already been started.")
	}
	if b.Good <= atOnce {
		done, err := i.Together(v.Context(), by, skipBad)
		if err != nil {
			return err
		}
		v.BulkDue.Send() // there may be invitations to send
		return finish(v, done)
	}
	if b.Bad > 0 && !skipBad {
		return problem.New(problem.Conflict, strconv.Itoa(b.Bad)+" rows in the file are refused. Import the good rows only, or fix the file.")
	}
	taken, err := v.DB.ImportTaken(b.ID)
	if err != nil {
		return err
	}
	if taken > 0 && !skipBad {
		return problem.New(problem.Conflict, "Somebody else has since added a user who is in the file. Upload the file again.")
	}
	if err := v.Tx(func(tx *store.Tx) error { return i.Start(tx, by) }); err != nil {
		return err
	}
	v.ImportDue.Send()
	return v.Redirect(views.ImportPath(b.ID, "", 0, 0))
}

// finish says what was done on the next page.
func finish(v *web.Visitor, b store.ImportJob) error {
	text := strconv.Itoa(b.Added) + " users were added."
	if b.Added == 1 {
		text = "1 user was added."
	}
	if err := v.Tx(func(tx *store.Tx) error { return v.SetFlash(tx, views.Flash{Kind: "good", Text: text}) }); err != nil {
		return err
	}
	return v.Redirect(views.ImportPath(b.ID, "", 0, 0))
}

// cancel forgets an import that did not begin, and stops one that did between
// two slices. Who was added stays: they may have signed in.
func cancel(v *web.Visitor, b store.ImportJob) error {
	err := v.Tx(func(tx *store.Tx) error {
		running, ok, err := tx.RunningImport(b.ID)
		if err != nil {
			return err
		}
		if ok {
			return userimport.Stop(v.Instance, tx, running, v.Now)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if b.State == store.ImportRunning {
		return v.Redirect(views.ImportPath(b.ID, "", 0, 0))
	}
	if err := (userimport.Intake{Instance: v.Instance, Owner: v.User.ID}).Drop(b); err != nil {
		return err
	}
	return v.Redirect(views.ImportsPath)
}

func stalled(v *web.Visitor, b store.ImportJob) bool { return v.Now.Sub(b.Changed) > stallsAfter }
