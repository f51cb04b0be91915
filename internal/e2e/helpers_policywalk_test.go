package e2e

import (
	"testing"
	"time"

	"latchkey/internal/apptest"
)

// walkPolicy requires two-step verification of everyone by a day that is to come.
func walkPolicy(t *testing.T) *tab {
	a := apptest.Start(t, apptest.Options{})
	a.Set("two_step", "optional")
	nora := a.AddUser("nora", apptest.NoPhone)
	a.AddUser("dora", apptest.NoPhone, apptest.Administrator)
	a.Clock.Add(time.Second)
	b := signedIn(t, a, a.Admin)
	b.open("/admin?days=30").inspect("overview, 30 days")
	b.open("/admin/settings/sign-in/administrators").inspect("policy, administrators")
	b.open("/admin/settings/sign-in/everyone").inspect("policy, everyone")
	b.press("Require it").at("/admin/settings/sign-in").inspect("sign-in settings, with a deadline")
	b.open("/admin").inspect("overview, with a deadline")
	b.open("/admin/settings/sign-in/everyone").inspect("policy, deadline to move")
	b.open("/admin/settings/sign-in/optional").inspect("policy, optional")
	b.open("/admin/settings/sign-in").fill("Days a browser can skip the code", "30").press("Save changes").inspect("sign-in settings, weaker")
	a.Clock.Add(11 * time.Minute)
	b.open("/admin/users/new").fill("Username", "margaret", "Name", "Margaret").press("Add user").inspect("confirm, with a form that waits")
	b.fill("Password", a.Admin.Password, "Code", a.Admin.Code()).press("Continue").at("/admin/users/new?kept=1").inspect("add user, filled")
	b.open("/admin/users?status=odd").inspect("a filter that is none")
	signedIn(t, a, nora).open("/profile").inspect("profile, reminded")
	return b
}

// walkLooking looks at somebody's pages.
func walkLooking(t *testing.T) *tab {
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	a.Browser().SignIn(alice)
	b, path := signedIn(t, a, a.Admin), "/admin/users/"+alice.ID
	b.open(path).follow("View as Alice").at(path + "/view-as").inspect("look at pages")
	b.press("View pages").inspect("look at pages, no reason")
	b.fill("Reason", "She called").press("View pages").at(path + "/as/profile").inspect("looking, profile")
	b.open(path + "/as/security").inspect("looking, security")
	b.open(path + "/as/applications").inspect("looking, applications")
	b.open(path + "/as/activity").inspect("looking, activity")
	b.press("Stop").at(path)
	return b
}
