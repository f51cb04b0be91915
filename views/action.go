package views

import (
	"slices"
	"strings"
)

// words returns the sentences for the page's kind, about its user.
func (p UserAction) words() kindWords {
	kind := p.Kind
	switch {
	case kind == "password-link" && p.Invitation:
		kind = firstLink
	case kind == "password-link" && p.CanMail:
		kind = mailedLink
	}
	w := wordsOf(kind)
	fill := strings.NewReplacer("{who}", p.who(), "{whose}", possessive(p.who()), "{browsers}", p.everywhere(), "{days}", count(p.InviteDays, "day"))
	w.heading, w.check = fill.Replace(w.heading), fill.Replace(w.check)
	w.effects = slices.Clone(w.effects)
	for i, e := range w.effects {
		w.effects[i] = fill.Replace(e)
	}
	return w
}

func (p UserAction) who() string {
	if p.Name != "" {
		return p.Name
	}
	return p.Username
}

func (p UserAction) path() string { return "/admin/users/" + p.ID }

// everywhere counts the browsers that will be signed out, when there are any.
func (p UserAction) everywhere() string {
	if p.Sessions == 0 {
		return ""
	}
	return " of " + count(p.Sessions, "browser")
}

func (p UserLink) who() string {
	if p.Name != "" {
		return p.Name
	}
	return p.Username
}

func (p UserLink) heading() string {
	switch {
	case p.Invitation:
		return "Invitation for " + p.who()
	case p.NewPhone:
		return "New phone for " + p.who()
	}
	return "Password link for " + p.who()
}
