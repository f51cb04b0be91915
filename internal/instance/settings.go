package instance

import (
	"strings"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// Settings returns what administrators decided. Inside a transaction that depends on
// them use store.Reader.Settings: these could be the ones from before a change that commits at this
// moment.
func (i *Instance) Settings() auth.Settings { return *i.settings.Load() }

// LoadSettings reads the settings again, after a change of them. Of several at
// once the last to read is the last to store, so an older policy never stays.
func (i *Instance) LoadSettings() error {
	i.loading.Lock()
	defer i.loading.Unlock()
	settings, err := i.DB.Settings()
	if err != nil {
		return err
	}
	if i.OnSettings != nil {
		if err := i.OnSettings(settings); err != nil {
			return err
		}
	}
	i.settings.Store(&settings)
	return nil
}

// EditSettings stores what change makes of the settings as they are inside the
// transaction, and returns both; for the rest see ChangeSettings.
func EditSettings(tx *store.Tx, by audit.Entry, change func(before auth.Settings) (auth.Settings, error)) (before, after auth.Settings, err error) {
	if before, err = tx.Settings(); err != nil {
		return before, before, err
	}
	if after, err = change(before); err != nil {
		return before, after, err
	}
	return before, after, ChangeSettings(tx, by, before, after)
}

// ChangeSettings stores what differs between the settings inside the transaction, with
// one audit row by this person, which also says why. Call LoadSettings after the
// commit. A policy under which no administrator could sign in is a mistake in the field
// "two_step".
func ChangeSettings(tx *store.Tx, by audit.Entry, before, after auth.Settings, also ...audit.Detail) error {
	if after.TwoStep != before.TwoStep {
		after.TwoStepSince = by.At
	}
	if after.TwoStep != auth.TwoStepEveryone {
		after.TwoStepDeadline = time.Time{} // administrators never have one
	}
	details, err := storeChanges(tx, before, after)
	if err != nil {
		return err
	}
	if after.TwoStep != before.TwoStep || after.RememberDays < before.RememberDays {
		// What was remembered was so under the old rule (SE-14).
		if err := tx.EndRemembered(); err != nil {
			return err
		}
	}
	if err := KeepAdministrator(tx.Reader, before.TwoStep, after.TwoStep); err != nil {
		return err
	}
	if len(details) > 0 {
		by.Event, by.Result = audit.SettingsChanged, audit.ResultOK
		by.SubjectID, by.SubjectName, by.Details = "", "", append(details, also...)
		return tx.Audit(by)
	}
	return nil
}

// storeChanges stores every setting that differs and says which, in the order of the
// pages. When the policy was set is not told: that is the time of the row.
func storeChanges(tx *store.Tx, before, after auth.Settings) (details []audit.Detail, err error) {
	was, is := before.Values(), after.Values()
	for _, name := range auth.SettingNames() {
		if was[name] == is[name] {
			continue
		}
		if err := tx.SetSetting(name, is[name]); err != nil {
			return nil, err
		}
		if name != "two_step_since" {
			details = append(details, audit.Detail{Name: name, Before: onOneLine(was[name]), After: onOneLine(is[name])})
		}
	}
	return details, nil
}

// onOneLine is a value as the audit log has it.
func onOneLine(value string) string {
	return strings.Join(strings.FieldsFunc(value, func(r rune) bool { return r == '\n' }), " / ")
}

// KeepAdministrator refuses a policy under which no administrator could sign in.
// Actions on users read the policy inside their transactions, too, so neither can
// slip past the other.
func KeepAdministrator(r store.Reader, before, after auth.TwoStep) error {
	demands := after.Demands(user.RoleAdmin)
	if demands == before.Demands(user.RoleAdmin) {
		return nil
	}
	n, err := r.UsableAdministrators(demands)
	if err != nil || n > 0 {
		return err
	}
	return problem.Field("two_step", "No administrator has an authenticator app yet. Set one up first, or nobody will be able to manage this site.")
}

// Grace returns the last day on which somebody who must have an authenticator may
// still sign in without one; the zero time if there is nothing to wait for.
func (i *Instance) Grace(u user.User, now time.Time) time.Time {
	settings := i.Settings()
	if u.Authenticators > 0 || !settings.Policy(now).Spares(auth.FactsOf(u)) {
		return time.Time{}
	}
	return settings.TwoStepDeadline
}
