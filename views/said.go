package views

import (
	"context"
	"io"
	"time"

	"github.com/a-h/templ"
)

// Said is a sentence with times in it. Each reader gets them in one zone.
type Said []Piece

// Piece is text, perhaps a link, or a time.
type Piece struct {
	Text string
	// Href makes the text a link; empty for none.
	Href string
	// Day is shown as a day, At to the minute.
	Day, At time.Time
}

// Say makes a sentence of texts, links, days, points in time and sentences.
func Say(pieces ...any) Said {
	var s Said
	for _, p := range pieces {
		switch p := p.(type) {
		case string:
			s = append(s, Piece{Text: p})
		case Link:
			s = append(s, Piece{Text: p.Words, Href: p.Href})
		case OnlyDay:
			s = append(s, Piece{Day: time.Time(p)})
		case time.Time:
			s = append(s, Piece{At: p})
		case Said:
			s = append(s, p...)
		}
	}
	return s
}

// OnlyDay is a point in time of which only the day is said.
type OnlyDay time.Time

// Render draws the sentence. It is written by hand because a template puts line breaks
// between pieces, which would stand in front of full stops.
func (s Said) Render(ctx context.Context, w io.Writer) error {
	for _, p := range s {
		var err error
		switch {
		case !p.Day.IsZero():
			err = dayOf(p.Day).Render(ctx, w)
		case !p.At.IsZero():
			err = moment(p.At).Render(ctx, w)
		case p.Href != "":
			err = p.link().Render(ctx, w)
		default:
			_, err = io.WriteString(w, templ.EscapeString(p.Text))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
