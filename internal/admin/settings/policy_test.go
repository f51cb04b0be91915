package settings_test

import (
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/store"
)

const (
	settingsPath = "/admin/settings/sign-in"
	everyonePath = "/admin/settings/sign-in/everyone"
	adminsPath   = "/admin/settings/sign-in/administrators"
	enrolPath    = "/security/authenticators/new"
)

// optional is a program in which nobody has to, with a browser of the administrator and
// somebody without a phone.
func optional(t *testing.T) (a *apptest.App, desk *apptest.Browser, nell *apptest.User) {
	t.Helper()
	a = apptest.Start(t, apptest.Options{})
	a.Set("two_step", "optional")
	a.Set("session_idle", "10080")
	a.Set("session_max", "129600")
	nell = a.AddUser("nell", apptest.NoPhone)
	desk = a.Browser()
	desk.SignIn(a.Admin)
	return a, desk, nell
}

// TestOT19_StoryOfADeadline: from the review page over the day to the enrolment. The
// clock begins on 2 March 2026.
func TestOT19_StoryOfADeadline(t *testing.T) {
	t.Parallel()
	a, desk, nell := optional(t)
	carl := a.AddUser("carl", apptest.NoPhone, apptest.NoAddress)
	alice := a.AddUser("alice")
	a.Clock.Add(time.Second)
	desk.Post(settingsPath, "two_step", "everyone", "password_min", "12").Redirects(everyonePath)
	if a.Site.Instance.Settings().TwoStep != auth.TwoStepOptional {
		t.Fatal("saved before anybody looked")
	}
	desk.Open(everyonePath).Sees("Require two-step verification for everyone", "Nothing is saved yet", "Without an authenticator app 2", "without an email address 1", "Administrators without one None").SeesNot("saved.")
	if got := desk.Value("Last day to sign in without it"); got != "2026-04-01" {
		t.Errorf("offered %s", got)
	}
	desk.Submit("Require it", "Last day to sign in without it", "2026-03-10").At(settingsPath).Sees("Settings saved.", "Existing users have until 10 March 2026")
	if e := a.Newest(); e.Event != audit.SettingsChanged || apptest.Details(e.Details) != "two_step:optional>everyone two_step_deadline:>2026-03-10" {
		t.Errorf("%+v", e)
	}
	desk.Open("/admin").Sees("Two-step verification for everyone by 10 March 2026", "2 of 4 still without two-step verification, 9 days left.", "Export CSV")
	desk.Follow("Show them").At("/admin/users?status=active&two_step=off").Sees("nell", "carl").SeesNot("root-admin@")

	b := a.Browser()
	b.SignIn(nell)
	for _, path := range []string{"/profile", "/security"} {
		b.Open(path).Sees("Set up two-step verification by 10 March 2026", "Set it up now")
	}
	b.Open(enrolPath).At(enrolPath).SeesNot("Set it up now")
	b.Open("/security/password").Sees("At least 15 characters")
	desk.Open("/profile").SeesNot("Set it up now")
	enrolled := a.Browser()
	enrolled.SignIn(alice)
	enrolled.Open("/profile").SeesNot("Set it up now")
	desk.Open("/admin/users/" + nell.ID + "/explain").Sees("It has to be set up by 10 March 2026.")
	a.Clock.Add(time.Second)
	fresh := a.AddUser("fresh", apptest.NoPhone)
	a.Browser().Password(fresh).Redirects(enrolPath)

	a.Clock.Add(8*24*time.Hour + 14*time.Hour) // 10 March, 23:00
	late := a.Browser()
	late.SignIn(carl).At("/profile")
	b.SignIn(nell).At("/profile")
	desk.SignIn(a.Admin)
	desk.Open("/admin").Sees("today is the last day")
	a.Clock.Add(time.Hour)
	late.Get("/profile").Redirects(enrolPath)
	b.Get("/security").Redirects(enrolPath)
	a.Browser().Password(nell).Redirects(enrolPath)
	late.Open(enrolPath).SeesNot("Set it up now")
	desk.Open("/admin").SeesNot("by 10 March 2026")
	desk.Open(settingsPath).SeesNot("Existing users have until")
	if got := a.Site.Instance.Settings().MinPassword(a.Clock.Now()); got != 12 {
		t.Errorf("passwords need %d characters", got)
	}
}

