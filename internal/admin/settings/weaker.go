package settings

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"math"

	"latchkey/internal/auth"
	"latchkey/internal/problem"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/views"
)

// settingsForm reads the form of a page of settings; looked says that it comes from the
// page that shows what it weakens.
func settingsForm(v *web.Visitor, names []string) (form forms.Form, looked bool, err error) {
	form, err = v.Form(append(slices.Clone(names), "confirm")...)
	if err == nil && !slices.Contains([]string{"", "1"}, form["confirm"]) {
		err = problem.New(problem.BadRequest, "The form contains a value that is not allowed.")
	}
	looked = form["confirm"] != ""
	delete(form, "confirm")
	return form, looked, err
}

// weakerPage shows what the form weakens before it is saved; weaker is false if it
// weakens nothing, or holds a mistake, which its own page tells. rest is the form
// without a policy that is shown on a page of its own.
func weakerPage(v *web.Visitor, path string, names []string, form, rest forms.Form) (page views.SettingsReview, weaker bool) {
	before := v.Settings()
	after, err := read(before, names, rest)
	if err != nil {
		return page, false
	}
	page = views.SettingsReview{Frame: v.Frame(nil), Action: path, PolicyNext: len(rest) < len(form), Changes: weakened(before, after, v.Now)}
	for _, name := range names {
		if value, sent := form[name]; sent {
			page.Fields = append(page.Fields, views.Hidden{Name: name, Value: value})
		}
	}
	return page, len(page.Changes) > 0
}

// savedSettings says what was saved, and what has become weaker.
func savedSettings(said string, before, after auth.Settings, now time.Time) views.Flash {
	m := views.Flash{Kind: "good", Text: said}
	var warnings []string
	if strength(after.TwoStep) < strength(before.TwoStep) {
		warnings = append(warnings, "Two-step verification is now required for fewer people. A stolen password is enough to sign in as the others.")
	}
	if after.TwoStep == before.TwoStep && after.InGrace(now) && after.TwoStepDeadline.After(before.TwoStepDeadline) {
		warnings = append(warnings, "Until the new deadline, a stolen password is enough to sign in as anyone without an authenticator app.")
	}
	for _, w := range weakened(before, after, now) {
		warnings = append(warnings, w.Effect)
	}
	if len(warnings) > 0 {
		m.Kind, m.Text = "warn", m.Text+" "+strings.Join(warnings, " ")
	}
	return m
}

// weakened lists the settings that protect less than before, but for the policy, which
// has a review of its own.
func weakened(before, after auth.Settings, now time.Time) (all []views.Weaker) {
	add := func(name, was, is, effect string) {
		all = append(all, views.Weaker{Name: name, Before: was, After: is, Effect: effect})
	}
	number := func(n int, one, many string) string { return views.Amount(n, "1 "+one, "%d "+many) }
	defaults := auth.DefaultSettings()
	if after.TwoStep == before.TwoStep && after.PasswordMin < before.PasswordMin {
		add("Shortest password", number(before.PasswordMin, "character", "characters"), number(after.PasswordMin, "character", "characters"), ofShorter(before, after, now))
	}
	const idle = "Unattended computers stay signed in for longer."
	if longer(before.SessionIdle, after.SessionIdle, defaults.SessionIdle) {
		add("Idle sessions end after", minutes(before.SessionIdle), minutes(after.SessionIdle), idle)
	}
	if longer(before.SessionMax, after.SessionMax, defaults.SessionMax) {
		effect := "A stolen session can be used for longer."
		add("Longest session", minutes(before.SessionMax), minutes(after.SessionMax), effect)
	}
	if after.RememberDays > before.RememberDays {
		add("A browser can skip the code for", number(before.RememberDays, "day", "days"), number(after.RememberDays, "day", "days"),
			"On a remembered browser a stolen password is enough to sign in.")
	}
	if after.InviteDays > before.InviteDays && after.InviteDays > defaults.InviteDays {
		add("Invitations work for", number(before.InviteDays, "day", "days"), number(after.InviteDays, "day", "days"),
			"Somebody who finds an unused invitation has more time to use it.")
	}
	if after.LostPhoneWait < before.LostPhoneWait {
		add("Wait before a lost phone is replaced", number(int(before.LostPhoneWait/time.Hour), "hour", "hours"), number(int(after.LostPhoneWait/time.Hour), "hour", "hours"),
			"People have less time to cancel a request that somebody else made in their name.")
	}
	if keptFor(after) < keptFor(before) {
		was := "indefinitely"
		if before.AuditKeepDays > 0 {
			was = number(before.AuditKeepDays, "day", "days")
		}
		add("How long events are kept", was, number(after.AuditKeepDays, "day", "days"),
			fmt.Sprintf("Events older than %d days are permanently removed within the hour.", after.AuditKeepDays))
	}
	return all
}

// ofShorter says what a lower minimum does to passwords now.
func ofShorter(before, after auth.Settings, now time.Time) string {
	if least := after.MinPassword(now); least >= before.MinPassword(now) {
		return fmt.Sprintf("At least %d are needed for now, because two-step verification is not required for everyone.", least)
	}
	return "Shorter passwords are easier to guess."
}

// minutes writes a time of whole minutes.
func minutes(d time.Duration) string {
	n := int(d / time.Minute)
	switch {
	case n%(24*60) == 0:
		return views.Amount(n/(24*60), "1 day", "%d days")
	case n%60 == 0:
		return views.Amount(n/60, "1 hour", "%d hours")
	}
	return views.Amount(n, "1 minute", "%d minutes")
}

// keptFor is how many days the audit log is kept, for comparing.
func keptFor(s auth.Settings) int {
	if s.AuditKeepDays == 0 {
		return math.MaxInt
	}
	return s.AuditKeepDays
}

// longer reports whether a time grew and is longer than advised now.
func longer(before, after, advised time.Duration) bool { return after > before && after > advised }

func strength(p auth.TwoStep) int {
	switch p {
	case auth.TwoStepEveryone:
		return 2
	case auth.TwoStepAdministrators:
		return 1
	case auth.TwoStepOptional:
		return 0
	}
	return -1
}
