package views

import (
	"strings"
	"unicode/utf8"
)

// act is something that can be done to a user, with what it means.
type act struct {
	Link
	title, note string
	grave       bool
}

// removable tells whether this user may be disabled or deleted by the one who looks.
func (p UserPage) removable() bool { return !p.Self && !p.LastAdmin && p.Status != "deleted" }

// linkable tells whether a link to choose a password can be made.
func (p UserPage) linkable() bool {
	return !p.Self && p.Status != "deleted" && p.Status != "disabled"
}

// first is what is most likely wanted, in front of what else changes the facts.
func (p UserPage) first() []Link {
	edit := Link{p.path("edit"), "Edit"}
	switch {
	case p.Status == "deleted":
		return []Link{{p.path("restore"), "Restore"}}
	case p.Status == "disabled":
		return []Link{{p.path("enable"), "Enable"}, edit}
	case p.Invited && p.linkable():
		return []Link{{p.path("password-link"), p.inviteWords()}, edit}
	}
	return []Link{edit}
}

// inviteWords are on the way to an invitation.
func (p UserPage) inviteWords() string {
	if p.Status == "uninvited" {
		return "Send invitation"
	}
	return "Send invitation again"
}

// help is the group of what helps somebody to sign in, what is harmless first.
func (p UserPage) help() (all []act) {
	who := p.heading()
	add := func(path, words, note string) { all = append(all, act{Link: Link{p.path(path), words}, note: note}) }
	add("explain", "Why can’t "+who+" sign in?", "Runs every check and shows what is blocking sign-in.")
	if p.Self || p.Status == "deleted" {
		return all
	}
	if p.Status == "locked" {
		add("unlock", "Unlock", "Clears the wrong attempts, so the next one is checked straight away.")
	}
	if p.linkable() && !p.Invited {
		add("password-link", "Send password link", who+" chooses a new password. The link works once.")
	}
	if len(p.Authenticators) > 0 && !p.LastAdmin {
		add("reset-two-step", "Reset two-step verification", "For a lost or new phone. "+who+" sets up an authenticator app again after using a password link.")
	}
	if len(p.Sessions) > 0 {
		add("sign-out", "Sign out everywhere", "Ends "+count(len(p.Sessions), "session")+" and forgets the browsers that skip the code.")
	}
	add("view-as", "View as "+who, "See the pages "+who+" sees. You cannot change anything, and this is recorded in the audit log.")
	return all
}

// danger is what takes the account away.
func (p UserPage) danger() (all []act) {
	if !p.removable() {
		return nil
	}
	who := p.heading()
	if p.Status != "disabled" {
		all = append(all, act{Link: Link{p.path("disable"), "Disable"}, title: "Disable the account", note: who + " is signed out everywhere and cannot sign in until enabled again.", grave: true})
	}
	return append(all, act{Link: Link{p.path("delete"), "Delete"}, title: "Delete the account", note: "Kept in the recycle bin for 30 days. The audit log keeps the name.", grave: true})
}

// added says when the user was added and by whom.
func (p UserPage) added() Said {
	if p.AddedBy.Words == "" || p.AddedBy.Words == p.heading() {
		return Say(OnlyDay(p.Created))
	}
	return Say(OnlyDay(p.Created), " by ", p.AddedBy)
}

func (p NoteDelete) path() string { return "/admin/users/" + p.ID }

// short is the beginning of a note, to tell it from others.
func (n Note) short() string {
	line := strings.Join(strings.Fields(n.Text), " ")
	if utf8.RuneCountInString(line) <= 40 {
		return line
	}
	return strings.TrimSpace(string([]rune(line)[:39])) + "…"
}
