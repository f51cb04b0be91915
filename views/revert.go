package views

import (
	"context"
	"io"
	"strconv"
	"time"
)

// Revert asks before a change that the audit log tells of is taken back, and does it:
// GET and POST /admin/audit/{seq}/revert. Field: reason.
type Revert struct {
	Frame
	Seq int64
	// What happened, in words, when and by whom; OnWhom is empty for settings.
	What        string
	At          time.Time
	Who, OnWhom string
	// Action is the kind that takes it back: disable, enable, delete or restore. Else
	// Changes are what would change.
	Action  string
	Changes []Change
	// Refused is why it cannot be taken back, a whole sentence; empty when it can.
	Refused string
	// TakenBack is the number of the event that took it back already; 0 for none.
	TakenBack int64
	// Reason is what was typed.
	Reason string
	// Back is the address of the user, or of the log.
	Back string
}

// Change is a value that would change from Now to Then, what it was then.
type Change struct{ Name, Now, Then string }

// Render draws the page.
func (p Revert) Render(ctx context.Context, w io.Writer) error {
	return p.page(p.heading(), p.body()).Render(ctx, w)
}

func (p Revert) heading() string { return "Revert event " + strconv.FormatInt(p.Seq, 10) }

func (p Revert) path() string {
	return "/admin/audit/" + strconv.FormatInt(p.Seq, 10) + "/revert"
}

func (p Revert) backWords() string {
	if p.OnWhom == "" {
		return "Audit log"
	}
	return p.OnWhom
}

// what says what happened, and to whom.
func (p Revert) what() string {
	if p.OnWhom == "" {
		return p.What
	}
	return p.What + ": " + p.OnWhom
}

// effect says what taking it back does, where no values change.
func (p Revert) effect() string {
	return ofOne(wordsOf(p.Action).reverted, p.OnWhom)
}

// words names what would change as the forms do.
func (c Change) words() string {
	words := map[string]string{
		"username": "Username", "name": "Name", "email": "Email", "role": "Role", "must enrol": "Two-step verification required",
		"instance_name": "Name of this instance", "audit_keep_days": "Days to keep events in the audit log", "two_step": "Who must use two-step verification",
		"two_step_deadline": "Last day to sign in without it", "password_min": "Shortest password", "session_idle": "Minutes until an idle session ends",
		"session_max": "Longest session, in minutes", "remember_days": "Days a browser can skip the code",
		"invite_days": "Days an invitation works", "lost_phone_wait": "Hours before a lost phone can be replaced", "delete_self": "People can delete their own account",
		"contact_name": "Who to contact", "contact_phone": "Contact's telephone number", "contact_link": "Contact's web page or email address",
		"accent": "Accent colour", "backup_every": "When backups are made", "backup_time": "Time of backups", "backup_keep": "Backups to keep", "backup_recipients": "Who can open backups", "backups_done": "Backups marked as done", "checklist_done": "Setup list hidden",
	}[c.Name]
	if words == "" {
		return c.Name
	}
	return words
}
