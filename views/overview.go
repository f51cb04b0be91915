package views

import (
	"context"
	"io"
	"time"
)

// AdminOverview is GET /admin.
type AdminOverview struct {
	Frame
	Tiles []Tile
	// Days are the sign-ins of the last days, oldest first; none shows Checklist instead.
	Days []Day
	// Attention lists what an administrator should look at; none hides the section.
	Attention []Notice
	Recent    []Event
	// Checklist is what is left to set up on a new instance.
	Checklist []Task
}

// Tile is one number that leads to the list behind it.
type Tile struct {
	Label string
	Count int
	// Note is a few words below, for example "22% of active users"; may be empty.
	Note string
	Href string
}

// Day is one pair of bars. Date is midnight UTC.
type Day struct {
	Date              time.Time
	Succeeded, Failed int
}

// Notice is a sentence that wants attention, with an optional address to act on it.
type Notice struct {
	Text        string
	Href, Words string
}

// Task is a line of the setup checklist.
type Task struct {
	Text string
	Href string
	Done bool
}

// Render draws the page.
func (p AdminOverview) Render(ctx context.Context, w io.Writer) error {
	return p.page("Overview", p.body()).Render(ctx, w)
}
