package streams

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/store"
	"latchkey/internal/stream"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/internal/web/present"
	"latchkey/views"
)

const (
	// deadShown is how many refused events stand on the page of a stream, deadPage on a page of
	// their own.
	deadShown = 10
	deadPage  = 50
)

func showOne(v *web.Visitor) error {
	s, err := chosen(v)
	if err != nil {
		return err
	}
	if key, mine := strings.CutPrefix(v.TakeOnce(), s.ID+" "); mine {
		return showKey(v, s, key)
	}
	page := views.StreamPage{
		Partition: s.Partition, Lean: s.Lean, Events: kindsOf(s), KeyMark: s.KeyMark, KeyAt: s.KeyAt, OldKeyUntil: oldKeyUntil(v, s),
		Created: s.Created, Sent: int(s.Sent), Readable: s.Kind != stream.Webhook,
	}
	if page.Stream, err = shown(v, s); err != nil {
		return err
	}
	if err := addCounts(v, s, &page); err != nil {
		return err
	}
	tries, err := v.DB.StreamFailures(s.ID)
	if err != nil {
		return err
	}
	for _, t := range tries {
		page.Tries = append(page.Tries, views.StreamTry{At: t.At, Answer: t.Answer})
	}
	if page.DeadLetters, err = letters(v, s.ID, 0, deadShown); err != nil {
		return err
	}
	page.Frame = v.Frame(nil)
	return v.Render(page)
}

// addCounts adds what was delivered when, and how much was not.
func addCounts(v *web.Visitor, s store.Stream, page *views.StreamPage) error {
	days, err := v.DB.StreamSent(s.ID, 24*time.Hour, v.Now, 2)
	if err != nil {
		return err
	}
	page.Today, page.Yesterday = int(days[0]), int(days[1])
	minutes, err := v.DB.StreamSent(s.ID, time.Minute, v.Now, 60)
	if err != nil {
		return err
	}
	for i, n := range minutes {
		page.Hour += int(n)
		if i < int(rateOver/time.Minute) {
			page.Lately += int(n)
		}
	}
	dead, err := v.DB.CountDeadLetters()
	page.Dead = dead[s.ID]
	return err
}

// oldKeyUntil is until when the key before the present one signs as well; zero if it does not.
func oldKeyUntil(v *web.Visitor, s store.Stream) time.Time {
	if v.Now.Before(s.OldKeyUntil) {
		return s.OldKeyUntil
	}
	return time.Time{}
}

// kindsOf are the kinds of event that a stream sends, in words; none is all.
func kindsOf(s store.Stream) (all []string) {
	for _, name := range strings.Fields(s.Events) {
		all = append(all, audit.Words(audit.Event(name)))
	}
	return all
}

// showKey shows a signing key that has just been made, this once.
func showKey(v *web.Visitor, s store.Stream, key string) error {
	page := views.StreamKey{Frame: v.Frame(nil), Stream: views.Stream{ID: s.ID, Name: s.Name, Address: s.Address}, Key: key, OldKeyUntil: oldKeyUntil(v, s)}
	v.PreventBackCache()
	return v.Render(page)
}

// letters are events that a stream has set aside, the newest first.
func letters(v *web.Visitor, id string, before int64, limit int) ([]views.DeadLetter, error) {
	all, err := v.DB.DeadLetters(id, before, limit)
	if err != nil {
		return nil, err
	}
	entries := make([]audit.Entry, len(all))
	for i, d := range all {
		entries[i] = d.Entry
	}
	shown := make([]views.DeadLetter, len(all))
	for i, e := range present.Events(entries) {
		shown[i] = views.DeadLetter{Event: e, Answer: all[i].Answer, At: all[i].At, Gone: all[i].Entry.Event == ""}
	}
	return shown, nil
}

func showDead(v *web.Visitor) error {
	s, err := chosen(v)
	if err != nil {
		return err
	}
	sent, err := v.Filters("before")
	if err != nil {
		return err
	}
	in := forms.Filters{Sent: sent}
	before := in.Positive("before")
	if in.Bad {
		return in.Mistake()
	}
	var page views.DeadLetters
	if page.Stream, err = shown(v, s); err != nil {
		return err
	}
	dead, err := v.DB.CountDeadLetters()
	if err != nil {
		return err
	}
	page.Dead = dead[s.ID]
	if page.Letters, err = letters(v, s.ID, before, deadPage+1); err != nil {
		return err
	}
	if len(page.Letters) > deadPage {
		page.Letters = slices.Clip(page.Letters[:deadPage])
		page.Older = path(s.ID) + "/dead?before=" + strconv.FormatInt(page.Letters[deadPage-1].Event.Seq, 10)
	}
	page.Frame = v.Frame(nil)
	return v.Render(page)
}
