// Package auditlog is the pages on which administrators read what happened, and take
// back what can be. The rules of taking back are in package account.
package auditlog

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"

	"latchkey/internal/account/revert"
	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/internal/web/present"
	"latchkey/internal/web/route"
	"latchkey/views"
)

// pageEvents is how many events a page of the log has.
const pageEvents = 50

// Mount adds the routes.
func Mount(s *web.Site) {
	s.Get("/admin/audit", route.Administrator, show)
	s.Get("/admin/audit/:seq/revert", route.Administrator, showRevert)
	s.Post("/admin/audit/:seq/revert", route.Administrator, submitRevert)
	s.Get("/admin/audit.csv", route.Administrator, export("csv"))
	s.Get("/admin/audit.jsonl", route.Administrator, export("jsonl"))
}

func show(v *web.Visitor) error {
	f, err := readFilter(v)
	if err != nil {
		return err
	}
	if !v.IsAt(f.Path()) {
		return v.Redirect(f.Path())
	}
	page := views.Audit{Filter: f, Groups: eventGroups(), Results: results(), KeepDays: v.Settings().AuditKeepDays}
	filter, err := storeFilter(v, f)
	if err == nil {
		err = errors.Join(list(v, filter, &page), addHead(v, &page))
	}
	page.Frame = v.Frame(err)
	if err != nil {
		return v.Reject(err, page)
	}
	return v.Render(page)
}

func readFilter(v *web.Visitor) (views.AuditFilter, error) {
	sent, err := v.Filters("actor", "user", "event", "result", "ip", "from", "to", "before")
	if err != nil {
		return views.AuditFilter{}, err
	}
	in := forms.Filters{Sent: sent}
	f := views.AuditFilter{
		Actor: strings.TrimSpace(in.Text("actor")), User: strings.TrimSpace(in.Text("user")), IP: strings.TrimSpace(in.Text("ip")),
		Event: in.OneOf("event", names(audit.Events())...), Result: in.OneOf("result", names(audit.Results())...),
		From: in.Text("from"), To: in.Text("to"), Before: in.Positive("before"),
	}
	if in.Bad {
		return f, in.Mistake()
	}
	return f, nil
}

func names[T ~string](all []T) []string {
	out := make([]string, len(all))
	for i, one := range all {
		out[i] = string(one)
	}
	return out
}

func eventGroups() []views.EventGroup {
	var all []views.EventGroup
	for _, g := range audit.Groups() {
		group := views.EventGroup{Label: g.Name}
		for _, e := range g.Events {
			group.Events = append(group.Events, views.Option{Value: string(e), Words: audit.Words(e)})
		}
		all = append(all, group)
	}
	return all
}

func results() []views.Option {
	var all []views.Option
	for _, r := range audit.Results() {
		all = append(all, views.Option{Value: string(r), Words: r.Words()})
	}
	return all
}

// storeFilter turns what was typed into what is looked for. The error is one of
// mistakes in the fields.
func storeFilter(v *web.Visitor, f views.AuditFilter) (store.AuditFilter, error) {
	s := store.AuditFilter{
		Event: audit.Event(f.Event), Result: audit.Result(f.Result), Before: f.Before, Limit: pageEvents + 1,
	}
	var ipErr, fromErr, toErr, err error
	s.From, fromErr = day(v, "from", "From", f.From)
	s.To, toErr = day(v, "to", "To", f.To)
	if !s.To.IsZero() {
		if s.To.Before(s.From) {
			toErr = problem.Field("to", "To must be the same as or after From")
		}
		s.To = s.To.AddDate(0, 0, 1)
	}
	if s.IP, err = address(f.IP); err != nil {
		ipErr = err
	}
	if err := errors.Join(ipErr, fromErr, toErr); err != nil {
		return s, err
	}
	if s.Actor, s.ActorName, err = person(v, f.Actor); err != nil {
		return s, err
	}
	s.Subject, s.SubjectName, err = person(v, f.User)
	return s, err
}

// person finds whom a typed name means: a user, under whatever names they had, or
// somebody known to the log by that name only, such as an erased user, a command
// or a name that never existed. What cannot be a username, because it has a space or an
// accent or is an address, is searched for as on the list of users, and is meant if
// only one user is found.
func person(v *web.Visitor, typed string) (id, name string, err error) {
	if typed == "" {
		return "", "", nil
	}
	u, err := v.DB.UserByName(user.CanonicalName(typed))
	if err == nil || !problem.Is(err, problem.NotFound) {
		return u.ID, "", err
	}
	if !namesOneself(typed) {
		found, err := v.DB.Users(v.Context(), store.UserFilter{Text: typed, Limit: 2, Now: v.Now})
		if err != nil {
			return "", "", err
		}
		if len(found) == 1 {
			return found[0].ID, "", nil
		}
	}
	return "", typed, nil
}

// namesOneself reports whether the log may know somebody by this name: a username, or a
// command such as cli:ada.
func namesOneself(typed string) bool {
	return strings.Contains(typed, ":") ||
		!strings.ContainsFunc(typed, func(r rune) bool { return r == ' ' || r == '@' || r > unicode.MaxASCII })
}

// day is where a day begins for the reader, in whose zone the log shows its times.
func day(v *web.Visitor, field, label, typed string) (time.Time, error) {
	if typed == "" {
		return time.Time{}, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, typed, v.Zone())
	if err != nil || t.Year() < 2000 || t.Year() > 9000 {
		return time.Time{}, problem.Field(field, label+" must be a date like 2026-11-23")
	}
	return t, nil
}

// address returns an IP address in the spelling in which the log has it.
func address(typed string) (string, error) {
	if typed == "" {
		return "", nil
	}
	ip, err := netip.ParseAddr(typed)
	if err != nil {
		return "", problem.Field("ip", "IP address must look like 203.0.113.7")
	}
	return ip.Unmap().String(), nil
}

// list reads one page, and one event more, which tells whether there are
// older ones.
func list(v *web.Visitor, s store.AuditFilter, page *views.Audit) error {
	entries, err := v.DB.AuditEntries(v.Context(), s)
	if err != nil {
		return err
	}
	if len(entries) > pageEvents {
		entries = entries[:pageEvents]
		older := page.Filter
		older.Before = entries[pageEvents-1].Seq
		page.Older = older.Path()
	}
	page.Events = present.Events(entries)
	for i, e := range entries {
		page.Events[i].Revert = revert.Path(e)
	}
	if s.Before == 0 {
		return nil
	}
	return addNewer(v, s, page)
}

// addHead puts the head of the log on the page, for administrators who want to note it.
func addHead(v *web.Visitor, page *views.Audit) error {
	seq, mac, err := v.DB.AuditHead()
	if seq > 0 {
		page.Head = fmt.Sprintf("%d:%s", seq, mac)
	}
	return err
}

// addNewer finds the page above the one that ends before s.Before: it holds the
// next events upwards, and is the newest page if those are the last.
func addNewer(v *web.Visitor, s store.AuditFilter, page *views.Audit) error {
	s.After, s.Before = max(1, s.Before-1), 0
	above, err := v.DB.AuditEntries(v.Context(), s)
	if err != nil || len(above) == 0 {
		return err
	}
	slices.Reverse(above) // oldest first
	page.Before = above[0].At
	newer := page.Filter
	newer.Before = 0
	if len(above) > pageEvents {
		newer.Before = above[pageEvents].Seq
	}
	page.Newer = newer.Path()
	return nil
}