// TestOT19_AdministratorsGetNoTime: one without a phone can do nothing else at once,
// nor can somebody who becomes one while the others have time.
func TestOT19_AdministratorsGetNoTime(t *testing.T) {
	t.Parallel()
	a, desk, nell := optional(t)
	dora := a.AddUser("dora", apptest.NoPhone, apptest.Administrator)
	theirs := a.Browser()
	theirs.SignIn(dora).At("/profile")
	desk.Get(everyonePath)
	desk.Sees("Administrators without one Dora")
	desk.Post(everyonePath, "two_step_deadline", "2026-03-20").Redirects(settingsPath)
	theirs.Get("/admin").Redirects(enrolPath)
	theirs.Get("/profile").Redirects(enrolPath)
	a.Browser().SignIn(nell).At("/profile")
	a.Tx(func(tx *store.Tx) error { _, err := tx.SetRole(true, nell.ID, "admin"); return err })
	a.Browser().Password(nell).Redirects(enrolPath)
}

func TestPolicy_AtOnce(t *testing.T) {
	t.Parallel()
	a, desk, nell := optional(t)
	b := a.Browser()
	b.SignIn(nell)
	desk.Post(everyonePath, "two_step_deadline", "").Redirects(settingsPath)
	if e := a.Newest(); apptest.Details(e.Details) != "two_step:optional>everyone" {
		t.Errorf("%+v", e)
	}
	b.Get("/profile").Redirects(enrolPath)
	desk.Get(everyonePath).Redirects(settingsPath)
	desk.Post(everyonePath, "two_step_deadline", "2026-03-20").Is(409).Sees("has changed since you opened this page")
	if s := a.Site.Instance.Settings(); !s.TwoStepDeadline.IsZero() {
		t.Error("a policy in force was put off")
	}
}

// TestPolicy_NobodyAffectedIsSavedAtOnce where a stricter one asks nothing of anybody.
func TestPolicy_NobodyAffectedIsSavedAtOnce(t *testing.T) {
	t.Parallel()
	a, desk, nell := optional(t)
	signInSettings(desk, "administrators", "12", "60", "1440").Redirects(settingsPath)
	if s, err := a.DB.Settings(); err != nil || s.TwoStep != auth.TwoStepAdministrators {
		t.Error("not saved")
	}
	desk.Get(adminsPath).Redirects(settingsPath)
	a.Tx(func(tx *store.Tx) error { _, err := tx.Delete(true, nell.ID, a.Clock.Now()); return err })
	signInSettings(desk, "everyone", "12", "60", "1440").Redirects(settingsPath)
	if s, err := a.DB.Settings(); err != nil || s.TwoStep != auth.TwoStepEveryone {
		t.Error("not saved")
	}
	signInSettings(desk, "optional", "12", "60", "1440").Redirects(optionalPath)
}

// TestPolicy_HeldBackKeepsTheRest saves what else the form changes, and a mistake in
// it keeps the choice on the page.
func TestPolicy_HeldBackKeepsTheRest(t *testing.T) {
	t.Parallel()
	a, desk, _ := optional(t)
	signInSettings(desk, "everyone", "7", "60", "1440").Is(422)
	if desk.Doc().Find("#two_step-everyone[checked]").Length() != 1 {
		t.Error("the form forgot the policy")
	}
	signInSettings(desk, "everyone", "20", "60", "1440").Redirects(everyonePath)
	if s := a.Site.Instance.Settings(); s.PasswordMin != 20 || s.TwoStep != auth.TwoStepOptional {
		t.Errorf("%+v", s)
	}
	desk.Open(everyonePath).Sees("Nothing is saved yet", "The other settings have been saved.")
	head := a.Head()
	desk.Post(settingsPath, "two_step", "everyone").Redirects(everyonePath)
	if a.Head() != head {
		t.Error("something was written down")
	}
	desk.Post(settingsPath).Is(400)
}

