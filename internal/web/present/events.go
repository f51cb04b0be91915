// Package present turns domain values into what pages show: audit entries, sessions,
// notices, authenticators and whom to ask. It decides nothing and writes nothing.
package present

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/instance"
	"latchkey/internal/store"
	"latchkey/views"
)

// Events puts audit entries into words for the audit log, whose columns say by whom and
// about which user.
func Events(entries []audit.Entry) []views.Event {
	events := make([]views.Event, len(entries))
	for i, e := range entries {
		events[i] = event(e, audit.Sentence(e))
		events[i].Who, events[i].OnWhom = e.ActorName, e.SubjectName
		if e.OwnAct() && e.ActorName != "" {
			events[i].OnWhom = ""
		}
	}
	return events
}

// NamedEvents puts audit entries into words for administrators where no column says who
// it was. about is the name of the user of whose page it is, which then need not be said
// beside what they did themselves; "" for none.
func NamedEvents(entries []audit.Entry, about string) []views.Event {
	events := make([]views.Event, len(entries))
	for i, e := range entries {
		events[i] = event(e, audit.SentenceWithNames(e))
		if e.SubjectName != about && (e.OwnAct() || !strings.Contains(events[i].Words, e.SubjectName)) {
			events[i].Who = e.SubjectName
		}
	}
	return events
}

func event(e audit.Entry, words string) views.Event {
	shown := views.Event{Seq: e.Seq, At: e.At, Words: words, From: e.IP, RequestID: e.RequestID, Why: e.Why(), Batch: e.Detail("batch")}
	if e.Result != audit.ResultOK {
		shown.Result, shown.ResultKind = e.Result.Words(), resultKind(e.Result)
	}
	if e.UserAgent != "" {
		shown.From += ", " + instance.BrowserName(e.UserAgent)
	}
	for _, d := range e.Details {
		shown.Facts = append(shown.Facts, views.Fact{Name: upper(audit.FieldName(d.Name)), Before: d.Before, After: d.After})
	}
	if len(e.Details) > 0 {
		shown.Details = audit.EncodeDetails(e.Details)
	}
	return shown
}

// upper begins a line.
func upper(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:]
}

// OwnEvents puts somebody's trail into words for this very person. Where somebody else
// acted, their address and browser are not this person's business, nor are the details.
func OwnEvents(userID string, entries []audit.Entry) []views.Event {
	shown := make([]views.Event, len(entries))
	for i, e := range entries {
		if e.ActorID != userID && !e.OwnAct() {
			e.IP, e.UserAgent = "", ""
		}
		why := e.Why()
		shown[i] = event(e, audit.SentenceTo(userID, e))
		shown[i].Why = ""
		if e.ActorID == userID || tellsWhy(e.Event) {
			shown[i].Why = why
		}
	}
	return shown
}

// tellsWhy reports whether somebody is told the reason of what was done to them: of what
// is told by mail as well, and of who looked at their pages. Others were written for the
// administrators.
func tellsWhy(e audit.Event) bool {
	switch e {
	case audit.UserViewed, audit.UserDisabled, audit.UserDeleted, audit.AuthenticatorReset, audit.RequestRefused:
		return true
	}
	return false
}

func resultKind(r audit.Result) string {
	if r == audit.ResultBlocked {
		return "warn"
	}
	return "bad"
}

// Sessions puts sessions into words; currentID marks the visitor's own.
func Sessions(all []store.Session, currentID string) []views.Session {
	shown := make([]views.Session, len(all))
	for i, s := range all {
		shown[i] = views.Session{
			ID: s.ID, Browser: instance.BrowserName(s.UserAgent), IP: s.IP, SignedIn: s.Created, LastActive: s.LastSeen,
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
