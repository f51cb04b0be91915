package views

import (
	"context"
	"io"
	"math"
	"net/url"
	"strconv"
	"time"
)

// RequestWordsPath is the page of what people ask for help with.
const RequestWordsPath = "/admin/requests/words"

// usualDays is how many days are counted where none are named.
const usualDays = 30

// RequestWord is how many requests have a word.
type RequestWord struct {
	Word string
	// Requests is how many of the period, Before how many of the one before it.
	Requests, Before int
}

// RequestWords is GET /admin/requests/words.
type RequestWords struct {
	Frame
	// Days is the length of the period, from From to To; Periods are those that there are.
	Days     int
	Periods  []int
	From, To time.Time
	// Requests is how many requests there were, Before how many in as many days before; from Least
	// requests on their words are shown.
	Requests, Before, Least int
	// Top are the most frequent words, Rising those that come up more often than before.
	Top, Rising []RequestWord
	// Clock is there if words about clocks or codes rise.
	Clock *ClockHint
}

// ClockHint says what is known about the clocks on which codes depend.
type ClockHint struct {
	// Word is the one that rises.
	Word string
	// Warnings say what is wrong with the server's clock; none if nothing is known to be.
	Warnings []string
}

// RequestsWith is GET /admin/requests with a word: the requests that have it.
type RequestsWith struct {
	Frame
	Word  string
	Days  int
	Total int
	// Rows are the newest first. Older is the address of the next page, First that of the first one;
	// empty on the last page and on the first.
	Rows         []Request
	Older, First string
}

// WordPath is the address of the requests of a period that have a word.
func WordPath(word string, days int) string {
	q := url.Values{"word": {word}}
	if days != usualDays {
		q.Set("days", strconv.Itoa(days))
	}
	return "/admin/requests?" + q.Encode()
}

func daysPath(path string, days int) string { return path + "?days=" + strconv.Itoa(days) }

func (p RequestWords) howMany() string {
	if p.Requests == 0 {
		return "There were no requests"
	}
	return Amount(p.Requests, "There was 1 request", "There were %d requests")
}

func (p RequestWords) enough() bool { return p.Requests >= p.Least }

// chart is the one of the page.
func (p RequestWords) chart() WordChart {
	c := WordChart{Title: p.heading() + " in requests, last " + count(p.Days, "day")}
	for _, w := range p.Top {
		c.Bars = append(c.Bars, Bar{w.Word, w.Requests})
	}
	return c
}

// heading is "Ten most frequent words", or with as many as there are.
func (p RequestWords) heading() string {
	if len(p.Top) == 1 {
		return "Most frequent word"
	}
	return capital(small(len(p.Top))) + " most frequent words"
}

// risingWords begins the list of rising words.
func (p RequestWords) risingWords() string {
	verb := " words come"
	if len(p.Rising) == 1 {
		verb = " word comes"
	}
	return capital(small(len(p.Rising))) + verb + " up more often than in the " + count(p.Days, "day") + " before:"
}

// share is n of all as people write it.
func share(n, all int) string {
	if all == 0 {
		return "0%"
	}
	percent := 100 * float64(n) / float64(all)
	if n > 0 && percent < 1 {
		return "less than 1%"
	}
	return strconv.Itoa(int(math.Round(percent))) + "%"
}

// rise is "rose from 2% to 18% of requests".
func (p RequestWords) rise(w RequestWord) string {
	return "rose from " + share(w.Before, p.Before) + " to " + share(w.Requests, p.Requests) + " of requests"
}

// change is the difference with its sign.
func (w RequestWord) change() string {
	switch n := w.Requests - w.Before; {
	case n > 0:
		return "+" + thousands(n)
	case n < 0:
		return "−" + thousands(-n)
	}
	return "0"
}

// small writes numbers up to ten as words.
func small(n int) string {
	if n > 10 {
		return thousands(n)
	}
	return [...]string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"}[n]
}

func (p RequestsWith) heading() string { return "Requests with the word “" + p.Word + "”" }

// Render draws the page.
func (p RequestWords) Render(ctx context.Context, w io.Writer) error {
	return p.page("What people ask for help with", p.body()).Render(ctx, w)
}

// Render draws the page.
func (p RequestsWith) Render(ctx context.Context, w io.Writer) error {
	return p.page(p.heading(), p.body()).Render(ctx, w)
}
