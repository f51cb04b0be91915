package mail

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Facts are what a message tells. What a kind uses is said at the kind; the rest
// may be there and is not shown. Values are cleaned here, so they may be as
// hostile as a request.
type Facts struct {
	// Instance is the name of this installation.
	Instance string
	// BaseURL is the configured public base URL, the only source of a link's host.
	BaseURL string
	// Username is the user it is about: the reader, or for administrators another.
	Username string
	// At is when it happened.
	At time.Time
	// IP and Browser are where it was done. Browser is in words, such as "Firefox on
	// Linux"; what does not look like an address or could be read as a link is left out.
	IP, Browser string
	// Link is where the message leads.
	Link Link
	// NotMe leads to "this was not me".
	NotMe Link
	// Detail is an authenticator's name, a reason, an event in words or a new
	// address, depending on the kind. It is shown in quotation marks and left out
	// if it could be read as a link; an address is shown as it is.
	Detail string
	// What is something that an administrator wants to do, as words that follow "asked to".
	// It comes from our own words and usernames only.
	What string
	// Left is how many recovery codes are left.
	Left int
	// Zone is the time zone that the reader chose; nil is UTC.
	Zone *time.Location
	// Contact is whom to ask for help, on one line; an administrator wrote it. It is told
	// where a message says to ask.
	Contact string
	// Opens is when a request may first be approved.
	Opens time.Time
}

// Link is a way into this site.
type Link struct {
	// Path is the path and perhaps the query, such as /reset/TOKEN, never a whole
	// URL. Empty means that there is no such link.
	Path string
	// Lifetime is how long it works, from Facts.At on; it is told. Zero is for
	// pages that need signing in and do not go stale.
	Lifetime time.Duration
}

// Compose returns the message of kind k. It never fails: a fact that is missing or
// not what it should be leaves its words out. Nothing is said of an unknown kind
// but that something happened, so that a reader still hears of it.
func Compose(k Kind, f Facts) Message {
	w := wordsOf(k)
	fill := strings.NewReplacer(values(f)...)
	m := Message{Kind: k, Instance: f.Instance, Subject: w.subject, Lead: fill.Replace(w.lead)}
	add := func(text, link string) {
		if text != "" {
			m.Paragraphs = append(m.Paragraphs, Paragraph{Text: text, Link: link})
		}
	}
	add(whenWhere(w.place, f), "")
	add(fill.Replace(w.more), "")
	if w.link != "" && f.Link.Path != "" {
		add(fill.Replace(w.link)+works(f.Link, f.At, f.Zone), absolute(f.BaseURL, f.Link.Path))
		m.Until = end(f.Link, f.At)
	}
	switch {
	case w.notMe != "" && f.NotMe.Path != "":
		add(w.notMe+works(f.NotMe, f.At, f.Zone), absolute(f.BaseURL, f.NotMe.Path))
	case w.notMe != "":
		add("If this was not you, tell your administrator.", "")
	}
	add(w.last, "")
	if contact := clean(f.Contact, maxContact); contact != "" && m.asks() {
		add("Contact: "+contact+".", "")
	}
	add(signature(w, f), "")
	return m
}

// maxContact is the room for whom to ask: a name, a telephone number and an address.
const maxContact = 350

// asks reports whether the message sends its reader to an administrator.
func (m Message) asks() bool {
	for _, p := range m.Paragraphs {
		if strings.Contains(p.Text, "ask your administrator") || strings.Contains(p.Text, "tell your administrator") {
			return true
		}
	}
	return strings.Contains(m.Lead, "ask your administrator")
}

// wordsOf returns the row of a kind.
func wordsOf(k Kind) words {
	for _, w := range all() {
		if w.kind == k {
			return w
		}
	}
	return words{kind: k, subject: "Something changed", lead: "Something about {user} changed.", place: onlyWhen}
}

