package admin

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
	"latchkey/internal/web"
	"latchkey/views"
)

const (
	// importPage is how many rows of a report a page has.
	importPage = 50
	// importAtOnce is how many rows are added in the request that asks for it, in one
	// transaction; everybody else's writing waits for about half a second then. More
	// are added in slices beside the requests.
	importAtOnce = 2000
	// importStalls is after what time without a row a running import offers to
	// continue.
	importStalls = 20 * time.Second
)

const importPath = "/admin/users/import"

func showImport(v *web.Visitor) error {
	sent, err := v.Filters("batch", "show", "after", "before")
	if err != nil {
		return err
	}
	in := filters{sent: sent}
	id, show := in.key("batch"), in.oneOf("show", "refused", "good", "added", "all")
	after, before := in.positive("after"), in.positive("before")
	if in.bad || after > 0 && before > 0 || id == "" && len(sent["show"]+sent["after"]+sent["before"]) > 0 {
		return in.mistake()
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
	page, err := importView(v, b, show, int(after), int(before))
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

// submitImport takes a file, or a decision about one that was read.
func submitImport(v *web.Visitor) error {
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
			Import{Instance: v.Instance, Batch: b}.goOn()
		}
		return v.Redirect(views.ImportPath(b.ID, "", 0, 0))
	case "cancel":
		return cancelImport(v, b)
	}
	return startImport(v, b, decision == "good")
}

// isID reports whether text could be one that secret.ID made.
func isID(text string) bool {
	return len(text) == 26 && strings.Trim(text, "0123456789abcdefghijklmnopqrstuv") == ""
}

func submitFile(v *web.Visitor) error {
	var b store.ImportBatch
	invite := false
	err := v.UploadForm("file", []string{"invite"}, func(ctx context.Context, file web.Uploaded) (err error) {
		invite = file.Form["invite"] != ""
		in := Intake{Instance: v.Instance, Owner: v.User.ID, FileName: file.Name, Invite: invite, MaxRows: MaxUploadRows}
		if b, err = in.Read(ctx, importer.Stream(file)); err == nil && b.Good+b.Bad == 0 {
			err = problem.Field("file", "There are no users in the file")
		}
		return err
	})
	if err == nil {
		return v.Redirect(views.ImportPath(b.ID, "", 0, 0))
	}
	if b.State == store.ImportReady { // read well, and refused after all
		if err := (Intake{Instance: v.Instance, Owner: v.User.ID}).Drop(b); err != nil {
			return err
		}
	}
	page, pageErr := uploadPage(v, err)
	if pageErr != nil {
		return pageErr
	}
	page.Invite = invite
	return v.Reject(err, page)
}

// startImport adds the rows of a small file at once, all or none, and those of a
// large one in slices. Before the first slice everything is checked once more; who
// is added by somebody else after that is refused, and the report says so.
func startImport(v *web.Visitor, b store.ImportBatch, skipBad bool) error {
	i, by := Import{Instance: v.Instance, Batch: b}, v.Audit("", audit.ResultOK)
	if b.State != store.ImportReady {
		return conflict("This import has already been started.")
	}
	if b.Good <= importAtOnce {
		done, err := i.Together(v.Context(), by, skipBad)
		if err != nil {
			return err
		}
		v.BulkDue.Send() // there may be invitations to send
		return finishImport(v, done)
	}
	if b.Bad > 0 && !skipBad {
		return conflict(strconv.Itoa(b.Bad) + " rows in the file are refused. Import the good rows only, or fix the file.")
	}
	taken, err := v.DB.ImportTaken(b.ID)
	if err != nil {
		return err
	}
	if taken > 0 && !skipBad {
		return conflict("Somebody else has since added a user who is in the file. Upload the file again.")
	}
	if err := v.Tx(func(tx *store.Tx) error { return i.start(tx, by) }); err != nil {
		return err
	}
	i.goOn()
	return v.Redirect(views.ImportPath(b.ID, "", 0, 0))
}

// finishImport says what was done on the next page.
func finishImport(v *web.Visitor, b store.ImportBatch) error {
	text := strconv.Itoa(b.Added) + " users were added."
	if b.Added == 1 {
		text = "1 user was added."
	}
	if err := v.Tx(func(tx *store.Tx) error { return v.SetFlash(tx, views.Flash{Kind: "good", Text: text}) }); err != nil {
		return err
	}
	return v.Redirect(views.ImportPath(b.ID, "", 0, 0))
}

// cancelImport forgets an import that did not begin, and stops one that did between
// two slices. Who was added stays: they may have signed in.
func cancelImport(v *web.Visitor, b store.ImportBatch) error {
	err := v.Tx(func(tx *store.Tx) error {
		running, ok, err := tx.RunningImport(b.ID)
		if err != nil {
			return err
		}
		if ok {
			return endImport(v.Instance, tx, running, stoppedByHand, v.Now)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if b.State == store.ImportRunning {
		return v.Redirect(views.ImportPath(b.ID, "", 0, 0))
	}
	if err := (Intake{Instance: v.Instance, Owner: v.User.ID}).Drop(b); err != nil {
		return err
	}
	return v.Redirect(importPath)
}

func stalled(v *web.Visitor, b store.ImportBatch) bool { return v.Now.Sub(b.Changed) > importStalls }
