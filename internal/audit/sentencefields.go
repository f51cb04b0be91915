package audit

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// fieldNames is what sentences call the details that say what was changed. Any other is
// called by its name, with spaces.
var fieldNames = sync.OnceValue(func() map[string]string {
	return map[string]string{
		"must enrol": "two-step verification required", "email that waits": "new email",
		"two_step": "who needs two-step verification", "two_step_deadline": "two-step verification by",
		"access": "who may open it", "public": "public paths", "launch_url": "start page", "proof_minutes": "minutes a proof is good for",
		"instance_name": "name of this instance", "password_min": "shortest password",
		"session_idle": "signed out when inactive for", "session_max": "longest time signed in",
		"remember_days": "days a browser can skip the code", "delete_self": "people can delete their own account",
		"lost_phone_wait": "wait after a lost phone", "invite_days": "days an invitation works", "audit_keep_days": "days the audit log is kept",
		"contact_name": "who to contact", "contact_phone": "contact's telephone number", "contact_link": "contact's web page or email address",
		"help_text": "text about help", "privacy_text": "text about privacy", "accent": "accent colour",
		"backup_every": "when backups are made", "backup_time": "time of backups", "backup_keep": "backups kept", "backup_recipients": "who can open backups",
		"backups_done": "backups marked as done", "checklist_done": "setup list hidden",
	}
})

// Asides are the details that stand beside what an event changed: why, and what it is a
// part of.
func Asides() []string {
	return []string{"reason", "batch", "reverts", "by", "format", "acts stopped", "asked by"}
}

func isAside(name string) bool { return slices.Contains(Asides(), name) }

// fields tells what was changed, as "Role: user → administrator; name: Ada → Ada Lovelace".
func fields(e Entry) string {
	var all []string
	for _, d := range e.Details {
		if !isAside(d.Name) {
			all = append(all, FieldName(d.Name)+": "+fieldValue(d))
		}
	}
	return capital(strings.Join(all, "; "))
}

// FieldName is what people call a detail.
func FieldName(name string) string {
	if known, ok := fieldNames()[name]; ok {
		return known
	}
	return strings.ReplaceAll(name, "_", " ")
}

func fieldValue(d Detail) string {
	if d.Name == "notes" {
		return "changed" // their place is the user's page
	}
	return FieldText(d.Name, d.Before) + " → " + FieldText(d.Name, d.After)
}

// FieldText is a value before or after a change as people write it.
func FieldText(name, value string) string {
	switch {
	case value == "":
		return "none"
	case name == "role" && value == "admin":
		return "administrator"
	}
	return short(value)
}

// shortAt is the length in runes from which a value in a sentence is cut.
const shortAt = 80

func short(value string) string {
	if utf8.RuneCountInString(value) <= shortAt {
		return value
	}
	return string([]rune(value)[:shortAt-1]) + "…"
}

// quoted puts text that a person chose into a sentence, or nothing.
func quoted(text string) string {
	if text == "" {
		return ""
	}
	return "“" + short(text) + "”"
}

// counted is "1 user", "198 users", "12,345 users"; "users" where the number is not known.
func counted(number, one string) string {
	n, err := strconv.Atoi(number)
	switch {
	case err != nil:
		return one + "s"
	case n == 1:
		return "1 " + one
	}
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits + " " + one + "s"
}

// times adds how many tries a row stands for, where one stands for several.
func times(e Entry, sentence string) string {
	if n := e.Detail("tries"); n != "" && n != "1" {
		return sentence + ", " + n + " times"
	}
	return sentence
}

// before is what the detail of this name was.
func before(e Entry, name string) string {
	for _, d := range e.Details {
		if d.Name == name {
			return d.Before
		}
	}
	return ""
}
