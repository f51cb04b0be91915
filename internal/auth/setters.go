package auth

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"latchkey/internal/problem"
	"latchkey/internal/user"
)

func (s *Settings) setInstanceName(value string) error {
	name, err := user.CheckName(value)
	if err != nil || name == "" || len([]rune(name)) > 40 {
		return problem.Field("instance_name", "The name of this instance must be 1 to 40 characters")
	}
	s.InstanceName = name
	return nil
}

// setAuditKeepDays allows nothing below 30 days: what happened must still be there
// when somebody comes to look.
func (s *Settings) setAuditKeepDays(value string) error {
	if value == "0" {
		s.AuditKeepDays = 0
		return nil
	}
	if err := setNumber(&s.AuditKeepDays, "audit_keep_days", value, 30, 3650); err != nil {
		return problem.Field("audit_keep_days", "Days to keep events must be a number from 30 to 3650, or 0 to keep them indefinitely")
	}
	return nil
}

func (s *Settings) setTwoStep(value string) error {
	switch p := TwoStep(value); p {
	case TwoStepEveryone, TwoStepAdministrators, TwoStepOptional:
		s.TwoStep = p
		return nil
	}
	return problem.Field("two_step", "Choose who must use two-step verification")
}

func setNumber(to *int, name, value string, least, most int) error {
	n, err := strconv.Atoi(value)
	if err != nil || n < least || n > most {
		return problem.Field(name, fmt.Sprintf("%s must be a number from %d to %d", label(name), least, most))
	}
	*to = n
	return nil
}

// label is what messages call a setting, so that a list of several says which.
func label(name string) string {
	switch name {
	case "delete_self":
		return "Whether people can delete their own account"
	case "password_min":
		return "The shortest password"
	case "session_idle":
		return "The minutes until an idle session ends"
	case "session_max":
		return "The longest session"
	case "remember_days":
		return "The days a browser can skip the code"
	case "backup_keep":
		return "How many backups to keep"
	case "invite_days":
		return "The days an invitation works"
	case "lost_phone_wait":
		return "The hours before a lost phone can be replaced"
	}
	return name
}

func setMinutes(to *time.Duration, name, value string, least, most int) error {
	return setUnits(to, time.Minute, name, value, least, most)
}

func setUnits(to *time.Duration, unit time.Duration, name, value string, least, most int) error {
	var n int
	if err := setNumber(&n, name, value, least, most); err != nil {
		return err
	}
	*to = time.Duration(n) * unit
	return nil
}

// setYesNo reads a setting that is on or off.
func setYesNo(to *bool, name, value string) error {
	if value != "yes" && value != "no" {
		return problem.Field(name, label(name)+" must be yes or no")
	}
	*to = value == "yes"
	return nil
}

func yesNo(on bool) string {
	if on {
		return "yes"
	}
	return "no"
}

// With returns the settings with these names as the values say; a name without a value
// keeps its setting. Every mistake is told at once, as a problem of its field.
func (s Settings) With(names []string, values map[string]string) (Settings, error) {
	var all []error
	for _, name := range names {
		if value, sent := values[name]; sent {
			all = append(all, s.Set(name, value))
		}
	}
	if slices.Contains(names, "session_max") && errors.Join(all...) == nil && s.SessionMax < s.SessionIdle {
		all = append(all, problem.Field("session_max", "The longest session must not be shorter than the idle time"))
	}
	return s, errors.Join(all...)
}
