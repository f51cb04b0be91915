package streams

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/stream"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/views"
)

// What an event may hold.
const (
	full = "full"
	lean = "lean"
)

func showNew(v *web.Visitor) error {
	sent, err := v.Filters("kind")
	if err != nil {
		return err
	}
	form, events := v.FilledMany(forms.Form{"kind": sent["kind"], "content": full}, "Add stream")
	switch form["kind"] {
	case "":
		return v.Render(views.StreamKinds{Frame: v.Frame(nil)})
	case stream.Webhook, stream.File, stream.EventHubs:
		return v.Render(newPage(v, form, events, nil))
	}
	return forms.ErrAddress
}

func newPage(v *web.Visitor, form forms.Form, events []string, err error) templ.Component {
	if !slices.Contains([]string{stream.Webhook, stream.File, stream.EventHubs}, form["kind"]) {
		return views.StreamKinds{Frame: v.Frame(noKind(err))}
	}
	return filled(views.StreamForm{Frame: v.Frame(err), Kind: form["kind"], Stale: !v.IsFresh()}, form, events)
}

// noKind leaves of the mistakes the one about the kind: until that is known, there are no other
// fields.
func noKind(err error) error {
	for _, p := range problem.All(err) {
		if p.Field == "kind" {
			return p
		}
	}
	return err
}

// filled puts what was typed into the page, without keys: those are never sent back.
func filled(page views.StreamForm, form forms.Form, events []string) views.StreamForm {
	page.Name, page.URL, page.Partition, page.Content = form["name"], form["url"], form["partition"], form["content"]
	page.Chosen = events
	for _, g := range audit.Groups() {
		group := views.EventGroup{Label: g.Name}
		for _, e := range g.Events {
			group.Events = append(group.Events, views.Option{Value: string(e), Words: audit.Words(e)})
		}
		page.Groups = append(page.Groups, group)
	}
	return page
}

// fields are those of both forms. The folder of a file is decided by the operator, who decides where
// the data folder is (decision record 85).
var fields = []string{"name", "url", "secret", "connection", "partition", "content"}

// wish is what a form wants of a stream.
func wish(form forms.Form, events []string) stream.Wish {
	return stream.Wish{
		Kind: form["kind"], Name: form["name"], URL: form["url"], Secret: strings.TrimSpace(form["secret"]),
		Connection: form["connection"], Partition: form["partition"], Lean: form["content"] == lean, Events: events,
	}
}

// wishOf is a wish that leaves a stream as it is.
func wishOf(s store.Stream) stream.Wish {
	return stream.Wish{Kind: s.Kind, Name: s.Name, Partition: s.Partition, Lean: s.Lean, Events: strings.Fields(s.Events), Version: s.Version}
}

// contentMistake is about the one field that package stream does not see as it was sent.
func contentMistake(form forms.Form) error {
	if form["content"] == full || form["content"] == lean {
		return nil
	}
	return problem.Field("content", "Choose what an event holds")
}

// withTaken adds that the name is taken, which is known only once the rest is right, to other
// mistakes.
func withTaken(v *web.Visitor, err error, name, id string) error {
	if !problem.Is(err, problem.Invalid) || slices.ContainsFunc(problem.All(err), func(p *problem.Problem) bool { return p.Field == "name" }) {
		return err
	}
	other, ok, readErr := v.DB.StreamByName(strings.Join(strings.Fields(name), " "))
	if readErr != nil || !ok || other.ID == id {
		return err
	}
	return errors.Join(problem.Field("name", "There is a stream of this name already"), err)
}

func submitNew(v *web.Visitor) error {
	form, events, err := v.FormMany("events", len(audit.Events()), append(slices.Clone(fields), "kind")...)
	if err != nil {
		return err
	}
	w := wish(form, events)
	var id string
	err = v.Tx(func(tx *store.Tx) error {
		var key string
		var err error
		id, key, err = stream.Add(v.Instance, tx, v.Audit("", audit.ResultOK), w)
		if err = errors.Join(err, contentMistake(form)); err != nil {
			return err
		}
		if key != "" && w.Secret == "" {
			return v.SetOnce(tx, id+" "+key)
		}
		return v.SetFlash(tx, good("The stream has been added. Send a test event to see whether it works."))
	})
	if err != nil {
		err = withTaken(v, err, form["name"], "")
		return v.Reject(err, newPage(v, form, events, err))
	}
	return v.Redirect(path(id))
}

func showEdit(v *web.Visitor) error {
	s, err := chosen(v)
	if err != nil {
		return err
	}
	form, events := v.FilledMany(values(s), "Save changes")
	if !v.IsKept() {
		events = strings.Fields(s.Events)
	}
	return v.Render(editPage(v, s, form, events, nil))
}

// values are those of a form for a stream as it is.
func values(s store.Stream) forms.Form {
	content := full
	if s.Lean {
		content = lean
	}
	return forms.Form{"name": s.Name, "partition": s.Partition, "content": content, "version": strconv.FormatInt(s.Version, 10)}
}

func editPage(v *web.Visitor, s store.Stream, form forms.Form, events []string, err error) templ.Component {
	version, _ := strconv.ParseInt(form["version"], 10, 64) // what is no number was never a version
	return filled(views.StreamForm{
		Frame: v.Frame(err), ID: s.ID, Stored: s.Name, Kind: s.Kind, Address: s.Address, Version: version, Stale: !v.IsFresh(),
	}, form, events)
}

func submitEdit(v *web.Visitor) error {
	form, events, err := v.FormMany("events", len(audit.Events()), append(slices.Clone(fields), "version")...)
	if err != nil {
		return err
	}
	s, err := chosen(v)
	if err != nil {
		return err
	}
	if _, sent := form["content"]; !sent { // nor, then, are the boxes sent of which none means every event
		events = strings.Fields(s.Events)
	}
	form = form.Else(values(s), "name", "partition", "content")
	w := wish(form, events)
	if w.Version, err = strconv.ParseInt(form["version"], 10, 64); err != nil {
		return problem.New(problem.BadRequest, "The form does not say which version of the stream was edited.")
	}
	err = v.Tx(func(tx *store.Tx) error {
		_, err := stream.Edit(v.Instance, tx, v.Audit("", audit.ResultOK), s.ID, w)
		if err = errors.Join(err, contentMistake(form)); err != nil {
			return err
		}
		return v.SetFlash(tx, good(w.Name+" has been saved."))
	})
	if err != nil {
		return rejectEdit(v, s, form, events, withTaken(v, err, form["name"], s.ID))
	}
	return v.Redirect(path(s.ID))
}

// rejectEdit shows the form again: with what was typed after a mistake, with the values of now
// after somebody else's change, which must be seen before it is overwritten.
func rejectEdit(v *web.Visitor, s store.Stream, form forms.Form, events []string, err error) error {
	if !problem.Is(err, problem.Conflict) {
		return v.Reject(err, editPage(v, s, form, events, err))
	}
	now, findErr := chosen(v)
	if findErr != nil {
		return findErr
	}
	return v.Reject(err, editPage(v, now, values(now), strings.Fields(now.Events), err))
}
