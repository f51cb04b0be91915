package settings_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/auth"
	"latchkey/internal/store"
)

// mixed adds people of every kind: with and without an app, disabled, invited, deleted,
// locked, administrators among each.
func mixed(a *apptest.App) {
	add := func(name string, traits ...apptest.Trait) *apptest.User { return a.AddUser(name, traits...) }
	add("plain-1", apptest.NoPhone)
	add("plain-2", apptest.NoPhone, apptest.NoAddress)
	add("app-1")
	add("disabled-1", apptest.NoPhone, apptest.Disabled, apptest.NoAddress)
	add("invited-1", apptest.Invited, apptest.NoAddress)
	add("chief-1", apptest.NoPhone, apptest.Administrator, apptest.NoAddress)
	add("chief-2", apptest.Administrator)
	add("chief-off", apptest.NoPhone, apptest.Administrator, apptest.Disabled)
	add("chief-new", apptest.Invited, apptest.Administrator)
	gone, locked := add("gone-1", apptest.NoPhone, apptest.NoAddress), add("locked-1", apptest.NoPhone, apptest.NoAddress)
	a.Tx(func(tx *store.Tx) error {
		if err := tx.SetLockedUntil(locked.ID, a.Clock.Now().Add(time.Hour)); err != nil {
			return err
		}
		_, err := tx.Delete(false, gone.ID, a.Clock.Now())
		return err
	})
}

// shownNumber is the number behind a label on the page.
func shownNumber(t *testing.T, p *apptest.Page, label string) string {
	t.Helper()
	found := regexp.MustCompile(regexp.QuoteMeta(label) + ` (\d+)`).FindStringSubmatch(p.Text())
	if found == nil {
		t.Fatalf("%s does not say how many: %q\n%s", p.Path, label, p.Text())
	}
	return found[1]
}

// caption is the number in the caption of the list.
func caption(t *testing.T, p *apptest.Page) string {
	t.Helper()
	found := regexp.MustCompile(`(\d+) (?:of \d+ )?users?`).FindStringSubmatch(p.Doc().Find("caption").Text())
	if found == nil {
		t.Fatalf("%s counts nobody: %q", p.Path, p.Doc().Find("caption").Text())
	}
	return found[1]
}

// TestOT19_NumbersAgree compares what the overview, its list, what wants attention and
// both directions of the review count.
func TestOT19_NumbersAgree(t *testing.T) {
	t.Parallel()
	a, desk, _ := optional(t) // with nell, who has no phone
	mixed(a)
	const want, admins = "4", "1" // nell, plain-1, plain-2, chief-1; chief-1
	desk.Open("/admin")
	tile := desk.Doc().Find(`a[href="/admin/users?status=active&two_step=off"]`)
	if !strings.Contains(tile.Text(), want) {
		t.Errorf("the overview says %q", tile.Text())
	}
	desk.Sees(admins + " administrator has not set up two-step verification.")
	if n := caption(t, desk.Open("/admin/users?status=active&two_step=off")); n != want {
		t.Errorf("the list has %s", n)
	}
	if n := shownNumber(t, desk.Open(everyonePath), "Without an authenticator app"); n != want {
		t.Errorf("the review says %s", n)
	}
	if n := shownNumber(t, desk.Page, "Of these, without an email address"); n != "2" {
		t.Errorf("%s of them have no address", n)
	}
	desk.Sees("Administrators without one Chief-1")
	if n := caption(t, desk.Follow("Show them")); n != want {
		t.Errorf("the list of the review has %s", n)
	}
	if n := shownNumber(t, desk.Open(adminsPath), "Without an authenticator app"); n != admins {
		t.Errorf("the review for administrators says %s", n)
	}
	desk.Post(everyonePath, "two_step_deadline", "2026-03-20").Redirects(settingsPath)
	desk.Open("/admin").Sees(want + " of 7 still without two-step verification")
	for path, numbers := range map[string][2]string{
		optionalPath: {"7", "4"}, // nell, plain-1, plain-2, app-1, chief-1, chief-2, root-admin
		adminsPath:   {"4", "3"}, // nell, plain-1, plain-2, app-1
	} {
		desk.Open(path)
		if n := shownNumber(t, desk.Page, "No longer required to have an authenticator app"); n != numbers[0] {
			t.Errorf("%s: %s lose it", path, n)
		}
		if n := shownNumber(t, desk.Page, "Of these, without one now"); n != numbers[1] {
			t.Errorf("%s: %s have none", path, n)
		}
		if n := caption(t, desk.Follow("Show them")); n != numbers[0] {
			t.Errorf("%s: the list has %s", path, n)
		}
	}
}

const optionalPath = "/admin/settings/sign-in/optional"

