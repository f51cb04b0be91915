package streams

import (
	"context"
	"errors"
	"strconv"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/stream"
	"latchkey/internal/stream/delivery"
	"latchkey/internal/stream/event"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/views"
)

const (
	// checkMost is how many events a page reads back and compares, 20,000. latchkey events check
	// has no such bound.
	//
	//limit:people Events that the page of a stream compares
	checkMost = 20_000
	// checkFor is how long that may take, 20 seconds: less than an answer of the web server
	// may.
	checkFor = 20 * time.Second
	// nameShown bounds a name out of an event that arrived, in runes.
	nameShown = 60
	// sentenceShown bounds what is told of it, in runes.
	sentenceShown = 200
)

// Where a check may begin.
const (
	fromHour     = "hour"
	fromDay      = "day"
	fromSequence = "sequence"
)

// showCheck compares what arrived with what was sent. It is a GET, but its work is done only for
// somebody who asked for it.
func showCheck(v *web.Visitor) error {
	s, err := chosen(v)
	if err != nil {
		return err
	}
	if s.Kind == stream.Webhook { // nothing can be read back
		return v.Redirect(path(s.ID))
	}
	page := views.StreamCheck{Most: checkMost}
	if page.Stream, err = shown(v, s); err != nil {
		return err
	}
	from, err := checkFrom(v, &page)
	if err != nil {
		page.Frame = v.Frame(err)
		return v.Reject(err, page)
	}
	switch {
	case s.Sent == 0: // there may be no file yet
		page.Done = true
	case v.Meant():
		if err := compare(v, s, from, &page); err != nil {
			return err
		}
	}
	page.Frame = v.Frame(nil)
	return v.Render(page)
}

// checkFrom reads where the check is to begin.
func checkFrom(v *web.Visitor, page *views.StreamCheck) (p delivery.Position, err error) {
	sent, err := v.Filters("from", "sequence")
	if err != nil {
		return p, err
	}
	in := forms.Filters{Sent: sent}
	page.From, page.Sequence = in.OneOf("from", fromHour, fromDay, fromSequence), sent["sequence"]
	if in.Bad {
		return p, in.Mistake()
	}
	if page.From == "" {
		if page.From = fromHour; page.Sequence != "" {
			page.From = fromSequence
		}
	}
	switch page.From {
	case fromDay:
		return stream.Since(v.Now, 24*time.Hour), nil
	case fromSequence:
		n, err := strconv.ParseInt(page.Sequence, 10, 64)
		if err != nil || n < 0 {
			return p, problem.Field("sequence", "Enter a sequence number, such as 0 or 1042")
		}
		return delivery.Position{Origin: delivery.Sequence, Sequence: n}, nil
	}
	return stream.Since(v.Now, time.Hour), nil
}

// compare asks the other side, and says on the page what came of it. The error is one of ours.
func compare(v *web.Visitor, s store.Stream, from delivery.Position, page *views.StreamCheck) error {
	ctx, cancel := context.WithTimeout(v.Context(), checkFor)
	defer cancel()
	f, err := stream.Check(ctx, v.Instance, s, delivery.Query{From: from}, checkMost, nil)
	switch {
	case v.Context().Err() != nil:
		return v.Context().Err()
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		page.Trouble = "Reading back took more than 20 seconds. Ask for less, or run latchkey events check on the server."
		return nil
	case err != nil:
		page.Trouble = audit.CleanText(err.Error(), 300)
		return nil
	}
	page.Done, page.LaterThanAsked, page.CutOff = true, f.LaterThanAsked, f.CutOff
	page.Sent, page.Arrived, page.SetAside, page.Foreign = int(f.Expected), int(f.Arrived), int(f.SetAside), int(f.Foreign)
	page.Missing, page.Doubled, page.Disordered = int(f.Counts[stream.Missing]), int(f.Counts[stream.Doubled]), int(f.Counts[stream.Disordered])
	page.Altered, page.Unknown = int(f.Counts[stream.Altered]), int(f.Counts[stream.Unknown])
	page.Examples, page.Last = arrivals(s, f.Examples), arrivals(s, f.Last)
	return nil
}

// sentence tells an event as the audit log does, as far as it went along: without the details of a
// lean one.
func sentence(e event.Event) string {
	row, err := e.Row()
	if err != nil {
		row.Event, row.Result = audit.Event(e.Data.Event), audit.Result(e.Data.Result)
		row.ActorID, row.ActorName, row.SubjectID, row.SubjectName = e.Data.Actor.ID, e.Data.Actor.Name, e.Data.Subject.ID, e.Data.Subject.Name
	}
	if details, err := audit.DecodeDetails(row.Text); err == nil {
		row.Details = details
	}
	return audit.Sentence(row.Entry)
}

// arrivals puts what arrived into words. It is text of another system, which may have been altered
// there.
func arrivals(s store.Stream, all []stream.Arrival) []views.StreamArrival {
	shown := make([]views.StreamArrival, len(all))
	for i, a := range all {
		d := a.Event.Data
		shown[i] = views.StreamArrival{
			Seq: d.Seq, Words: audit.CleanText(sentence(a.Event), sentenceShown), Who: audit.CleanText(d.Actor.Name, nameShown),
			Verdict: string(a.Verdict), Partition: audit.CleanText(a.Partition, nameShown), Sequence: a.Sequence, At: a.Enqueued,
		}
		if s.Kind == stream.File {
			shown[i].Partition = ""
		}
		if d.Subject.ID != d.Actor.ID {
			shown[i].OnWhom = audit.CleanText(d.Subject.Name, nameShown)
		}
	}
	return shown
}