func TestPolicy_DeadlinesThatAreNone(t *testing.T) {
	t.Parallel()
	a, desk, _ := optional(t)
	before, head := a.Site.Instance.Settings(), a.Head()
	for _, day := range []string{"2026-03-01", "2027-03-04", "2026-02-30", "tomorrow", "2026-3-9", "9999-12-31", "0001-01-01"} {
		desk.Post(everyonePath, "two_step_deadline", day).Is(422)
		if desk.Error("Last day to sign in without it") == "" {
			t.Errorf("%s: no message at the field", day)
		}
	}
	desk.Post(everyonePath, "two_step_since", "2030-01-01T00:00:00.000Z").Is(400)
	desk.Post(settingsPath, "two_step_deadline", "2026-03-20").Is(400)
	desk.Post(adminsPath, "two_step_deadline", "2026-03-20").Is(400)
	if a.Site.Instance.Settings() != before || a.Head() != head {
		t.Errorf("%+v", a.Site.Instance.Settings())
	}
	desk.Post(everyonePath, "two_step_deadline", "2026-03-02").Redirects(settingsPath)
}

// TestPolicy_MovingTheDeadline neither spares anybody new nor goes unsaid.
func TestPolicy_MovingTheDeadline(t *testing.T) {
	t.Parallel()
	a, desk, _ := optional(t)
	desk.Post(everyonePath, "two_step_deadline", "2026-03-10").Redirects(settingsPath)
	a.Clock.Add(time.Minute)
	fresh := a.AddUser("fresh", apptest.NoPhone)
	a.Clock.Add(time.Minute)
	desk.Open(everyonePath).Sees("Move the deadline for two-step verification")
	desk.Submit("Move the deadline", "Last day to sign in without it", "2026-03-20").At(settingsPath).Sees("Until the new deadline, a stolen password is enough")
	if e := a.Newest(); apptest.Details(e.Details) != "two_step_deadline:2026-03-10>2026-03-20" {
		t.Errorf("%+v", e)
	}
	a.Browser().Password(fresh).Redirects(enrolPath)
	signInSettings(desk, "everyone", "12", "60", "1440").Redirects(settingsPath)
	if got := a.Site.Instance.Settings().TwoStepDeadline.Format(time.DateOnly); got != "2026-03-20" {
		t.Errorf("another change of the page moved it to %s", got)
	}
	signInSettings(desk, "optional", "12", "60", "1440").Redirects(optionalPath)
	desk.Open(optionalPath).Sees("The deadline of 20 March 2026 no longer applies.")
	desk.Submit("Stop requiring it")
	if e := a.Newest(); apptest.Details(e.Details) != "two_step:everyone>optional two_step_deadline:2026-03-20>" {
		t.Errorf("%+v", e)
	}
}

// TestAC03_ReviewKeepsAnAdministrator refuses as the settings page does.
func TestAC03_ReviewKeepsAnAdministrator(t *testing.T) {
	t.Parallel()
	a, _, _ := optional(t)
	plain := a.AddUser("plain", apptest.Administrator, apptest.NoPhone)
	a.Tx(func(tx *store.Tx) error { _, err := tx.Disable(false, a.Admin.ID); return err })
	b := a.Browser()
	b.SignIn(plain)
	for path, fields := range map[string][]string{everyonePath: {"two_step_deadline", ""}, adminsPath: nil} {
		b.Open(path).Sees("No administrator has an authenticator app yet")
		if b.Doc().Find("main form").Length() != 0 {
			t.Error("it is offered all the same")
		}
		b.Post(path, fields...).Is(422).Sees("No administrator has an authenticator app yet")
	}
	if a.Site.Instance.Settings().TwoStep != auth.TwoStepOptional {
		t.Error("the policy was changed")
	}
	if !strings.Contains(b.Open("/admin").Text(), "1 administrator has not set up two-step verification.") {
		t.Error("the overview does not tell")
	}
}