// values returns what stands for the names in braces, cleaned, for a replacer:
// that reads the text once, so a value with braces in it is not filled again.
func values(f Facts) []string {
	app, reason, event, to, what, stream := "An authenticator app", "", "", "", "change how somebody signs in", "An event stream"
	if f.What != "" {
		what = clean(f.What, maxDetail)
	}
	if detail := quoted(f.Detail, maxValue); detail != "" {
		app, stream = "The authenticator app "+detail, "The event stream "+detail
	}
	if detail := quoted(f.Detail, maxDetail); detail != "" {
		reason, event = "Reason: "+detail+".", "It was about "+detail+"."
	}
	if typed := mailbox(f.Detail); typed != "" {
		to = " to " + typed
	}
	browser := plain(f.Browser, maxValue)
	if browser == "" {
		browser = "an unknown browser"
	}
	return []string{
		"{browser}", browser, "{instance}", clean(f.Instance, maxValue), "{user}", username(f.Username),
		"{app}", app, "{reason}", reason, "{what}", what, "{stream}", stream, "{event}", event, "{to}", to,
		"{left}", codesLeft(f.Left), "{opens}", opens(f.Opens, f.Zone),
	}
}

// codesLeft is how many recovery codes are left, in words.
func codesLeft(n int) string {
	switch {
	case n <= 0:
		return "You have no recovery codes left. Make new ones as soon as you can."
	case n == 1:
		return "You have 1 recovery code left. Make new ones soon."
	case n <= 3:
		return fmt.Sprintf("You have %d recovery codes left. Make new ones soon.", n)
	}
	return fmt.Sprintf("You have %d recovery codes left.", n)
}

// opens says when a request may first be approved.
func opens(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return "An administrator can approve the request from " + moment(t, zone) + " on."
}

// whenWhere is the line with time and place, as far as they are known.
func whenWhere(p place, f Facts) string {
	if p == onlyWhen && !f.At.IsZero() {
		return "When: " + moment(f.At, f.Zone) + "."
	}
	var parts []string
	if p == whenAndWhere {
		if !f.At.IsZero() {
			parts = append(parts, moment(f.At, f.Zone))
		}
		if ip := numbers(f.IP); ip != "" {
			parts = append(parts, "from "+ip)
		}
		if browser := plain(f.Browser, maxValue); browser != "" {
			parts = append(parts, "with "+browser)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "When and where: " + strings.Join(parts, ", ") + "."
}

// moment is a time in the reader's zone, or in UTC where none is known; which one, is
// said.
func moment(t time.Time, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	t = t.In(zone)
	name := t.Format("MST")
	if name[0] == '+' || name[0] == '-' { // a zone that people have no short name for
		name = "UTC" + name
	}
	return t.Format("2 January 2006, 15:04 ") + name
}

// works says how long a link works, or nothing for a page that stays.
func works(l Link, from time.Time, zone *time.Location) string {
	switch {
	case l.Lifetime <= 0:
		return ""
	case from.IsZero():
		return " The link works for " + span(l.Lifetime) + "."
	}
	return " The link works for " + span(l.Lifetime) + ", until " + moment(end(l, from), zone) + "."
}

// end is when a link stops working, or zero.
func end(l Link, from time.Time) time.Time {
	if l.Lifetime <= 0 || from.IsZero() {
		return time.Time{}
	}
	return from.Add(l.Lifetime)
}

// span is a duration in whole days, hours or minutes, the largest that fits.
func span(d time.Duration) string {
	for _, unit := range []struct {
		name   string
		length time.Duration
	}{{"day", 24 * time.Hour}, {"hour", time.Hour}} {
		// 24 hours are said as such, as on the pages.
		if n := d / unit.length; d%unit.length == 0 && n > 1 {
			return strconv.Itoa(int(n)) + " " + unit.name + "s"
		}
	}
	if d == time.Hour {
		return "1 hour"
	}
	return strconv.Itoa(int(d/time.Minute)) + " minutes"
}

// signature says who sent it, to whom and from which site.
func signature(w words, f Facts) string {
	from := "Sent by " + clean(f.Instance, maxValue)
	switch {
	case w.admins:
		from += " to its administrators"
	case f.Username != "":
		from += " to " + username(f.Username)
	}
	return from + ", " + strings.TrimSuffix(f.BaseURL, "/")
}
