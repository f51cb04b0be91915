package explain

import (
	"strings"
	"time"
)

// Said is a sentence with times in it. A page shows each reader the times in their zone,
// a command in UTC.
type Said []Piece

// Piece is text, perhaps a link, or a time.
type Piece struct {
	Text string
	// Href makes the text a link; empty for none.
	Href string
	// Day is shown as a day, At to the minute.
	Day, At time.Time
}

// Link is a name that leads to a page; an empty Href leads nowhere.
type Link struct{ Href, Words string }

// Day is a point in time of which only the day is said.
type Day time.Time

// Say makes a sentence of texts, links, days, points in time and sentences.
func Say(pieces ...any) Said {
	var s Said
	for _, p := range pieces {
		switch p := p.(type) {
		case string:
			s = append(s, Piece{Text: p})
		case Link:
			s = append(s, Piece{Text: p.Words, Href: p.Href})
		case Day:
			s = append(s, Piece{Day: time.Time(p)})
		case time.Time:
			s = append(s, Piece{At: p})
		case Said:
			s = append(s, p...)
		}
	}
	return s
}

// String is the sentence as a command prints it, in UTC.
func (s Said) String() string {
	var text strings.Builder
	for _, p := range s {
		switch {
		case !p.Day.IsZero():
			text.WriteString(p.Day.UTC().Format("2 January 2006"))
		case !p.At.IsZero():
			text.WriteString(p.At.UTC().Format("2 Jan 2006, 15:04 UTC"))
		default:
			text.WriteString(p.Text)
		}
	}
	return text.String()
}
