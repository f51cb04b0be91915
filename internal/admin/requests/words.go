package requests

import (
	"io"
	"strconv"
	"strings"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/requestwords"
	"latchkey/internal/store"
	"latchkey/internal/terms"
	"latchkey/internal/userexport"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/views"
)

const (
	// barsShown is how many words stand on the page.
	barsShown = 10
	// wordsExported is how many are in the file: 100. Each is looked for among the names of all users.
	wordsExported = 100
	// usualDays is the period where none is named.
	usualDays = 30
)

// words are the pages about what people ask for help with.
type words struct{ *requestwords.Words }

// readDays returns the period that the address names.
func readDays(in *forms.Filters) int {
	var choices []string
	for _, d := range requestwords.Periods {
		choices = append(choices, strconv.Itoa(d))
	}
	days, err := strconv.Atoi(in.OneOf("days", choices...))
	if err != nil {
		return usualDays // none is named, or the address is refused
	}
	return days
}

func (w words) ask(v *web.Visitor, most int) (s requestwords.Summary, err error) {
	sent, err := v.Filters("days")
	if err != nil {
		return s, err
	}
	in := forms.Filters{Sent: sent}
	days := readDays(&in)
	if in.Bad {
		return s, in.Mistake()
	}
	return w.Summary(v.Context(), v.Now, days, most)
}

func (w words) show(v *web.Visitor) error {
	s, err := w.ask(v, barsShown)
	if err != nil {
		return err
	}
	page := views.RequestWords{
		Frame: v.Frame(nil), Days: s.Days, Periods: requestwords.Periods, From: s.From, To: s.To, Requests: s.Requests, Before: s.Before, Least: requestwords.MinRequests,
		Top: shownWords(s.Top), Rising: shownWords(s.Rising),
	}
	if page.Clock, err = clockHint(v, s.Rising); err != nil {
		return err
	}
	return v.Render(page)
}

func shownWords(all []requestwords.Word) []views.RequestWord {
	out := make([]views.RequestWord, len(all))
	for i, w := range all {
		out[i] = views.RequestWord{Word: w.Word, Requests: w.Requests, Before: w.Before}
	}
	return out
}

// clockHint says what is known about the server's clock if a word about clocks or codes rises.
func clockHint(v *web.Visitor, rising []requestwords.Word) (*views.ClockHint, error) {
	for _, w := range rising {
		if requestwords.AboutClock(w.Word) {
			warnings, err := v.ClockWarnings()
			return &views.ClockHint{Word: w.Word, Warnings: warnings}, err
		}
	}
	return nil, nil
}

// export answers with the words as a file, as the other exports do: after a fresh proof (AC-06).
func (w words) export(v *web.Visitor) error {
	if err := v.NeedFresh(); err != nil {
		return err
	}
	s, err := w.ask(v, wordsExported)
	if err != nil {
		return err
	}
	x := userexport.Export{DB: v.DB, Format: "csv", Audit: v.Audit("", audit.ResultOK)}
	return v.Download(x.ContentType(), x.FileName("words"), func(file io.Writer) error { return x.Words(v.Context(), file, s) })
}

// showWith shows the requests that have a word.
func (w words) showWith(v *web.Visitor, in *forms.Filters) error {
	typed, days := in.Text("word"), readDays(in)
	before, ok := readPlace(in.Key("after"))
	if !ok {
		in.Refuse("The place in the list in this page’s address does not exist.")
	}
	if in.Bad {
		return in.Mistake()
	}
	page := views.RequestsWith{Word: typed, Days: days, Frame: v.Frame(nil)}
	found, total, err := w.Requests(v.Context(), v.Now, only(typed), days, before, requestPage+1)
	if err != nil {
		return err
	}
	page.Total = total
	if before != (requestwords.Found{}) {
		page.First = views.WordPath(typed, days)
	}
	if len(found) > requestPage {
		found = found[:requestPage]
		last := found[requestPage-1]
		page.Older = views.WordPath(typed, days) + "&after=" + strconv.FormatInt(last.Made.UnixMilli(), 10) + "-" + last.ID
	}
	if page.Rows, err = rowsOf(v, found); err != nil {
		return err
	}
	return v.Render(page)
}

// only is the word that somebody typed, as words are counted; "" if it is none or several.
func only(typed string) string {
	word := ""
	for w := range terms.Words(typed) {
		if word != "" {
			return ""
		}
		word = w
	}
	return word
}

// readPlace reads where a page of requests begins, which is behind the last one of the page before.
func readPlace(text string) (f requestwords.Found, ok bool) {
	if text == "" {
		return f, true
	}
	made, id, _ := strings.Cut(text, "-")
	ms, err := strconv.ParseInt(made, 10, 64)
	return requestwords.Found{Made: time.UnixMilli(ms), ID: id}, err == nil && ms > 0 && id != ""
}

// rowsOf reads the requests of a page. One that was deleted meanwhile is left out.
func rowsOf(v *web.Visitor, found []requestwords.Found) (rows []views.Request, err error) {
	for _, f := range found {
		row, err := rowOf(v, f)
		if problem.Is(err, problem.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func rowOf(v *web.Visitor, f requestwords.Found) (views.Request, error) {
	gone := problem.New(problem.NotFound, "")
	if f.Approval {
		var q store.Approval
		q, ok, err := v.DB.Approval(f.ID)
		if err == nil && !ok {
			err = gone
		}
		return approvalRow(q), err
	}
	q, ok, err := v.DB.Request(f.ID)
	if err == nil && !ok {
		err = gone
	}
	return requestRow(q), err
}

// list shows the requests that have a word, if the address names one, and else all of them.
func (w words) list(v *web.Visitor) error {
	sent, err := v.Filters("word", "days", "after")
	switch {
	case err != nil: // other filters, or none of ours
		return showRequests(v)
	case strings.TrimSpace(sent["word"]) != "":
		return w.showWith(v, &forms.Filters{Sent: sent})
	case sent["after"] == "" && !v.IsAt("/admin/requests"): // no word was typed
		return v.Redirect("/admin/requests")
	}
	return showRequests(v)
}
