// Package streams is the pages on which administrators send the audit log on to other systems
// and see how that goes. What a stream is and does is decided in package stream.
package streams

import (
	"strings"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/internal/web/route"
	"latchkey/views"
)

const (
	listPath = views.StreamsPath
	newPath  = listPath + "/new"
	onePath  = listPath + "/:id"
)

// Mount adds the routes.
func Mount(s *web.Site) {
	room := &asking{of: map[string]int{}}
	s.Get(listPath, route.Administrator, showList)
	s.Get(newPath, route.Administrator, showNew)
	s.Post(newPath, route.Administrator, submitNew)
	s.Get(onePath, route.Administrator, showOne)
	s.Get(onePath+"/edit", route.Administrator, showEdit)
	s.Post(onePath+"/edit", route.Administrator, submitEdit)
	for _, a := range acts() {
		if a.asks {
			s.Get(onePath+"/"+a.name, route.Administrator, a.show)
		}
		submit := a.submit
		if !a.asks { // nobody is asked first: it asks the other side
			submit = room.bounded(submit)
		}
		s.Post(onePath+"/"+a.name, route.Administrator, submit)
	}
	s.Get(onePath+"/check", route.Administrator, room.bounded(showCheck))
	s.Get(onePath+"/dead", route.Administrator, showDead)
	s.Post(onePath+"/again", route.Administrator, room.bounded(submitAllAgain))
	s.Post(onePath+"/again/:seq", route.Administrator, room.bounded(submitAgain))
}

// path is the page of a stream.
func path(id string) string { return listPath + "/" + id }

func showList(v *web.Visitor) error {
	all, err := v.DB.Streams()
	if err != nil {
		return err
	}
	dead, err := v.DB.CountDeadLetters()
	if err != nil {
		return err
	}
	lately, err := v.DB.StreamRates(v.Now, rateOver)
	if err != nil {
		return err
	}
	page := views.Streams{Rows: make([]views.Stream, len(all))}
	for i, s := range all {
		if page.Rows[i], err = shown(v, s); err != nil {
			return err
		}
		page.Rows[i].Dead, page.Rows[i].Lately = dead[s.ID], lately[s.ID]
	}
	page.Frame = v.Frame(nil)
	return v.Render(page)
}

// rateOver is the time from whose deliveries the rate is worked out.
const rateOver = 10 * time.Minute

// shown is how a stream does, without what is counted for all streams at once.
func shown(v *web.Visitor, s store.Stream) (views.Stream, error) {
	row := views.Stream{
		ID: s.ID, Name: s.Name, Kind: s.Kind, Address: s.Address, State: string(s.State), By: s.StateBy, For: v.Now.Sub(s.StateAt),
		Chosen: len(strings.Fields(s.Events)), Kinds: len(audit.Events()), Failing: s.Failures, Next: s.Next,
		Answer: s.Answer, Answered: s.Answered, AnswerIn: s.AnswerIn, Delivered: s.SentAt, DeliveredFor: v.Now.Sub(s.SentAt), Missed: int(s.Missed),
	}
	if s.Failures > 0 {
		row.FailingFor = v.Now.Sub(s.FailingSince)
	}
	rows, oldest, err := v.DB.LagOf(s.Cursor)
	if rows > 0 {
		row.Behind, row.BehindFor = int(rows), max(0, v.Now.Sub(oldest.At))
	}
	return row, err
}

// chosen is the stream of the route.
func chosen(v *web.Visitor) (store.Stream, error) { return v.DB.Stream(v.Param("id")) }
