package views

import (
	"context"
	"io"
	"strconv"
	"strings"
	"time"
)

// GroupPage is a group and its members, GET /admin/groups/{name}. Its forms are POST
// /admin/groups/{name}/members with user (many), action and version.
type GroupPage struct {
	Frame
	Group Group
	// Rows are the members of this page.
	Rows           []GroupMember
	Previous, Next string
	// Typed is what was typed into the form.
	Typed string
}

// GroupMember is a user who is in a group, or is meant to be.
type GroupMember struct {
	User UserRow
	// Since is when the user came in, and By who put them there; zero for somebody who is not in.
	Since time.Time
	By    string
}

func memberID(row int) string { return "member-" + strconv.Itoa(row+1) }

// lead says how many members there are, and what they can open.
func (p GroupPage) lead() Said {
	switch g := p.Group; {
	case g.Members == 0 && g.OpensTotal == 0:
		return Say("Nobody is in this group yet. No application lists it.")
	case g.Members == 0:
		return Say("Nobody is in this group yet. Its members could open ", g.links(), ".")
	case g.OpensTotal == 0:
		return Say(count(g.Members, "member"), ". No application lists this group.")
	default:
		return Say(count(g.Members, "member"), ", who can open ", g.links(), ".")
	}
}

// links name the applications, with ways to them.
func (g Group) links() (s Said) {
	for i, a := range g.Opens {
		switch {
		case i == 0:
		case i == len(g.Opens)-1 && g.OpensTotal == len(g.Opens):
			s = append(s, Piece{Text: " and "})
		default:
			s = append(s, Piece{Text: ", "})
		}
		s = append(s, Piece{Text: a.Name, Href: a.path("")})
		if a.Disabled {
			s = append(s, Piece{Text: " (disabled)"})
		}
	}
	if more := g.OpensTotal - len(g.Opens); more > 0 {
		s = append(s, Piece{Text: " and "}, Piece{Text: oneOr(more, "1 more", thousands(more)+" more"), Href: ApplicationFilter{Group: g.Name}.Path()})
	}
	return s
}

func (g Group) opens() string {
	names := make([]string, len(g.Opens))
	for i, a := range g.Opens {
		if names[i] = a.Name; a.Disabled {
			names[i] += " (disabled)"
		}
	}
	return few(names, g.OpensTotal, "Nothing yet")
}

// closing says what becomes of applications that list the group once it is deleted; nil for nothing.
func (g Group) closing() Said {
	if g.OpensTotal == 0 {
		return nil
	}
	s := Say(g.links(), oneOr(g.OpensTotal, " lists it. Whoever can open it", " list it. Whoever can open them"), " only because of this group no longer can.")
	switch {
	case g.OnlyThrough == 0:
	case g.OpensTotal == 1:
		s = Say(s, " It lists no other group, so nobody can open it then.")
	default:
		s = Say(s, oneOr(g.OnlyThrough, " 1 of them lists no other group, so nobody can open it then.", " "+thousands(g.OnlyThrough)+" of them list no other group, so nobody can open those then."))
	}
	return s
}

func (p GroupPage) caption() string {
	total := count(p.Group.Members, "member")
	if len(p.Rows) < p.Group.Members {
		total = thousands(len(p.Rows)) + " of " + total
	}
	return total + ", sorted by name"
}

// all are the members on the list of users, ticked there, where actions reach all of them.
func (g Group) all() string { return UserFilter{Group: g.Name, Select: "all"}.Path() }

// deleting says what deleting the group does.
func (g Group) deleting() string {
	switch g.Members {
	case 0:
		return "Nobody is in it."
	case 1:
		return "1 person loses it. Nobody’s account is deleted."
	}
	return thousands(g.Members) + " people lose it. Nobody’s account is deleted."
}

// alsoLost says behind what deleting does that applications list the group.
func (p GroupPage) alsoLost() string {
	if n := p.Group.OpensTotal; n > 0 {
		return " " + oneOr(n, "1 application lists it.", thousands(n)+" applications list it.")
	}
	return ""
}

// Render draws the page.
func (p GroupPage) Render(ctx context.Context, w io.Writer) error {
	return p.page(p.Group.title(), p.body()).Render(ctx, w)
}

// GroupReview shows who is meant before anybody is put into a group or taken out, POST
// /admin/groups/{name}/members. Fields: user (many) action confirm version.
type GroupReview struct {
	Frame
	Group Group
	// Remove says that people are taken out.
	Remove bool
	// Chosen are those for whom something changes, Same those for whom nothing does.
	Chosen, Same []GroupMember
	// Unknown are lines that are no user; Binned those that are users in the recycle bin.
	Unknown, Binned []string
}

func (p GroupReview) heading() string {
	if p.Remove {
		return "Remove from " + p.Group.title()
	}
	return "Add to " + p.Group.title()
}

func (p GroupReview) button() string {
	people := oneOr(len(p.Chosen), "1 person", thousands(len(p.Chosen))+" people")
	if p.Remove {
		return "Remove " + people
	}
	return "Add " + people
}

func (p GroupReview) action() string {
	if p.Remove {
		return "remove"
	}
	return "add"
}

func (p GroupReview) same() string {
	words := "already in the group."
	if p.Remove {
		words = "not in the group."
	}
	var names []string
	for _, m := range p.Same {
		names = append(names, m.User.shown())
	}
	return oneOr(len(names), names[0]+" is ", listed(names)+" are ") + words
}

// listed puts names into a sentence.
func listed(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// Render draws the page.
func (p GroupReview) Render(ctx context.Context, w io.Writer) error {
	return p.page(p.heading(), p.body()).Render(ctx, w)
}

// GroupDelete asks before a group is deleted, GET and POST /admin/groups/{name}/delete.
// Field: version.
type GroupDelete struct {
	Frame
	Group Group
}

// Render draws the page.
func (p GroupDelete) Render(ctx context.Context, w io.Writer) error {
	return p.page("Delete "+p.Group.title(), p.body()).Render(ctx, w)
}
