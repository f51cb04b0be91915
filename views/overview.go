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
	// Days are the sign-ins of the last days, oldest first; none hides the chart.
	Days []Day
	// Long says that the chart shows the longer of its two spans.
	Long bool
	// Progress is how far a policy with a deadline is; nil for none.
	Progress *Progress
	// Attention lists what an administrator should look at; none hides the section.
	Attention []Attention
	Recent    []Event
	// Checklist is what should be set up on a new instance; none hides it.
	Checklist []Task
	// Alone says that there is no user but the reader.
	Alone bool
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

// Progress is how many users are still without an authenticator while a deadline runs;
// a number above CountMax means "over CountMax".
type Progress struct {
	Late, All, CountMax int
	// Deadline is its last day, Left the time until it is over.
	Deadline time.Time
	Left     time.Duration
}

// words tells the numbers and the time left.
func (p *Progress) words() string {
	s := counted(p.Late, p.CountMax) + " of " + counted(p.All, p.CountMax) + " still without two-step verification, "
	if p.Left <= 24*time.Hour {
		return s + "today is the last day."
	}
	return s + count(ceil(p.Left, 24*time.Hour), "day") + " left."
}

// Attention is a sentence that wants attention, with an optional address to act on it.
type Attention struct {
	Text        string
	Href, Words string
}

// Task is a line of the setup checklist.
type Task struct {
	Text string
	Href string
	Done bool
	// Item is what POST /admin/checklist calls a line that a person ticks off; empty for
	// one that ticks itself off.
	Item string
}

// Render draws the page.
func (p AdminOverview) Render(ctx context.Context, w io.Writer) error {
	return p.page("Overview", p.body()).Render(ctx, w)
}
