package views

import (
	"context"
	"io"
	"slices"
	"strconv"
	"time"
)

// ApplicationPage is one application, GET /admin/applications/{slug}. Its forms are POST
// /admin/applications/{slug}/sessions/{id}/end without fields.
type ApplicationPage struct {
	Frame
	Application Application
	Public      []string
	// Start is the address at which people begin.
	Start        string
	ProofMinutes int
	// Openers are those who have access, of Everybody; Open those who have it open now.
	Openers, Everybody, Open People
	// Snippets are configurations of proxies.
	Snippets []Snippet
	// Asked is when the proxy before it last asked, and AskedFrom from where; zero for never.
	Asked     time.Time
	AskedFrom string
	// First are a few who may open it.
	First []Opener
	// Sessions are where it is open now, those of this page; Newest and Older are addresses of others.
	Sessions      []OpenSession
	Newest, Older string
}

// Snippet is the configuration of one proxy for one application.
type Snippet struct {
	// ID is a word for its place on the page, Proxy its name.
	ID, Proxy string
	// Note stands above the text, "" for nothing.
	Note, Text string
}

// Opener is a user who may open an application, and because of what.
type Opener struct {
	User UserRow
	Why  string
}

// OpenSession is an application that somebody has open in one browser.
type OpenSession struct {
	ID            string
	UserID, Name  string
	Browser, Host string
	Opened        time.Time
}

// lead says with numbers who can open it.
func (p ApplicationPage) lead() string {
	name := p.Application.Name
	who := p.can(name)
	if p.Application.Disabled {
		return name + " is disabled, so nobody can open it. Once it is enabled, " + lower(who)
	}
	if p.Open.N == 0 {
		return who + " Nobody has it open now."
	}
	if p.Open.Over {
		return who + " More than " + thousands(p.Open.N) + " have it open now."
	}
	return who + oneOr(p.Open.N, " 1 has it open now.", " "+thousands(p.Open.N)+" have it open now.")
}

// lower begins in the middle of a sentence.
func lower(s string) string { return string(s[0]|0x20) + s[1:] }

// can says who has access, one sentence.
func (p ApplicationPage) can(name string) string {
	all := thousands(p.Everybody.N) + " users"
	switch {
	case p.Everybody.Over:
		all = "more than " + all
	case p.Everybody.N == 1:
		all = "1 user"
	}
	switch {
	case p.Application.Everyone && p.Everybody.Over:
		return "Everyone can open " + name + ": " + all + "."
	case p.Application.Everyone:
		return "Everyone can open " + name + ": " + all + "."
	case len(p.Application.Groups) == 0:
		return "Nobody can open " + name + ": it is open to no group."
	case p.Openers.Over:
		return "More than " + thousands(p.Openers.N) + " of " + all + " can open " + name + "."
	case p.Openers.N == 0:
		return "Nobody can open " + name + ": there is nobody in " + oneOr(len(p.Application.Groups), "its group.", "its groups.")
	}
	return thousands(p.Openers.N) + " of " + all + " can open " + name + "."
}

func (p ApplicationPage) minutes() string {
	return "People confirm who they are again after " + count(p.ProofMinutes, "minute")
}

// firstCaption says how many of those who may open it stand below.
func (p ApplicationPage) firstCaption() string {
	return openersCaption(len(p.First), p.Openers)
}

func openersCaption(shown int, all People) string {
	switch {
	case all.Over:
		return thousands(shown) + " of more than " + thousands(all.N) + " people, sorted by name"
	case shown < all.N:
		return thousands(shown) + " of " + thousands(all.N) + " people, sorted by name"
	}
	return oneOr(shown, "1 person", thousands(shown)+" people, sorted by name")
}

// see leads to all who may open it.
func (p ApplicationPage) see() string {
	switch {
	case p.Openers.Over || p.Openers.N <= len(p.First):
		return "See everybody, or check one person"
	}
	return "See all " + thousands(p.Openers.N) + ", or check one person"
}

func (s OpenSession) note() string { return s.Browser + " · " + s.Host + " · signed in " }

// Render draws the page.
func (p ApplicationPage) Render(ctx context.Context, w io.Writer) error {
	return p.page(p.Application.Name, p.body()).Render(ctx, w)
}

// ApplicationWho says who may open an application and why, GET /admin/applications/{slug}/who.
// Its form is GET with user.
type ApplicationWho struct {
	Frame
	Application Application
	// Asked is the name or address that was typed; Answer, Reason and the fix are about that
	// person, empty before anything was asked.
	Asked         string
	Answer        string
	Good          bool
	Reason        string
	Fix, FixWords string
	// Rows are the people of this page.
	Rows           []Opener
	Openers        People
	Previous, Next string
}

func (p ApplicationWho) heading() string { return "Who can open " + p.Application.Name }

// why is the rule in one sentence.
func (p ApplicationWho) why() Said {
	a := p.Application
	if a.Everyone {
		return Say("It is open to everyone who can sign in here.")
	}
	if len(a.Groups) == 0 {
		return Say("It is open to no group, so nobody can open it.")
	}
	return Say("It is open to ", a.members("members of "), ".")
}

func (p ApplicationWho) kind() string {
	if p.Good {
		return "good"
	}
	return "bad"
}

// Render draws the page.
func (p ApplicationWho) Render(ctx context.Context, w io.Writer) error {
	return p.page(p.heading(), p.body()).Render(ctx, w)
}

func (p ApplicationForm) chose(g Group) bool { return slices.Contains(p.Chosen, g.Name) }

// members names the groups, with ways to them.
func (a Application) members(begin string) Said {
	s := Say(begin)
	for i, g := range a.Groups {
		switch {
		case i == 0:
		case i == len(a.Groups)-1:
			s = append(s, Piece{Text: " or "})
		default:
			s = append(s, Piece{Text: ", "})
		}
		s = append(s, Piece{Text: g.title(), Href: g.path("")})
	}
	return s
}

func groupID(row int) string { return "group-" + strconv.Itoa(row+1) }

func snippetID(s Snippet) string { return "snippet-" + s.ID }

// standing says of somebody who may open an application why they cannot sign in, "" if they can.
func (o Opener) standing() string {
	switch o.User.Status {
	case "disabled":
		return "Disabled, so cannot sign in"
	case "invited", "expired", "uninvited":
		return "Has not signed in yet"
	}
	return ""
}

// appInitials are those of an application: of two words, or the beginning of one.
func appInitials(name, slug string) string {
	letters := initials(name, slug)
	if word := []rune(name); len([]rune(letters)) == 1 && len(word) > 1 && string(word[0]) == letters {
		return string(word[:2])
	}
	return letters
}

func pixels(n int) string { return strconv.Itoa(n) }
