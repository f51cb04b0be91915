package web

import (
	"strings"

	"github.com/mileusna/useragent"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/store"
	"latchkey/views"
)

// Events puts audit entries into words.
func Events(entries []audit.Entry) []views.Event {
	events := make([]views.Event, len(entries))
	for i, e := range entries {
		events[i] = event(e)
	}
	return events
}

func event(e audit.Entry) views.Event {
	shown := views.Event{
		Seq: e.Seq, At: e.At, Words: audit.Words(e.Event), Who: e.ActorName, From: e.IP,
		Result: e.Result.Words(), ResultKind: resultKind(e.Result), RequestID: e.RequestID,
	}
	if e.SubjectName != e.ActorName {
		shown.OnWhom = e.SubjectName
	}
	if e.UserAgent != "" {
		shown.From += ", " + BrowserName(e.UserAgent)
	}
	if e.Event == audit.UserViewed {
		shown.Why = detailIn(e.Details, "reason")
	}
	shown.Batch = detailIn(e.Details, "batch")
	for _, d := range e.Details {
		shown.Facts = append(shown.Facts, views.Fact{Name: strings.ToUpper(d.Name[:min(1, len(d.Name))]) + d.Name[min(1, len(d.Name)):], Before: d.Before, After: d.After})
	}
	if len(e.Details) > 0 {
		shown.Details = audit.EncodeDetails(e.Details)
	}
	return shown
}

// detailIn returns what the detail of this name came to be; "" if there is none.
func detailIn(details []audit.Detail, name string) string {
	for _, d := range details {
		if d.Name == name {
			return d.After
		}
	}
	return ""
}

// OwnEvents puts somebody's trail into words for this very person. Where somebody else
// acted, their address and browser are not this person's business; what was done to
// somebody else names whom.
func OwnEvents(userID string, entries []audit.Entry) []views.Event {
	shown := make([]views.Event, len(entries))
	for i, e := range entries {
		if e.ActorID != "" && e.ActorID != userID {
			e.IP, e.UserAgent = "", ""
		}
		shown[i] = event(e)
		if e.SubjectName != "" && e.SubjectID != userID {
			shown[i].Words += ": " + e.SubjectName
		}
	}
	return shown
}

func resultKind(r audit.Result) string {
	switch r {
	case audit.ResultOK:
		return "good"
	case audit.ResultBlocked:
		return "warn"
	}
	return "bad"
}

// BrowserName makes a name such as "Firefox on Linux" of what a browser calls
// itself.
func BrowserName(userAgent string) string {
	ua := useragent.Parse(userAgent)
	switch {
	case ua.Name == "" && ua.OS == "":
		return "Unknown browser"
	case ua.OS == "":
		return ua.Name
	case ua.Name == "":
		return "Unknown browser on " + ua.OS
	}
	return ua.Name + " on " + ua.OS
}

// Sessions puts sessions into words; currentID marks the visitor's own.
func Sessions(all []store.Session, currentID string) []views.Session {
	shown := make([]views.Session, len(all))
	for i, s := range all {
		shown[i] = views.Session{
			ID: s.ID, Browser: BrowserName(s.UserAgent), IP: s.IP, SignedIn: s.Created, LastActive: s.LastSeen,
			How: how(s.Proofs), Current: s.ID == currentID,
		}
	}
	return shown
}

func how(p auth.Proofs) string {
	switch p.SecondKind {
	case auth.SecondCode:
		return "password and code"
	case auth.SecondRecovery:
		return "password and recovery code"
	}
	if p.Remembered {
		return "password, remembered browser"
	}
	return "password"
}
