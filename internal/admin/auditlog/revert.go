package auditlog

import (
	"strconv"

	"latchkey/internal/account"
	"latchkey/internal/account/revert"
	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/views"
)

// reverted is the event of the route; one that is not there or is of a kind that
// cannot be taken back is a 404 page.
func reverted(v *web.Visitor) (r revert.Reversal, err error) {
	seq, err := strconv.ParseInt(v.Param("seq"), 10, 64)
	if err != nil || seq < 1 {
		return r, problem.New(problem.NotFound, "")
	}
	found, err := v.DB.AuditEntries(v.Context(), store.AuditFilter{Before: seq + 1, Limit: 1})
	if err != nil {
		return r, err
	}
	if len(found) == 0 || found[0].Seq != seq {
		return r, problem.New(problem.NotFound, "")
	}
	r, ok := revert.Of(found[0])
	if !ok {
		return r, problem.New(problem.NotFound, "")
	}
	return r, nil
}

func showRevert(v *web.Visitor) error {
	r, err := reverted(v)
	if err != nil {
		return err
	}
	refused, err := r.Refusal(v.Context(), v.DB.Reader, v.User.ID)
	if err != nil {
		return err
	}
	page := revertPage(v, r, nil, refused, v.Filled(nil, "Revert")["reason"])
	if page.TakenBack, err = r.TakenBack(v.Context(), v.DB.Reader); err != nil {
		return err
	}
	return v.Render(page)
}

// revertPage asks, or says in the place of the form why not.
func revertPage(v *web.Visitor, r revert.Reversal, err error, refused, reason string) views.Revert {
	page := views.Revert{
		Frame: v.Frame(err), Seq: r.Event.Seq, What: audit.Words(r.Event.Event), At: r.Event.At, Who: r.Event.ActorName,
		OnWhom: r.Event.SubjectName, Refused: refused, Reason: reason, Back: "/admin/audit",
	}
	if r.Event.SubjectID != "" {
		page.Back = "/admin/users/" + r.Event.SubjectID
	}
	if r.Kind != "" {
		page.Action = r.Kind
		return page
	}
	for _, d := range r.Fields {
		page.Changes = append(page.Changes, views.Change{Name: d.Name, Now: d.After, Then: d.Before})
	}
	return page
}

func submitRevert(v *web.Visitor) error {
	form, err := v.Form("reason")
	if err != nil {
		return err
	}
	r, err := reverted(v)
	if err != nil {
		return err
	}
	reason := form["reason"]
	if reason != "" {
		if reason, err = user.CheckReason(reason); err != nil {
			return v.Reject(err, revertPage(v, r, err, "", form["reason"]))
		}
	}
	err = v.Tx(func(tx *store.Tx) error {
		a := account.Action{Instance: v.Instance, Tx: tx, By: v.Audit("", audit.ResultOK), Reason: reason}
		if err := r.Run(v.Context(), a); err != nil {
			return err
		}
		return v.SetFlash(tx, views.Flash{Kind: "good", Text: "Event " + strconv.FormatInt(r.Event.Seq, 10) + " has been reverted."})
	})
	if err != nil {
		return rejectRevert(v, r, err, form["reason"])
	}
	if r.Event.Event == audit.SettingsChanged {
		if err := v.LoadSettings(); err != nil {
			return err
		}
	}
	return v.Redirect(revertPage(v, r, nil, "", "").Back)
}

// rejectRevert says why the event was not taken back. What was before may be against a rule
// of today, such as a user name that somebody else has by now.
func rejectRevert(v *web.Visitor, r revert.Reversal, err error, reason string) error {
	if problem.Is(err, problem.Invalid) {
		err = problem.New(problem.Conflict, "The earlier values cannot be restored. "+problem.Sentence(err))
	}
	if !problem.Is(err, problem.Conflict) {
		return err
	}
	return v.Reject(err, revertPage(v, r, nil, problem.As(err).Message, reason))
}
