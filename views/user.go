package views

import (
	"context"
	"io"
	"time"
)

// UserPage is everything about one user, without secrets, GET /admin/users/{id}.
type UserPage struct {
	Frame
	ID, Username, Name, Email string
	EmailUnconfirmed          bool
	// Role is "user" or "admin"; Status is that of a UserRow.
	Role, Status string
	// Created, LastSignIn and PasswordChanged are zero when it never happened.
	Created, LastSignIn, PasswordChanged time.Time
	// LockedUntil is when a lock ends by itself; zero for none or until unlocked.
	LockedUntil time.Time
	// MustEnrol says that two-step verification is demanded of this very user.
	MustEnrol bool
	// Demanded says that the user needs an authenticator app at the next sign-in.
	Demanded bool
	// State are sentences on how the user stands: who disabled them and why, that the
	// password is closed, until when the invitation works.
	State []Said
	// AddedBy is the person who added the user, with their page if they have one; zero if the log
	// does not say.
	AddedBy Link
	// Invited is somebody who never chose a password.
	Invited bool
	// Groups are those that the user is in.
	Groups []Group
	// Applications are what they have access to, the first of AppsTotal.
	Applications []UserApplication
	AppsTotal    int
	// Notes are what administrators wrote down, the newest first; Note is what was typed.
	Notes          []Note
	Note           string
	Authenticators []Authenticator
	CodesLeft      int
	Sessions       []Session
	// Activity is the newest events about this user, at most twenty.
	Activity []Event
	// Self is the own page of the administrator: actions on oneself are not offered.
	Self bool
	// LastAdmin is the last usable administrator: actions that would leave nobody are not offered.
	LastAdmin bool
	// Back is the address of the list as it was; empty for the list without filters.
	Back string
}

// Note is something an administrator wrote down about a user.
type Note struct {
	ID, Text, By string
	Made         time.Time
}

// NoteDelete asks before a note is deleted, GET and POST
// /admin/users/{id}/notes/{note}/delete.
type NoteDelete struct {
	Frame
	// ID and Name are the user's.
	ID, Name string
	Note     Note
}

// UserNew adds a user, GET and POST /admin/users/new.
// Fields: username name email role first_sign_in.
type UserNew struct {
	Frame
	Username, Name, Email string
	// Role is "user" or "admin"; FirstSignIn is "mail" or "link".
	Role, FirstSignIn string
	// MailWorks offers the invitation by mail; without it only a link can be shown.
	MailWorks bool
	// InviteDays is how long an invitation works.
	InviteDays int
}

// UserEdit is GET and POST /admin/users/{id}/edit.
// Fields: username name email role version.
type UserEdit struct {
	Frame
	ID                          string
	Username, Name, Email, Role string
	// Stored is the username as it is, whatever was typed.
	Stored string
	// Version guards against overwriting another administrator's edit.
	Version int64
	// Approval says who must approve another address; empty if nobody must.
	Approval string
	// OwnRole is the own page of the administrator: the role is shown, not offered.
	OwnRole bool
}

// UserAction asks before something is done to a user and, in its form, does it:
// GET and POST /admin/users/{id}/{kind}. Fields: reason, confirm_username for delete,
// how for password-link.
type UserAction struct {
	Frame
	ID, Username, Name string
	// Kind is disable, enable, delete, restore, unlock, sign-out, reset-two-step or password-link.
	Kind string
	// NeedsReason says that a reason must be given, NeedsName that the username must be typed.
	NeedsReason, NeedsName bool
	// Reason and ConfirmUsername are what was typed.
	Reason, ConfirmUsername string
	// Sessions is the number of browsers that will be signed out.
	Sessions int
	// Invitation says that a link is the first one, to join.
	Invitation bool
	// InviteDays is how long an invitation works.
	InviteDays int
	// Approval says who else must approve it, a whole sentence; empty if nobody must.
	Approval string
	// CanMail offers to mail a link, beside showing it to pass on.
	CanMail bool
	// Refused is the reason why this cannot be done, a whole sentence; empty when it can.
	Refused string
}

