package views

import (
	"strings"
	"unicode/utf8"
)

// offer is something that can be done to a user, with what it means.
type offer struct {
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
		return []Link{p.to("restore")}
	case p.Status == "disabled":
		return []Link{p.to("enable"), edit}
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
func (p UserPage) help() (all []offer) {
	who := p.heading()
	add := func(path, words, note string) { all = append(all, offer{Link: Link{p.path(path), words}, note: note}) }
	kind := func(name string) {
		w := wordsOf(name)
		add(name, w.offer, strings.Replace(ofOne(w.note, who), "{sessions}", count(len(p.Sessions), "session"), 1))
	}
	add("explain", "Why can’t "+who+" sign in?", "Runs every check and shows what is blocking sign-in.")
	if p.Self || p.Status == "deleted" {
		return all
	}
	if p.Status == "locked" {
		kind("unlock")
	}
	if p.linkable() && !p.Invited {
		kind("password-link")
	}
	if len(p.Authenticators) > 0 && !p.LastAdmin {
		kind("reset-two-step")
	}
	if len(p.Sessions) > 0 {
		kind("sign-out")
	}
	add("view-as", "View as "+who, "See the pages "+who+" sees. You cannot change anything, and this is recorded in the audit log.")
	return all
}

// danger is what takes the account away.
func (p UserPage) danger() (all []offer) {
	if !p.removable() {
		return nil
	}
	kinds := []string{"disable", "delete"}
	if p.Status == "disabled" {
		kinds = kinds[1:]
	}
	for _, k := range kinds {
		w := wordsOf(k)
		all = append(all, offer{Link: p.to(k), title: w.title, note: ofOne(w.note, p.heading()), grave: true})
	}
	return all
}

// to is the way to a kind of action on this user.
func (p UserPage) to(kind string) Link { return Link{p.path(kind), wordsOf(kind).offer} }

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
