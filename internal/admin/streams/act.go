package streams

import (
	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/stream"
	"latchkey/internal/web"
	"latchkey/views"
)

// act is something that is done to a stream without any field: GET asks, POST does. A test changes
// nothing, so nobody is asked; pressed twice on the page of the stream, it is sent twice.
type act struct {
	name string
	asks bool
	do   func(v *web.Visitor, s store.Stream) (to string, err error)
}

func acts() []act {
	return []act{{"pause", true, pause}, {"resume", true, resume}, {"delete", true, remove}, {"test", false, test}, {"new-key", true, replaceKey}}
}

func (a act) show(v *web.Visitor) error {
	s, err := chosen(v)
	if err != nil {
		return err
	}
	if a.name == "new-key" && s.Kind != stream.Webhook { // the others have no key of ours
		return v.Redirect(path(s.ID))
	}
	page := views.StreamAsk{Act: a.name, OldKey: !oldKeyUntil(v, s).IsZero()}
	if page.Stream, err = shown(v, s); err != nil {
		return err
	}
	dead, err := v.DB.CountDeadLetters()
	if err != nil {
		return err
	}
	page.Dead = dead[s.ID]
	page.Frame = v.Frame(nil)
	return v.Render(page)
}

func (a act) submit(v *web.Visitor) error {
	if _, err := v.Form(); err != nil {
		return err
	}
	s, err := chosen(v)
	if err != nil {
		return err
	}
	to, err := a.do(v, s)
	if err != nil {
		return err
	}
	return v.Redirect(to)
}

func good(text string) views.Flash { return views.Flash{Kind: "good", Text: text} }
func warn(text string) views.Flash { return views.Flash{Kind: "warn", Text: text} }

// pause pauses a stream. The message says how to undo it.
func pause(v *web.Visitor, s store.Stream) (string, error) {
	return path(s.ID), v.Tx(func(tx *store.Tx) error {
		done, err := stream.Pause(tx, v.Audit("", audit.ResultOK), s.ID, byName(v))
		if err != nil {
			return err
		}
		if !done {
			return v.SetFlash(tx, warn(s.Name+" does not run at the moment."))
		}
		m := good(s.Name + " has been paused.")
		m.UndoAction, m.UndoLabel = path(s.ID)+"/resume", "Undo"
		return v.SetFlash(tx, m)
	})
}

// byName is how the visitor is named on the page of a stream.
func byName(v *web.Visitor) string {
	if v.User.Name != "" {
		return v.User.Name
	}
	return v.User.Username
}

func resume(v *web.Visitor, s store.Stream) (string, error) {
	return path(s.ID), v.Tx(func(tx *store.Tx) error {
		done, err := stream.Resume(v.Instance, tx, v.Audit("", audit.ResultOK), s.ID, byName(v))
		if err != nil {
			return err
		}
		if !done {
			return v.SetFlash(tx, warn(s.Name+" is running already."))
		}
		return v.SetFlash(tx, good(s.Name+" has been resumed. What waited is being sent."))
	})
}

func remove(v *web.Visitor, s store.Stream) (string, error) {
	return listPath, v.Tx(func(tx *store.Tx) error {
		if err := stream.Delete(v.Instance, tx, v.Audit("", audit.ResultOK), s.ID); err != nil {
			return err
		}
		return v.SetFlash(tx, good("The stream "+s.Name+" has been deleted."))
	})
}

// replaceKey makes a new signing key, which the next page shows once.
func replaceKey(v *web.Visitor, s store.Stream) (string, error) {
	if s.Kind != stream.Webhook {
		return "", problem.New(problem.NotFound, "")
	}
	w := wishOf(s)
	w.NewKey = true
	return path(s.ID), v.Tx(func(tx *store.Tx) error {
		key, err := stream.Edit(v.Instance, tx, v.Audit("", audit.ResultOK), s.ID, w)
		if err != nil {
			return err
		}
		return v.SetOnce(tx, s.ID+" "+key)
	})
}