// UserLink shows a one-time link to pass on. It is shown once.
type UserLink struct {
	Frame
	ID, Username, Name string
	// Invitation is a link to join; otherwise it is one to set a new password.
	Invitation bool
	// NewPhone is a link to set up an authenticator app in place of a lost one.
	NewPhone bool
	// Link is the whole address.
	Link    string
	Expires time.Time
	// TwoStep says that the invited person has to set up an authenticator app.
	TwoStep bool
	// QRPath is the QR code of the link as an SVG path for a square of QRSize units; 0
	// shows none.
	QRSize int
	QRPath string
}

// Render draws the page.
func (p UserPage) Render(ctx context.Context, w io.Writer) error {
	return p.page(p.heading(), p.body()).Render(ctx, w)
}

// Render draws the page.
func (p UserNew) Render(ctx context.Context, w io.Writer) error {
	return p.page("Add user", p.body()).Render(ctx, w)
}

// Render draws the page.
func (p UserEdit) Render(ctx context.Context, w io.Writer) error {
	return p.page("Edit user", p.body()).Render(ctx, w)
}

// Render draws the page.
func (p UserAction) Render(ctx context.Context, w io.Writer) error {
	p.Frame = p.pressing(p.words().button)
	return p.page(p.words().heading, p.body()).Render(ctx, w)
}

// Render draws the page.
func (p UserLink) Render(ctx context.Context, w io.Writer) error {
	return p.page(p.heading(), p.body()).Render(ctx, w)
}

// Render draws the page.
func (p NoteDelete) Render(ctx context.Context, w io.Writer) error {
	return p.page("Delete this note", p.body()).Render(ctx, w)
}

func (p UserPage) heading() string {
	if p.Name != "" {
		return p.Name
	}
	return p.Username
}

func (p UserPage) back() string {
	if p.Back != "" {
		return p.Back
	}
	return "/admin/users"
}

func (p UserPage) path(action string) string { return "/admin/users/" + p.ID + "/" + action }

// noApps says what it means that there is no authenticator app.
func (p UserPage) noApps() string {
	if p.Demanded {
		return "None yet. It has to be set up at the next sign-in."
	}
	return "None yet. Two-step verification is off for this user."
}

func (p UserNew) byMail() bool { return p.MailWorks && p.FirstSignIn != "link" }

func (p UserNew) roleChoices() []radio { return roleChoices(p.Role) }

func (p UserNew) firstChoices() []radio {
	link := radio{value: "link", words: "Show me a link to pass on", checked: !p.byMail(), note: "It works once, within " + count(p.InviteDays, "day") + "."}
	if !p.MailWorks {
		link.note = "It works once, within " + count(p.InviteDays, "day") + ". Mail is not set up, so this is the only way."
		return []radio{link}
	}
	return []radio{{value: "mail", words: "Email an invitation", checked: p.byMail(), note: "The link works once, within " + count(p.InviteDays, "day") + "."}, link}
}

func roleChoices(role string) []radio {
	return []radio{
		{value: "user", words: "User", note: "Can sign in and manage their own profile and security.", checked: role != "admin"},
		{value: "admin", words: "Administrator", note: "Can also add, edit and disable users, read the audit log and change settings.", checked: role == "admin"},
	}
}

func (p UserEdit) path() string { return "/admin/users/" + p.ID }

// onScreen is the class of what a card says in its own words on paper.
func (p UserLink) onScreen() string {
	if p.Invitation && p.QRSize > 0 {
		return "screen"
	}
	return ""
}

func (p UserLink) card() Card {
	return Card{Name: p.Name, Username: p.Username, Link: p.Link, Expires: p.Expires, TwoStep: p.TwoStep, QRSize: p.QRSize, QRPath: p.QRPath}
}

// comma stands behind each group but the last.
func (p UserPage) comma(i int) string {
	if i < len(p.Groups)-1 {
		return ","
	}
	return ""
}
