package security

import (
	"strconv"

	"latchkey/internal/audit"
	"latchkey/internal/instance"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/internal/web/present"
	"latchkey/views"
)

// recentEvents is how many events the security page shows, activityPage how many
// a page of the activity does.
const (
	recentEvents = 10
	activityPage = 50
)

func showSecurity(v *web.Visitor) error {
	page := views.Security{PasswordChanged: v.User.PasswordChanged, CanRemoveLast: !demanded(v)}
	var err error
	if page.Authenticators, err = authenticators(v); err != nil {
		return err
	}
	if page.Sessions, err = sessions(v); err != nil {
		return err
	}
	page.CanRemember = v.RememberDays(v.User.Role) > 0 && len(page.Authenticators) > 0
	page.AlwaysAsked = v.AlwaysAsked(v.User.Role)
	if page.Browsers, err = browsers(v); err != nil {
		return err
	}
	if page.CodesTotal, page.CodesLeft, err = v.DB.RecoveryCodes(v.User.ID); err != nil {
		return err
	}
	if page.CodesOld, err = v.OldCodes(v.User.ID); err != nil {
		return err
	}
	entries, err := v.DB.AuditEntries(v.Context(), store.AuditFilter{Subject: v.User.ID, Limit: recentEvents})
	if err != nil {
		return err
	}
	page.Activity = present.OwnEvents(v.User.ID, entries)
	if page.Notices, err = v.Notices(); err != nil {
		return err
	}
	page.Ready, page.Frame = present.RecoveryTasks(v.User, v.HasMail()), v.Frame(nil)
	return v.Render(page)
}

// demanded reports whether the policy wants an authenticator from the visitor.
func demanded(v *web.Visitor) bool {
	return v.User.MustEnrol || v.Settings().TwoStep.Demands(v.User.Role)
}

func authenticators(v *web.Visitor) ([]views.Authenticator, error) {
	all, err := v.DB.Authenticators(v.User.ID)
	shown := make([]views.Authenticator, len(all))
	for i, a := range all {
		shown[i] = present.Authenticator(a)
	}
	return shown, err
}

func sessions(v *web.Visitor) ([]views.Session, error) {
	all, err := v.DB.Sessions(v.User.ID, v.Now)
	return present.Sessions(all, v.Session.ID), err
}

// showActivity shows the visitor's own audit trail, newest first.
func showActivity(v *web.Visitor) error {
	filter := store.AuditFilter{About: v.User.ID, Limit: activityPage + 1}
	page := views.Activity{}
	if before := v.Query("before"); before != "" {
		n, err := strconv.ParseInt(before, 10, 64)
		if err != nil || n < 1 {
			return problem.New(problem.BadRequest, "The place in the list is not a number above 0.")
		}
		filter.Before, page.Newer = n, "/security/activity"
	}
	entries, err := v.DB.AuditEntries(v.Context(), filter)
	if err != nil {
		return err
	}
	if len(entries) > activityPage {
		entries = entries[:activityPage]
		page.Older = "/security/activity?before=" + strconv.FormatInt(entries[activityPage-1].Seq, 10)
	}
	page.Events, page.Frame = present.OwnEvents(v.User.ID, entries), v.Frame(nil)
	return v.Render(page)
}

// submitEndSession signs one of the visitor's browsers out. A session of another
// user does not exist here.
func submitEndSession(v *web.Visitor) error {
	if _, err := v.Form(); err != nil {
		return err
	}
	id := v.Param("id")
	err := v.Tx(func(tx *store.Tx) error {
		done, err := tx.EndSession(v.User.ID, id)
		if err != nil {
			return err
		}
		if !done {
			return problem.New(problem.NotFound, "")
		}
		if err := tx.Audit(v.Audit(audit.SessionEnded, audit.ResultOK)); err != nil {
			return err
		}
		return v.SetFlash(tx, views.Flash{Kind: "good", Text: "That browser has been signed out."})
	})
	if err != nil {
		return err
	}
	if id == v.Session.ID {
		v.ForgetSession()
		return v.Redirect("/login?notice=signed-out")
	}
	return v.Redirect("/security")
}

// submitEndOthers signs the visitor out everywhere else. Every remembered browser is
// forgotten, this one as well: a copy of its cookie would be in another browser.
func submitEndOthers(v *web.Visitor) error {
	if _, err := v.Form(); err != nil {
		return err
	}
	if err := mayForget(v); err != nil {
		return err
	}
	err := v.Tx(func(tx *store.Tx) error {
		e := v.Audit(audit.SessionEnded, audit.ResultOK)
		ended, err := v.Revoke(tx, instance.CauseOwnSignOuts, e, v.Session.ID)
		if err != nil {
			return err
		}
		e.Details = []audit.Detail{{Name: "sessions", After: strconv.FormatInt(ended.Sessions, 10)}}
		if ended.Remembered > 0 {
			e.Details = append(e.Details, audit.Detail{Name: "remembered browsers", Before: strconv.FormatInt(ended.Remembered, 10), After: "0"})
		}
		if err := tx.Audit(e); err != nil {
			return err
		}
		return v.SetFlash(tx, views.Flash{Kind: "good", Text: "You have been signed out everywhere else."})
	})
	if err != nil {
		return err
	}
	return v.Redirect("/security")
}
