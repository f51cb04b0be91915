package profile

import (
	"errors"

	"latchkey/internal/audit"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web/forms"
)

// appearance is how somebody wants pages: their colours, and the zone of their times.
type appearance struct {
	theme user.Theme
	zone  string
}

// readAppearance reads what the form has of it.
func readAppearance(u user.User, form forms.Form) (l appearance, err error) {
	l.zone = u.TimeZone
	var themeErr, zoneErr error
	l.theme, themeErr = user.CheckTheme(form["theme"])
	if typed := form["time_zone"]; typed != u.TimeZone { // an old one stays though the list has it no more
		l.zone, zoneErr = user.CheckZone(typed)
	}
	return l, errors.Join(themeErr, zoneErr)
}

// save stores it and returns what has changed. u is the user as stored.
func (l appearance) save(tx *store.Tx, u user.User) (changed []audit.Detail, err error) {
	if l.theme != u.Theme {
		changed = append(changed, audit.Detail{Name: "theme", Before: themeWords(u.Theme), After: themeWords(l.theme)})
	}
	if l.zone != u.TimeZone {
		changed = append(changed, audit.Detail{Name: "time_zone", Before: u.TimeZone, After: l.zone})
	}
	if len(changed) == 0 {
		return nil, nil
	}
	return changed, tx.SetAppearance(u.ID, l.theme, l.zone)
}

func themeWords(t user.Theme) string {
	if t == user.ThemeSystem {
		return "system"
	}
	return string(t)
}
