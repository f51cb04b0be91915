package admin

import (
	"fmt"
	"math"
	"time"

	"latchkey/internal/auth"
	"latchkey/views"
)

// savedSettings says what was saved, and what has become weaker.
func savedSettings(said string, before, after auth.Settings, now time.Time) views.Flash {
	m := views.Flash{Kind: "good", Text: said}
	for _, warning := range weaker(before, after, now) {
		m.Kind, m.Text = "warn", m.Text+" "+warning
	}
	return m
}

func weaker(before, after auth.Settings, now time.Time) (all []string) {
	defaults := auth.DefaultSettings()
	if strength(after.TwoStep) < strength(before.TwoStep) {
		all = append(all, "Two-step verification is required of fewer people now: a stolen password is enough to sign in as the others.")
	}
	if after.TwoStep == before.TwoStep && after.InGrace(now) && after.TwoStepDeadline.After(before.TwoStepDeadline) {
		all = append(all, "Until the new day a stolen password is enough to sign in as those who have no authenticator app.")
	}
	if after.MinPassword(now) < before.MinPassword(now) {
		all = append(all, "Shorter passwords are easier to guess.")
	}
	if after.RememberDays > before.RememberDays {
		all = append(all, "On a remembered browser a stolen password is enough to sign in.")
	}
	if keptFor(after) < keptFor(before) {
		all = append(all, fmt.Sprintf("Events older than %d days are removed within the hour, for good.", after.AuditKeepDays))
	}
	if longer(before.SessionIdle, after.SessionIdle, defaults.SessionIdle) || longer(before.SessionMax, after.SessionMax, defaults.SessionMax) {
		all = append(all, "Longer sessions leave unattended computers open.")
	}
	return all
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
	}
	return 0
}
