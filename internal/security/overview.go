package security

import (
	"strconv"

	"latchkey/internal/audit"
	"latchkey/internal/ending"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
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
	page, err := Page(v, v.User)
	if err != nil {
		return err
	}
	if page.CodesOld, err = v.OldCodes(v.User.ID); err != nil {
		return err
	}
	if page.Notices, err = v.Notices(); err != nil {
		return err
	}
	page.Frame = v.Frame(nil)
	return v.Render(page)
}

// Page is the security page of u without its frame and notices: for u, and for an
// administrator who views it as u.
func Page(v *web.Visitor, u user.User) (views.Security, error) {
	page := views.Security{PasswordChanged: u.PasswordChanged, CanRemoveLast: !demanded(v, u), Ready: present.RecoveryTasks(u, v.HasMail())}
	var err error
	if page.Authenticators, err = authenticators(v, u); err != nil {
		return page, err
	}
	if page.Sessions, err = sessions(v, u); err != nil {
		return page, err
	}
	page.CanRemember = v.RememberDays(u.Role) > 0 && len(page.Authenticators) > 0
	page.AlwaysAsked = v.AlwaysAsked(u.Role)
	if page.Browsers, err = browsers(v, u); err != nil {
		return page, err
	}
	if page.CodesTotal, page.CodesLeft, err = v.DB.RecoveryCodes(u.ID); err != nil {
		return page, err
	}
	entries, err := v.DB.AuditEntries(v.Context(), store.AuditFilter{Subject: u.ID, Limit: recentEvents})
	page.Activity = present.OwnEvents(u.ID, entries)
	return page, err
}

// demanded reports whether the policy wants an authenticator from u.
func demanded(v *web.Visitor, u user.User) bool {
	return u.MustEnrol || v.Settings().TwoStep.Demands(u.Role)
}

func authenticators(v *web.Visitor, u user.User) ([]views.Authenticator, error) {
	all, err := v.DB.Authenticators(u.ID)
	shown := make([]views.Authenticator, len(all))
	for i, a := range all {
		shown[i] = present.Authenticator(a)
	}
	return shown, err
}

func sessions(v *web.Visitor, u user.User) ([]views.Session, error) {
	all, err := v.DB.Sessions(u.ID, v.Now)
	return present.Sessions(all, v.Session.ID), err
}

// showActivity shows the visitor's own audit trail, newest first.
func showActivity(v *web.Visitor) error {
	var before int64
	if place := v.Query("before"); place != "" {
		var err error
		if before, err = strconv.ParseInt(place, 10, 64); err != nil || before < 1 {
			return problem.New(problem.BadRequest, "The place in the list is not a number above 0.")
		}
	}
	page, err := ActivityPage(v, v.User, "/security/activity", before)
	if err != nil {
		return err
	}
	page.Frame = v.Frame(nil)
	return v.Render(page)
}

// ActivityPage is the audit trail of u in front of an event, or the newest of it if that
// is 0, without its frame; path is where the page is read, by u or by an administrator
// who views it as u.
func ActivityPage(v *web.Visitor, u user.User, path string, before int64) (page views.Activity, err error) {
	entries, err := v.DB.AuditEntries(v.Context(), store.AuditFilter{About: u.ID, Limit: activityPage + 1, Before: before})
	if before > 0 {
		page.Newer = path
	}
	if len(entries) > activityPage {
		entries = entries[:activityPage]
		page.Older = path + "?before=" + strconv.FormatInt(entries[activityPage-1].Seq, 10)
	}
	page.Events = present.OwnEvents(u.ID, entries)
	return page, err
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
		ended, err := v.Revoke(tx, ending.CauseOwnSignOuts, e, v.Session.ID)
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
