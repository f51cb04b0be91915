package views

import (
	"context"
	"io"
	"strconv"
	"strings"
	"time"
)

// ImportsPath is the page on which users are taken over from a file.
const ImportsPath = "/admin/users/import"

// ImportUpload asks for a file of users, GET /admin/users/import.
type ImportUpload struct {
	Frame
	// Stale says that a proof is asked for before a file is taken: better now than
	// after the file was sent.
	Stale bool
	// Invite is the box for people without a password.
	Invite bool
	// MakeGroups is the box for groups that are not there.
	MakeGroups bool
	// Earlier are the imports of the same administrator, newest first.
	Earlier []ImportSummary
}

// ImportSummary is one line about an import.
type ImportSummary struct {
	ID, FileName string
	// State is ready, running, done or stopped.
	State string
	At    time.Time
}

// Import is a file that was checked, on its way in, or in:
// GET /admin/users/import?batch=ID.
type Import struct {
	Frame
	ID, FileName string
	// Format is csv, json or tutorial; State ready, running, done or stopped.
	Format, State string
	// Good and Bad are the rows as they were checked; Admins are the good ones who
	// become administrators; Added and Late are what became of the good ones so far.
	Good, Bad, Admins, Added, Late int
	// Invited are the good ones without a password.
	Invited int
	// Invite says that those are let in. Mailed are the invitations that are or were sent
	// after the import, ToPrint those for people who cannot be reached by mail.
	Invite          bool
	Mailed, ToPrint int
	// NotMailed have an address, and were not invited since the import was stopped.
	NotMailed int
	// MailWorks says that mail is set up.
	MailWorks bool
	// Warning is something about the whole file.
	Warning string
	// Stalled says that a running import has not moved for a while.
	Stalled bool
	// Columns are what the columns of the file were taken for.
	Columns []ImportColumn
	// Rows are one page of those with the result Show: refused, added, good, or all
	// where it is empty.
	Rows []ImportRow
	Show string
	// Previous and Next are addresses of the neighbouring pages, empty for none.
	Previous, Next string
}

// ImportColumn is a column of the file and what it was taken for, "" for nothing. Given
// is empty for one without a name, or with one that is not to be repeated.
type ImportColumn struct {
	Position     int
	Given, Field string
	// Reversed columns say who may sign in instead of who may not.
	Reversed bool
}

// ImportRow is one row of the report. Result is good, refused or added.
type ImportRow struct {
	Number                 int
	Given, Result, Reasons string
}

// ImportPath is the address of a part of the report. After and before are keys; at
// most one is not 0.
func ImportPath(id, show string, after, before int) string {
	q := query{}
	q.add("batch", id).add("show", show)
	if after > 0 {
		q.add("after", strconv.Itoa(after))
	}
	if before > 0 {
		q.add("before", strconv.Itoa(before))
	}
	return q.path(ImportsPath)
}

// Render draws the page.
func (p ImportUpload) Render(ctx context.Context, w io.Writer) error {
	return p.page("Import users", p.body()).Render(ctx, w)
}

// Render draws the page.
func (p Import) Render(ctx context.Context, w io.Writer) error {
	return p.page(p.heading(), p.body()).Render(ctx, w)
}

func (p Import) heading() string {
	switch p.State {
	case "running":
		return "Importing users"
	case "done":
		return "Users imported"
	case "stopped":
		return "Import stopped"
	}
	return "Check the import"
}

// inviteHint says what the box does.
func (p ImportUpload) inviteHint() string {
	return "For a list of names and addresses. Each gets an email with a link to choose a password or, where that is not possible, an invitation that you print. Without this, rows that have no password hash are refused."
}

func (p Import) printWords() string {
	if p.MailWorks {
		return count(p.ToPrint, "user") + " without a password cannot be reached by email. Print their invitations, or pass on the links."
	}
	return count(p.ToPrint, "user") + " cannot sign in yet because there is no password. Mail is not set up, so print their invitations or pass on the links."
}

func (p Import) printButton() string {
	if p.ToPrint > 100 {
		return "Show the first 100 invitations"
	}
	return "Show " + count(p.ToPrint, "invitation")
}

// settled is how many of the good rows were looked at.
func (p Import) settled() int { return p.Added + p.Late }

// refused is how many rows are not among the users, now or in the end.
func (p Import) refused() int {
	if p.State == "ready" || p.State == "running" {
		return p.Bad + p.Late
	}
	return p.Good + p.Bad - p.Added
}

// shows are the parts of the report; the values stand in addresses.
func (p Import) shows() []Option {
	all := []Option{{"refused", "Refused"}, {"good", "To be added"}}
	if p.State != "ready" {
		all[1] = Option{"added", "Added"}
	}
	return append(all, Option{"", "All"})
}

func (p Import) caption() string {
	for _, o := range p.shows() {
		if o.Value == p.Show && o.Value != "" {
			return "Rows in the file: " + o.Words
		}
	}
	return "Rows in the file"
}

func (r ImportRow) kind() string {
	switch r.Result {
	case "added":
		return "good"
	case "refused":
		return "bad"
	}
	return ""
}

func (r ImportRow) words() string {
	switch r.Result {
	case "added":
		return "Added"
	case "refused":
		return "Refused"
	}
	return "To be added"
}

// becomes is what a column was taken for, in the words of this page.
func (c ImportColumn) becomes() string {
	words := map[string]string{
		"username": "Username", "name": "Name", "email": "Email", "role": "Role", "disabled": "Disabled",
		"password_hash": "Password hash", "status": "Status", "first_name": "Part of the name", "last_name": "Part of the name", "otp_secret": "Authenticator secret",
	}[c.Field]
	switch {
	case words == "":
		return "Not used"
	case c.Reversed:
		return words + " when false"
	}
	return words
}

func (c ImportColumn) given() string {
	if c.Given == "" {
		return "Column " + strconv.Itoa(c.Position)
	}
	return c.Given
}

func importState(state string) string {
	switch state {
	case "ready":
		return "Not imported yet"
	case "running":
		return "Running"
	case "stopped":
		return "Stopped"
	}
	return "Done"
}

func formatWords(format string) string {
	switch format {
	case "tutorial":
		return "the tutorial's database"
	case "json":
		return "JSON"
	}
	return "CSV"
}

func (r ImportRow) shown() string {
	if r.Given == "" {
		return "(no name)"
	}
	return r.Given
}

// importShow is a part of the report as it stands in an address: without one the
// page shows what is refused, if anything is.
func importShow(value string) string {
	if value == "" {
		return "all"
	}
	return value
}

// inBin reports whether a row is refused for somebody who is in the recycle bin.
func (r ImportRow) inBin() bool { return strings.Contains(r.Reasons, "in the recycle bin") }