// TestOT19_AWeakerPolicyIsReviewed as a stricter one is.
func TestOT19_AWeakerPolicyIsReviewed(t *testing.T) {
	t.Parallel()
	a, desk, _ := optional(t)
	desk.Post(everyonePath, "two_step_deadline", "2026-03-20").Redirects(settingsPath)
	head := a.Head()
	signInSettings(desk, "optional", "12", "60", "1440").Redirects(optionalPath)
	if a.Site.Instance.Settings().TwoStep != auth.TwoStepEveryone {
		t.Fatal("saved before anybody looked")
	}
	desk.Open(optionalPath).Sees("Make two-step verification optional", "Nothing is saved yet", "The deadline of 20 March 2026 no longer applies.")
	desk.Follow("Cancel").At(settingsPath)
	desk.Open(optionalPath)
	desk.Submit("Stop requiring it").At(settingsPath).Sees("Settings saved.", "fewer people")
	if s := a.Site.Instance.Settings(); s.TwoStep != auth.TwoStepOptional || !s.TwoStepDeadline.IsZero() {
		t.Errorf("%+v", s)
	}
	if a.Head() == head {
		t.Error("nothing was written down")
	}
	desk.Open(optionalPath).At(settingsPath)
	a.Set("two_step", "everyone")
	desk.Open(optionalPath).Sees("New passwords need at least 15 characters.")
}

// TestOT19_AReviewIsOfWhatWasInForce: somebody else has changed the policy meanwhile.
func TestOT19_AReviewIsOfWhatWasInForce(t *testing.T) {
	t.Parallel()
	a, desk, _ := optional(t)
	a.Set("two_step", "everyone")
	desk.Open(adminsPath).Sees("for administrators only")
	a.Set("two_step", "optional")
	desk.Submit("Stop requiring it").Is(409).Sees("has changed since you opened this page")
	desk.Post(optionalPath).Is(409)
	a.Set("two_step", "everyone")
	desk.Post(optionalPath).Is(409) // says nothing of what was shown
	if a.Site.Instance.Settings().TwoStep != auth.TwoStepEveryone {
		t.Error("the policy was changed")
	}
}

// TestSettings_WeakerOnesAreShownFirst, each with what was and what would be, and nothing
// is saved before the second press.
func TestSettings_WeakerOnesAreShownFirst(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := a.Browser()
	b.SignIn(a.Admin)
	a.Set("password_min", "16")
	a.Set("lost_phone_wait", "24")
	for _, c := range []struct {
		path, field, value string
		says               []string
	}{
		{settingsPath, "password_min", "10", []string{"Shortest password 16 characters → 10 characters", "easier to guess"}},
		{settingsPath, "session_idle", "240", []string{"Idle sessions end after 1 hour → 4 hours", "Unattended"}},
		{settingsPath, "session_max", "2880", []string{"Longest session 1 day → 2 days"}},
		{settingsPath, "remember_days", "30", []string{"A browser can skip the code for 0 days → 30 days"}},
		{settingsPath, "lost_phone_wait", "0", []string{"Wait before a lost phone is replaced 24 hours → 0 hours"}},
		{"/admin/settings/general", "audit_keep_days", "30", []string{"How long events are kept 365 days → 30 days", "permanently removed"}},
	} {
		before, head := a.Site.Instance.Settings(), a.Head()
		b.Open(c.path)
		b.Post(c.path, c.field, c.value).Is(200).Sees(append(c.says, "Check these changes", "Nothing is saved yet")...)
		if a.Site.Instance.Settings() != before || a.Head() != head {
			t.Errorf("%s was saved before anybody looked", c.field)
		}
		b.Submit("Save changes").At(c.path).Sees("Settings saved.")
		if got := a.Site.Instance.Settings().Values()[c.field]; got != c.value {
			t.Errorf("%s is %s after it was looked at", c.field, got)
		}
	}
	signInSettings(b, "everyone", "16", "60", "1440").Redirects(settingsPath) // stricter ones are saved at once
}

// TestSettings_WeakerOnesAndAnotherPolicy are two reviews, one after the other.
func TestSettings_WeakerOnesAndAnotherPolicy(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := a.Browser()
	b.SignIn(a.Admin)
	signInSettings(b, "optional", "12", "240", "1440").Is(200).Sees("Idle sessions end after", "on the next page")
	b.Submit("Save changes").At(optionalPath).Sees("The other settings have been saved.", "Make two-step verification optional")
	if s := a.Site.Instance.Settings(); s.SessionIdle != 4*time.Hour || s.TwoStep != auth.TwoStepEveryone {
		t.Errorf("%+v", s)
	}
	signInSettings(b, "optional", "7", "300", "1440").Is(422) // mistakes first
}

// TestSettings_LongerInvitationsAreReviewed as other settings are that protect less.
func TestSettings_LongerInvitationsAreReviewed(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := a.Browser()
	b.SignIn(a.Admin)
	b.Open("/admin/settings/sign-in")
	b.Submit("Save changes", "Days an invitation works", "2").At("/admin/settings/sign-in").Sees("Settings saved.")
	b.Submit("Save changes", "Days an invitation works", "14").Sees("Invitations work for", "2 days", "14 days")
	if a.Site.Instance.Settings().InviteDays != 2 {
		t.Error("saved before anybody looked")
	}
	b.Submit("Save changes").At("/admin/settings/sign-in")
	if a.Site.Instance.Settings().InviteDays != 14 {
		t.Error("not saved after the review")
	}
}
