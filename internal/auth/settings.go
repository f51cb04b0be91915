package auth

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"latchkey/internal/problem"
	"latchkey/internal/user"
)

// TwoStep is the policy of who must use two-step verification.
type TwoStep string

// The policies.
const (
	TwoStepEveryone       TwoStep = "everyone"
	TwoStepAdministrators TwoStep = "administrators"
	TwoStepOptional       TwoStep = "optional"
)

// Demands reports whether the policy wants an authenticator from this role.
func (p TwoStep) Demands(role user.Role) bool {
	return p == TwoStepEveryone || p == TwoStepAdministrators && role == user.RoleAdmin
}

// Settings are what administrators decide on pages. The zero value is not
// useful: start from DefaultSettings.
type Settings struct {
	InstanceName string
	TwoStep      TwoStep
	// TwoStepDeadline is the last day (midnight UTC) on which those who were there when
	// the policy was set, at TwoStepSince, may sign in without an authenticator; zero for
	// none.
	TwoStepDeadline, TwoStepSince time.Time

	PasswordMin int           // code points
	SessionIdle time.Duration // whole minutes
	SessionMax  time.Duration // whole minutes
	// RememberDays is how long a browser may skip the code, in days; 0 for never.
	RememberDays int
	// InviteDays is how long an invitation works, in days.
	InviteDays int
	// DeleteSelf lets people delete themselves.
	DeleteSelf bool
	// LostPhoneWait is how long a request for a lost phone waits before it may be
	// approved, in whole hours; meanwhile its owner can cancel it.
	LostPhoneWait time.Duration
	// AuditKeepDays is how long the audit log is kept, in days; 0 for ever.
	AuditKeepDays int

	// Contact is whom people ask for help.
	Contact Contact
	// HelpText and PrivacyText stand beside what the product says of both: paragraphs
	// with an empty line between them, no markup.
	HelpText, PrivacyText string
	// Accent is the colour of links and buttons, as brand.CheckAccent returns it; "" for
	// the product's own.
	Accent string
	// Logo names the picture beside the instance's name: a LogoName, or "".
	Logo string
	// Backups is when the server makes backups, how many it keeps and for whom it encrypts them.
	Backups Backups
	// BackupsDone says that an administrator has seen to backups, and ChecklistDone that
	// the list of what is left to set up is not wanted any more.
	BackupsDone, ChecklistDone bool
}

// DefaultSettings are in force where nobody decided anything else.
func DefaultSettings() Settings {
	return Settings{
		InstanceName: "Latchkey",
		TwoStep:      TwoStepEveryone,
		PasswordMin:  12,
		SessionIdle:  time.Hour,
		SessionMax:   24 * time.Hour,
		InviteDays:   3,

		AuditKeepDays: 365,
		Backups:       Backups{Every: BackupsOff, Time: "03:00", Keep: 14},
	}
}

// singleFactorMin is the least password length while the password may be all
// there is (NIST SP 800-63B-4, section 3.1.1.2).
const singleFactorMin = 15

// InviteFor is how long an invitation works.
func (s Settings) InviteFor() time.Duration { return time.Duration(s.InviteDays) * 24 * time.Hour }

// MinPassword is the password length in force, in code points: the setting, but
// never under 15 while two-step verification is not required for everyone. Until the
// deadline it is not: for some the password is all there is.
func (s Settings) MinPassword(now time.Time) int {
	if s.TwoStep != TwoStepEveryone || s.InGrace(now) {
		return max(s.PasswordMin, singleFactorMin)
	}
	return s.PasswordMin
}

// ParseSettings reads settings as they are stored. An unknown name or a value
// out of its bounds is an error that names it: a setting is never guessed.
func ParseSettings(stored map[string]string) (Settings, error) {
	s := DefaultSettings()
	for name, value := range stored {
		if err := s.Set(name, value); err != nil {
			return Settings{}, fmt.Errorf("setting %s: %w", name, err)
		}
	}
	return s, nil
}

