package web

import (
	"net/http"
	"strings"

	"latchkey/internal/web/files"
	"latchkey/internal/web/forms"
	"latchkey/views"
)

// keep puts the form of this request aside for a session and returns the address of the
// page that shows it again: marked if there is something to show.
func (v *Visitor) keep(sessionID, userID string) (back string, err error) {
	back = v.page()
	f, ok := v.toKeep()
	if !ok {
		return back, nil
	}
	waiting, err := v.KeepForm(f, sessionID, userID, back)
	if err != nil || !waiting {
		return back, err
	}
	return back + "?" + forms.KeptParameter + "=1", nil
}

// toKeep is what may wait of the form of this request; ok is false if there is nothing,
// or if no page of ours can have sent it.
func (v *Visitor) toKeep() (f forms.Kept, ok bool) {
	if !v.Posts() {
		return f, false
	}
	action := v.Path()
	if v.takesUpload() {
		return forms.Kept{Action: action, File: true}, true
	}
	return forms.Keep(action, v.sent)
}

// Filled is what a form shows at first: values, and in their place what was typed before
// a proof was asked for. The page then says that nothing has been done yet and to press
// the button with these words again. Call it before Frame.
func (v *Visitor) Filled(values forms.Form, button string) forms.Form {
	return v.FilledFrom(v.Path(), values, button)
}

// FilledFrom is Filled for a form that is sent to another path of ours than that of the
// page on which it stands.
func (v *Visitor) FilledFrom(action string, values forms.Form, button string) forms.Form {
	form, _ := v.filled(action, values, button)
	return form
}

// FilledMany is Filled for a form with a field that comes many times; its values are the
// second result.
func (v *Visitor) FilledMany(values forms.Form, button string) (form forms.Form, many []string) {
	return v.filled(v.Path(), values, button)
}

func (v *Visitor) filled(action string, values forms.Form, button string) (form forms.Form, many []string) {
	f, ok := v.waiting()
	if !ok || f.Action != action {
		return values, nil
	}
	v.kept = &views.Kept{Button: button, Secrets: f.Secrets, File: f.File}
	return f.Fill(values)
}

// IsKept reports whether the visitor is led back to a form of this page that waits.
func (v *Visitor) IsKept() bool {
	_, ok := v.waiting()
	return ok
}

// waiting is the form that waits for this page, if the visitor is led back to it. One
// that cannot be read is not worth an error page.
func (v *Visitor) waiting() (f forms.Kept, ok bool) {
	r := v.c.Request()
	if v.Posts() || !v.IsIn() || v.Query(forms.KeptParameter) == "" {
		return f, false
	}
	return v.KeptAt(r.URL.EscapedPath())
}

// WaitsAt returns what waits at the page of this address of ours, for the page that asks
// for the proof; nil for nothing.
func (v *Visitor) WaitsAt(next string) *views.Kept {
	path, query, _ := strings.Cut(next, "?")
	if !strings.Contains(query, forms.KeptParameter+"=") {
		return nil
	}
	f, ok := v.KeptAt(path)
	if !ok {
		return nil
	}
	return &views.Kept{Secrets: f.Secrets, File: f.File}
}

// forgetKept forgets the form that waits once it was sent and done: somebody who goes back
// must not read that nothing was saved.
func (v *Visitor) forgetKept() {
	if !v.Posts() || !v.IsIn() || v.c.Response().Status != http.StatusSeeOther {
		return
	}
	if err := v.DropKept(v.page()); err != nil {
		v.Log.Error("forgetting a form that waited", "id", v.RequestID, "error", err)
	}
}

// takeIn takes a file that arrives although it cannot be used: a browser that is cut off
// while it sends shows an error of its own instead of the page that comes next.
func (v *Visitor) takeIn() {
	if !v.takesUpload() || v.sent != nil {
		return
	}
	files.TakeIn(v.c.Response(), v.c.Request())
}

// page is the page that this request belongs to, see route.Table.Page.
func (v *Visitor) page() string { return v.routes.Page(v.c.Request(), v.route) }
