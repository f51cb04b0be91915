package views

import "time"

// UserApplication is an application that a user has access to.
type UserApplication struct {
	Slug, Name, Why string
	Disabled        bool
	// Opened is since when it is open in one of their browsers, zero for in none.
	Opened time.Time
}

func (a UserApplication) path() string { return Application{Slug: a.Slug}.path("") }

// because is why they have access to it.
func (a UserApplication) because() string {
	switch {
	case a.Disabled:
		return a.Why + " · disabled, so nobody can open it"
	case a.Opened.IsZero():
		return a.Why
	}
	return a.Why + " · signed in "
}

// appsNote says how many there are beside those that are shown, "" if there are no others.
func (p UserPage) appsNote() string {
	if p.AppsTotal > len(p.Applications) {
		return "The first " + thousands(len(p.Applications)) + " of " + thousands(p.AppsTotal) + "."
	}
	return ""
}

// open names the applications that are open in a browser.
func (s Session) open() string { return "Open: " + few(s.Open, len(s.Open), "") }
