package admin

import (
	"net/url"
	"slices"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/internal/web/present"
	"latchkey/views"
)

const (
	// counted is how far invitations are counted.
	counted = 1000
	// mailsRead is how many messages are read to count those that wait for another try: as
	// many as the page of mail shows.
	mailsRead = 100
	// soon is when an invitation is about to end: an administrator who reads of it can
	// still make another.
	soon = 6 * time.Hour
)

// attention lists what an administrator should look at, the most urgent first. Each
// question is answered from an index.
func attention(v *web.Visitor) (all []views.Attention, err error) {
	for _, look := range []func(*web.Visitor) ([]views.Attention, error){
		aboutCopy, aboutClock, aboutProxy, aboutHelp, aboutStreams, aboutBackups, aboutAdministrators, aboutPolicy, aboutMail, aboutInvitations, aboutWork,
	} {
		found, err := look(v)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// restoredShown is for how many days an older database that was found is shown to
// administrators: 14, so that one who is rarely there reads of it too.
const restoredShown = 14 * 24 * time.Hour

// aboutCopy is about an older database that was put back.
func aboutCopy(v *web.Visitor) ([]views.Attention, error) {
	at, err := v.DB.Restored()
	if err != nil || at.IsZero() || v.Now.Sub(at) > restoredShown {
		return nil, err
	}
	q := url.Values{"event": {string(audit.RestoreDone)}}
	return []views.Attention{{
		Text: "On " + at.In(v.Zone()).Format("2 January") + " the server started with a database that is, or may be, older than the one before. Everyone was signed out. " +
			"Changes made after that copy are gone, and recovery codes used since work again until people make new ones.",
		Href: "/admin/audit?" + q.Encode(), Words: "See what happened",
	}}, nil
}

func aboutClock(v *web.Visitor) (all []views.Attention, err error) {
	warnings, err := v.ClockWarnings()
	for _, w := range warnings {
		all = append(all, views.Attention{Text: w})
	}
	return all, err
}

func aboutProxy(v *web.Visitor) ([]views.Attention, error) { return proxyNotices(v), nil }

// proxyNotices tell what is wrong with the way by which the administrator who reads them
// came. That of nobody else is looked at: strangers can send any header.
func proxyNotices(v *web.Visitor) (all []views.Attention) {
	for _, t := range v.Reach().Troubles {
		if t.Urgent {
			all = append(all, views.Attention{Text: t.Text + " " + t.Fix, Href: views.SettingsGeneralPath + "#seen", Words: "How you reach this server"})
		}
	}
	return all
}

// aboutHelp is about people who wait for an administrator.
func aboutHelp(v *web.Visitor) (all []views.Attention, err error) {
	closed, err := v.DB.CountClosed()
	if err != nil {
		return nil, err
	}
	if closed > 0 {
		q := url.Values{"event": {string(audit.UserNotMe)}}
		all = append(all, views.Attention{Text: closedWords(closed), Href: "/admin/audit?" + q.Encode(), Words: "See what happened"})
	}
	waiting, err := v.DB.CountOpenRequests()
	if waiting > 0 {
		all = append(all, views.Attention{Text: waitingWords(waiting), Href: "/admin/requests", Words: "Lost phones"})
	}
	if err != nil {
		return nil, err
	}
	approvals, err := v.DB.CountOpenApprovals()
	if approvals > 0 {
		all = append(all, views.Attention{
			Text: views.Amount(approvals, "1 change to an administrator’s account waits for a second approval.", "%d changes to administrators’ accounts wait for a second approval."),
			Href: "/admin/requests", Words: "Requests",
		})
	}
	return all, err
}

func aboutAdministrators(v *web.Visitor) (all []views.Attention, err error) {
	usable, err := v.DB.UsableAdministrators(v.Settings().TwoStep.Demands(user.RoleAdmin))
	if err != nil {
		return nil, err
	}
	if usable < 2 {
		all = append(all, views.Attention{
			Text: "Only one administrator can sign in. Add a second one, in case a phone is lost.",
			Href: views.UserFilter{Role: "admin"}.Path(), Words: "Administrators",
		})
	}
	without, err := v.DB.CountUsers(v.Context(), store.WithoutTwoStep(user.RoleAdmin, v.Now))
	if without > 0 {
		all = append(all, views.Attention{
			Text: views.Amount(without, "1 administrator has not set up two-step verification.", "%d administrators have not set up two-step verification."),
			Href: views.UserFilter{Status: "active", Role: "admin", TwoStep: "off"}.Path(), Words: "Show them",
		})
	}
	return all, err
}

func aboutPolicy(v *web.Visitor) (all []views.Attention, err error) {
	if v.Settings().TwoStep != auth.TwoStepEveryone {
		all = append(all, views.Attention{
			Text: "Two-step verification is not required for everyone.", Href: views.SettingsSignInPath, Words: "Sign-in settings",
		})
	}
	return all, nil
}

func aboutMail(v *web.Visitor) (all []views.Attention, err error) {
	if !v.HasMail() {
		all = append(all, views.Attention{
			Text: "Mail is not set up, so links have to be passed on by hand.", Href: "/admin/settings/mail", Words: "Mail settings",
		})
	}
	_, failed, err := v.DB.CountMails()
	if failed > 0 {
		all = append(all, views.Attention{
			Text: views.Amount(failed, "1 message could not be sent.", "%d messages could not be sent."), Href: "/admin/settings/mail", Words: "Show them",
		})
	}
	if err != nil {
		return nil, err
	}
	again, err := v.DB.UnsentMails(mailsRead)
	again = slices.DeleteFunc(again, func(m store.Mail) bool { return !m.Failed.IsZero() })
	if len(again) > 0 {
		all = append(all, views.Attention{
			Text: views.Amount(len(again), "1 message has not been sent yet. We will keep trying.", "%d messages have not been sent yet. We will keep trying."),
			Href: "/admin/settings/mail", Words: "Show them",
		})
	}
	return all, err
}

func aboutInvitations(v *web.Visitor) (all []views.Attention, err error) {
	invited := views.UserFilter{Status: "invited"}.Path()
	ending, err := v.DB.InvitationsEnding(v.Now, v.Now.Add(soon), counted)
	if err != nil {
		return nil, err
	}
	if ending > 0 {
		all = append(all, views.Attention{
			Text: views.Amount(ending, "1 invitation expires within 6 hours.", "%d invitations expire within 6 hours."), Href: invited, Words: "Show them",
		})
	}
	n, err := v.DB.StrandedInvitations(v.Now, counted)
	if n > 0 {
		all = append(all, views.Attention{Text: strandedWords(n), Href: invited, Words: "Show them"})
	}
	return all, err
}

// aboutWork is about changes and imports that run in the background.
func aboutWork(v *web.Visitor) (all []views.Attention, err error) {
	batches, err := present.RunningBulk(v.DB)
	for _, b := range batches {
		all = append(all, views.Attention{Text: "A bulk change is in progress: " + b.Words + ".", Href: b.Href, Words: "Check progress"})
	}
	if err != nil {
		return nil, err
	}
	imports, err := v.DB.RunningImports()
	for _, b := range imports {
		n := views.Attention{Text: "An import started by " + b.ActorName + " is in progress."}
		if b.Owner == v.User.ID {
			n = views.Attention{Text: "Your import is in progress.", Href: views.ImportsPath + "?batch=" + b.ID, Words: "Check progress"}
		}
		all = append(all, n)
	}
	return all, err
}

func closedWords(n int) string {
	return views.Amount(n, "1 user said “this was not me” and has not chosen a new password yet.",
		"%d users said “this was not me” and have not chosen new passwords yet.")
}

func waitingWords(n int) string {
	return views.Amount(n, "1 person has lost their phone and is waiting for an administrator.", "%d people have lost their phones and are waiting for an administrator.")
}

func strandedWords(n int) string {
	if n == counted {
		return "Many invited users no longer have a working link."
	}
	return views.Amount(n, "1 invited user no longer has a working link.", "%d invited users no longer have working links.")
}