// Set changes the setting with this name. The error is a problem.Problem with
// the name as its field.
func (s *Settings) Set(name, value string) error {
	switch name {
	case "instance_name":
		return s.setInstanceName(value)
	case "two_step":
		return s.setTwoStep(value)
	case "two_step_deadline":
		return s.setDeadline(value)
	case "two_step_since":
		return s.setSince(value)
	case "password_min":
		return setNumber(&s.PasswordMin, name, value, 8, 64)
	case "session_idle":
		return setMinutes(&s.SessionIdle, name, value, 5, 7*24*60)
	case "session_max":
		return setMinutes(&s.SessionMax, name, value, 5, 90*24*60)
	case "remember_days":
		return setNumber(&s.RememberDays, name, value, 0, 90)
	case "invite_days":
		return setNumber(&s.InviteDays, name, value, 1, 14)
	case "delete_self":
		return setYesNo(&s.DeleteSelf, name, value)
	case "audit_keep_days":
		return s.setAuditKeepDays(value)
	case "contact_name", "contact_phone", "contact_link":
		return s.Contact.set(name, value)
	case "help_text":
		return setText(&s.HelpText, name, "Your text about help", value)
	case "privacy_text":
		return setText(&s.PrivacyText, name, "Your text about privacy", value)
	case "accent":
		return s.setAccent(value)
	case "logo":
		return s.setLogo(value)
	case "backup_every", "backup_time", "backup_keep", "backup_recipients":
		return s.Backups.set(name, value)
	case "backups_done":
		return setYesNo(&s.BackupsDone, name, value)
	case "checklist_done":
		return setYesNo(&s.ChecklistDone, name, value)
	case "lost_phone_wait":
		return setUnits(&s.LostPhoneWait, time.Hour, name, value, 0, 7*24)
	}
	return problem.New(problem.BadRequest, "There is no such setting.")
}

// GeneralNames are the settings of the page "General", in its order.
func GeneralNames() []string {
	return []string{"instance_name", "audit_keep_days", "contact_name", "contact_phone", "contact_link", "help_text", "privacy_text", "accent"}
}

// SignInNames are the settings of the page "Signing in", in its order.
func SignInNames() []string {
	return []string{"two_step", "password_min", "session_idle", "session_max", "remember_days", "lost_phone_wait", "invite_days", "delete_self"}
}

// SettingNames are the names of all settings, in the order of the pages.
func SettingNames() []string {
	return slices.Concat(GeneralNames(), SignInNames(), BackupNames(), []string{"logo", "backups_done", "checklist_done", "two_step_deadline", "two_step_since"})
}

// Values returns every setting as it is stored.
func (s Settings) Values() map[string]string {
	return map[string]string{
		"instance_name": s.InstanceName,
		"two_step":      string(s.TwoStep),
		"password_min":  strconv.Itoa(s.PasswordMin),
		"session_idle":  strconv.Itoa(int(s.SessionIdle / time.Minute)),
		"session_max":   strconv.Itoa(int(s.SessionMax / time.Minute)),
		"remember_days": strconv.Itoa(s.RememberDays),
		"invite_days":   strconv.Itoa(s.InviteDays),
		"delete_self":   yesNo(s.DeleteSelf),

		"backup_every": string(s.Backups.Every), "backup_time": s.Backups.Time, "backup_keep": strconv.Itoa(s.Backups.Keep), "backup_recipients": s.Backups.Recipients,

		"two_step_deadline": formatTime(time.DateOnly, s.TwoStepDeadline),
		"two_step_since":    formatTime(sinceForm, s.TwoStepSince),

		"audit_keep_days": strconv.Itoa(s.AuditKeepDays),
		"lost_phone_wait": strconv.Itoa(int(s.LostPhoneWait / time.Hour)),

		"contact_name": s.Contact.Name, "contact_phone": s.Contact.Phone, "contact_link": s.Contact.Link,
		"help_text": s.HelpText, "privacy_text": s.PrivacyText,
		"accent": s.Accent, "logo": s.Logo,
		"backups_done": yesNo(s.BackupsDone), "checklist_done": yesNo(s.ChecklistDone),
	}
}
