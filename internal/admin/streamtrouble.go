package admin

import (
	"time"

	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/views"
)

// aboutStreams is about event streams that were given up, that their other side has paused, and
// that are late.
func aboutStreams(v *web.Visitor) (found []views.Attention, err error) {
	all, err := v.DB.Streams()
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		words, err := streamTrouble(v, s)
		if err != nil {
			return nil, err
		}
		if words != "" {
			found = append(found, views.Attention{Text: "The event stream " + s.Name + " " + words, Href: views.StreamsPath + "/" + s.ID, Words: "Open the stream"})
		}
	}
	return found, nil
}

// streamTrouble says what is wrong with a stream, behind its name; "" for nothing. Who paused a
// stream knows that it waits.
func streamTrouble(v *web.Visitor, s store.Stream) (string, error) {
	switch {
	case s.State == store.StreamFailed:
		return "has failed. Its events wait in the audit log until it is resumed.", nil
	case s.State == store.StreamPaused && s.StateBy == "":
		return "has been paused, because the other side wants no more events.", nil
	case s.State == store.StreamPaused:
		return "", nil
	case s.Failures > 0 && v.Now.Sub(s.FailingSince) > views.StreamLate:
		return "has not got through for " + views.Span(v.Now.Sub(s.FailingSince)) + ".", nil
	}
	rows, oldest, err := v.DB.LagOf(s.Cursor)
	late := v.Now.Sub(oldest.At).Truncate(time.Second)
	if err != nil || rows == 0 || late <= views.StreamLate {
		return "", err
	}
	return "is " + views.Span(late) + " behind.", nil
}
