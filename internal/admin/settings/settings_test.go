package settings_test

import (
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/store"
)

// signInSettings sends the form of that page.
func signInSettings(b *apptest.Browser, twoStep, minimum, idle, most string) *apptest.Page {
	return b.Post("/admin/settings/sign-in", "two_step", twoStep, "password_min", minimum, "session_idle", idle, "session_max", most)
}

func TestSettings_AreInForceAtOnceAndWrittenDown(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := a.Browser()
	b.SignIn(a.Admin)
	signInSettings(b, "administrators", "20", "60", "1440").Redirects(adminsPath)
	b.Post(adminsPath, "from", "everyone").Redirects(settingsPath)
	if s := a.Site.Instance.Settings(); s.TwoStep != auth.TwoStepAdministrators || s.PasswordMin != 20 {
		t.Errorf("in force: %+v", s)
	}
	if e := a.Newest(); e.Event != audit.SettingsChanged || apptest.Details(e.Details) != "two_step:everyone>administrators" {
		t.Errorf("%+v", e)
	}
	b.Open("/admin/settings/sign-in").Sees("Settings saved.", "fewer people")
	head := a.Head()
	signInSettings(b, "administrators", "20", "60", "1440").Redirects("/admin/settings/sign-in")
	if a.Head() != head {
		t.Error("nothing changed, and that was written down")
	}
	b.Open("/admin/settings/sign-in").Sees("Settings saved.").SeesNot("fewer people")
}

func TestSettings_MistakesChangeNothing(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := a.Browser()
	b.SignIn(a.Admin)
	before, head := a.Site.Instance.Settings(), a.Head()
	signInSettings(b, "nobody", "7", "4", "4").Is(422)
	signInSettings(b, "everyone", "12", "120", "60").Is(422).Sees("must not be shorter")
	b.Post("/admin/settings/general", "instance_name", "").Is(422)
	b.Post("/admin/settings/general", "instance_name", "Ours", "two_step", "optional").Is(400)
	if a.Site.Instance.Settings() != before || a.Head() != head {
		t.Errorf("%+v", a.Site.Instance.Settings())
	}
}

// TestAC03_PolicyKeepsAnAdministrator: an administrator without a phone cannot demand one of
// all administrators, or nobody could administer.
func TestAC03_PolicyKeepsAnAdministrator(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	a.Set("two_step", "optional")
	plain := a.AddUser("plain", apptest.Administrator, apptest.NoPhone)
	a.Tx(func(tx *store.Tx) error { _, err := tx.Disable(false, a.Admin.ID); return err })
	b := a.Browser()
	b.SignIn(plain)
	signInSettings(b, "administrators", "12", "60", "1440").Is(422).Sees("No administrator has an authenticator app yet")
	if a.Site.Instance.Settings().TwoStep != auth.TwoStepOptional {
		t.Error("the policy was changed")
	}
	a.Tx(func(tx *store.Tx) error { _, err := tx.Enable(a.Admin.ID); return err })
	signInSettings(b, "administrators", "12", "60", "1440").Redirects("/admin/settings/sign-in/administrators")
	b.Post("/admin/settings/sign-in/administrators").Redirects("/admin/settings/sign-in")
	if a.Site.Instance.Settings().TwoStep != auth.TwoStepAdministrators {
		t.Error("the policy was not changed")
	}
}

// TestSettings_KeepingEvents: the page of the log says how long, and an administrator who shortens
// it is told what that does.
func TestSettings_KeepingEvents(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := a.Browser()
	b.SignIn(a.Admin)
	b.Open("/admin/audit").Sees("Events are kept for 365 days.", "Export CSV", "Head of the log")
	for _, c := range []struct{ days, kept, warned string }{
		{"0", "Events are kept indefinitely.", ""},
		{"400", "Events are kept for 400 days.", "Events older than 400 days are permanently removed within the hour."},
		{"400", "Events are kept for 400 days.", ""},
		{"3650", "Events are kept for 3,650 days.", ""},
		{"30", "Events are kept for 30 days.", "Events older than 30 days are permanently removed within the hour."},
	} {
		b.Post("/admin/settings/general", "instance_name", "Latchkey", "audit_keep_days", c.days, "confirm", "1").Redirects("/admin/settings/general")
		p := b.Open("/admin/settings/general")
		p.Sees("Settings saved.")
		if c.warned != "" {
			p.Sees(c.warned)
		} else {
			p.SeesNot("within the hour")
		}
		b.Open("/admin/audit").Sees(c.kept)
	}
	b.Post("/admin/settings/general", "instance_name", "Latchkey", "audit_keep_days", "7").Is(422)
}
