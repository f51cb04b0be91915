package web

import (
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
		shown.Why = reasonIn(e.Details)
	}
	if len(e.Details) > 0 {
		shown.Details = audit.EncodeDetails(e.Details)
	}
	return shown
}

// reasonIn returns the reason among the details; "" if there is none.
func reasonIn(details []audit.Detail) string {
	for _, d := range details {
		if d.Name == "reason" {
			return d.After
		}
	}
	return ""
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
