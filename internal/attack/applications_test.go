package attack

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
)

const appsPath = "/admin/applications"

// TestApplications_AStory adds an application, changes, disables and deletes it, on pages alone.
func TestApplications_AStory(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	grace := a.AddUser("grace")
	a.AddUser("dennis")
	addGroup(t, a, "engineering", "Engineering", grace)
	b := administratorAt(a)
	b.Open("/admin/settings/general")
	b.Follow("Applications").At(appsPath).Sees("No applications yet.")
	b.Follow("Add an application").Sees("Engineering", "1 member")
	b.Submit("Add application", "Short name", "Wiki", "Hosts", "*.example.com").Is(http.StatusUnprocessableEntity).
		Sees("lower-case letters, digits and hyphens", "Enter a name", "A host cannot have a * in it", "*.example.com")
	b.Post(appsPath+"/new", "slug", "wiki", "name", "Wiki", "host", "WIKI.example.com\r\nwiki-staging.example.com:8443", "access", "groups", "group", "engineering",
		"public", "/assets/\n/health", "launch_url", "https://wiki.example.com/home", "proof_minutes", "30").Redirects(appsPath + "/wiki")
	b.Open(appsPath+"/wiki").Sees("The application has been added.", "1 of 3 users can open Wiki. Nobody has it open now.", "wiki.example.com", "wiki-staging.example.com:8443",
		"Members of Engineering", "/assets/, /health", "https://wiki.example.com/home", "after 30 minutes", "No proxy has asked yet")
	b.Post(appsPath+"/new", "slug", "wiki", "name", "Wiki", "host", "w2.example.com", "access", "everyone", "public", "", "launch_url", "", "proof_minutes", "").
		Is(http.StatusUnprocessableEntity).Sees("There is an application with this short name already")
	b.Post(appsPath+"/new", "slug", "other", "name", "Other", "host", "wiki.example.com", "access", "everyone", "public", "", "launch_url", "", "proof_minutes", "").
		Is(http.StatusUnprocessableEntity).Sees("belongs to the application “wiki” already")

	b.Open(appsPath+"/wiki/who").Sees("It is open to members of Engineering.", "1 person", "grace")
	b.Open(appsPath+"/wiki/who?user=Grace@example.org").Sees("Grace can open Wiki.", "It is open to members of Engineering.")
	b.Open(appsPath+"/wiki/who?user=dennis").Sees("Dennis cannot open Wiki.", "Dennis is not one of them", "Add to Engineering")
	b.Open(appsPath + "/wiki/who?user=nobody").Sees("No user has this name.")
	b.Open("/admin/groups").Sees("Wiki")
	b.Open("/admin/groups/engineering").Sees("who can open Wiki.")
	b.Open("/admin/groups/engineering/delete").Sees("Wiki lists it.", "It lists no other group, so nobody can open it then.")
	b.Open("/admin/users/"+grace.ID).Sees("Wiki", "Engineering")

	b.Open(appsPath + "/wiki/edit")
	b.Submit("Save changes", "Name", "Handbook").At(appsPath+"/wiki").Sees("The application has been saved.", "Handbook")
	b.Post(appsPath+"/wiki/edit", "name", "Late", "host", "wiki.example.com", "access", "everyone", "public", "", "launch_url", "", "proof_minutes", "", "version", "1").
		Is(http.StatusConflict).Sees("Somebody else has changed this application", "Handbook")
	b.Open(appsPath + "/wiki/disable").Sees("everybody is signed out of it at once")
	b.Submit("Disable application").At(appsPath+"/wiki").Sees("Handbook has been disabled.", "Handbook is disabled, so nobody can open it.")
	b.Open(appsPath+"/wiki/who?user=grace").Sees("Grace cannot open Handbook.", "Once it is enabled, Grace can")
	b.Post(appsPath+"/wiki/disable", "version", "3").Is(http.StatusConflict).Sees("disabled already")
	b.Open(appsPath + "/wiki/enable")
	b.Submit("Enable application").At(appsPath + "/wiki").Sees("Handbook has been enabled.")
	b.Post(appsPath+"/wiki/delete", "version", "1").Is(http.StatusConflict)
	b.Open(appsPath + "/wiki/delete")
	b.Submit("Delete application").At(appsPath).Sees("Handbook has been deleted.")
	b.Get(appsPath + "/wiki").Is(http.StatusNotFound)
	b.Open("/admin/audit").Sees("Added the application “wiki”", "Changed the application “wiki”", "Disabled the application “wiki”", "Enabled the application “wiki”", "Deleted the application “wiki”")
}

// TestApplications_WhatIMayOpen: people see it once there is any, and end what is open in their browser.
func TestApplications_WhatIMayOpen(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	grace, dennis := a.AddUser("grace"), a.AddUser("dennis")
	addGroup(t, a, "engineering", "", grace)
	hers, other, his := signedInAs(a, grace), signedInAs(a, grace), signedInAs(a, dennis)
	link := func(b *apptest.Browser) bool {
		return b.Open("/profile").Doc().Find(`header nav a[href="/applications"]`).Length() > 0
	}
	if link(hers) {
		t.Error("the menu leads to applications before there are any")
	}
	hers.Open("/applications").Sees("There is no application that you can open yet.")
	addApp(t, a, "wiki", "engineering")
	addApp(t, a, "lunch", "everyone")
	disabledApp(t, a, "shut")
	if !link(hers) || !link(his) {
		t.Error("no menu leads to applications")
	}
	hers.Open("/applications").Sees("wiki", "wiki.example.com", "lunch").SeesNot("shut", "Sign out of")
	his.Open("/applications").Sees("lunch").SeesNot("wiki")

	sessions, err := a.DB.Sessions(grace.ID, a.Clock.Now())
	if err != nil || len(sessions) != 2 {
		t.Fatal(len(sessions), err)
	}
	for i, s := range sessions {
		openIn(t, a, "wiki", s.ID, fmt.Sprint("open", i))
	}
	hers.Open("/applications").Sees("Sign out of wiki")
	hers.Post("/applications/wiki/sign-out").Redirects("/applications")
	hers.Open("/applications").Sees("You are signed out of wiki in this browser.", "Signed in in another browser")
	other.Open("/applications").Sees("Sign out of wiki")
	hers.Post("/applications/wiki/sign-out").Redirects("/applications") // pressed twice
	b := administratorAt(a)
	b.Open(appsPath+"/wiki").Sees("1 has it open now.", "grace")
	b.Open("/admin/users/" + grace.ID).Sees("Open: wiki")
	b.Submit("End the sign-in to wiki").At("/admin/users/" + grace.ID).Sees("Grace is signed out of wiki.")
	other.Open("/applications").SeesNot("Sign out of wiki")
	b.Open("/admin/audit").Sees("Signed out of the application “wiki”", "Signed the user out of the application “wiki”")
	file := other.Get("/profile/data.json").Body
	for _, want := range []string{`"slug": "wiki"`, `"why": "engineering"`, `"why": "Everyone"`, `"application_sessions": []`} {
		if !strings.Contains(file, want) {
			t.Errorf("the file lacks %s:\n%s", want, file)
		}
	}
	if strings.Contains(file, `"slug": "shut"`) {
		t.Error("the file has an application that is disabled")
	}
}

// TestAC04_ApplicationsOfOthersDoNotExist: whoever has no access learns not even that there is one, and ends
// nothing of anybody.
func TestAC04_ApplicationsOfOthersDoNotExist(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	grace, dennis := a.AddUser("grace"), a.AddUser("dennis")
	addGroup(t, a, "engineering", "", grace)
	addApp(t, a, "secret-plans", "engineering")
	hers, his := signedInAs(a, grace), signedInAs(a, dennis)
	hash := openIn(t, a, "secret-plans", sessionOf(t, a, grace).ID, "hers")
	hers.Open("/applications").Sees("secret-plans")
	for _, path := range []string{"/applications/secret-plans/sign-out", "/applications/nothing/sign-out"} {
		if p := his.Post(path); p.Status != http.StatusNotFound || strings.Contains(p.Body, "secret-plans") {
			t.Errorf("%s: %d", path, p.Status)
		}
	}
	his.Get("/applications").SeesNot("secret-plans")
	for _, path := range []string{appsPath, appsPath + "/secret-plans", appsPath + "/secret-plans/who", "/admin/users/" + grace.ID + "/as/applications"} {
		his.Get(path).Is(http.StatusNotFound)
	}
	his.Post(appsPath + "/secret-plans/sessions/hers/end").Is(http.StatusNotFound)
	his.Post("/admin/users/" + grace.ID + "/applications/secret-plans/end").Is(http.StatusNotFound)
	if !opens(t, a, hash, "secret-plans") {
		t.Error("somebody else ended it")
	}
}

// opens reports whether a token with this hash opens the application at this moment.
func opens(t testing.TB, a *apptest.App, hash, slug string) bool {
	t.Helper()
	o, ok, err := a.DB.OpenedByHash(hash, slug, slug+".example.com", a.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return ok && o.MayOpen()
}

// TestFD06_ChangesHoldAtTheNextRequest: a group taken out of an application, a person out of a group, a host that
// went and an application that is disabled close it, whoever has it open; an end closes one.
func TestFD06_ChangesHoldAtTheNextRequest(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	grace := a.AddUser("grace")
	addGroup(t, a, "engineering", "", grace)
	addGroup(t, a, "empty", "")
	a.Browser().SignIn(grace)
	b := administratorAt(a)
	version := func(slug string) string {
		app, err := a.DB.Application(slug)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(app.Version)
	}
	edit := func(slug string, change ...string) {
		t.Helper()
		b.Post(appsPath+"/"+slug+"/edit", append([]string{"name", slug, "public", "", "launch_url", "", "proof_minutes", "", "version", version(slug)}, change...)...).Redirects(appsPath + "/" + slug)
	}
	for name, change := range map[string]func(slug string){
		"no-group":   func(slug string) { edit(slug, "host", slug+".example.com", "access", "groups") },
		"other":      func(slug string) { edit(slug, "host", slug+".example.com", "access", "groups", "group", "empty") },
		"other-host": func(slug string) { edit(slug, "host", slug+"2.example.com", "access", "everyone") },
		"disabled": func(slug string) {
			b.Post(appsPath+"/"+slug+"/disable", "version", version(slug)).Redirects(appsPath + "/" + slug)
		},
		"deleted": func(slug string) { b.Post(appsPath+"/"+slug+"/delete", "version", version(slug)).Redirects(appsPath) },
		"ended": func(slug string) {
			b.Post(appsPath + "/" + slug + "/sessions/" + slug + "/end").Redirects(appsPath + "/" + slug)
		},
		"all-ended": func(slug string) {
			b.Post("/admin/users/" + grace.ID + "/applications/" + slug + "/end").Redirects("/admin/users/" + grace.ID)
		},
	} {
		addApp(t, a, name, "engineering")
		hash := openIn(t, a, name, sessionOf(t, a, grace).ID, name)
		if !opens(t, a, hash, name) {
			t.Errorf("%s: not open before", name)
		}
		if change(name); opens(t, a, hash, name) {
			t.Errorf("%s: still open", name)
		}
	}
	addApp(t, a, "left", "engineering")
	hash := openIn(t, a, "left", sessionOf(t, a, grace).ID, "left")
	group, err := a.DB.Group("engineering")
	if err != nil {
		t.Fatal(err)
	}
	b.Post("/admin/groups/engineering/members", "user", grace.ID, "action", "remove", "confirm", "1", "version", fmt.Sprint(group.Version)).Redirects("/admin/groups/engineering")
	if opens(t, a, hash, "left") {
		t.Error("open for somebody who left the group")
	}
}

// TestFD05_OneApplicationGetsAHost: of two that ask for it at once, over HTTP, one does, and the other is told so.
func TestFD05_OneApplicationGetsAHost(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := administratorAt(a)
	got := map[int]int{}
	for _, p := range race(t, 8, func(i int) *apptest.Page {
		return b.Clone().Post(appsPath+"/new", "slug", fmt.Sprint("app-", i), "name", "App", "host", "wiki.example.com", "access", "everyone", "public", "", "launch_url", "", "proof_minutes", "")
	}) {
		got[p.Status]++
	}
	if got[http.StatusSeeOther] != 1 || got[http.StatusUnprocessableEntity] != 7 {
		t.Errorf("answers: %v", got)
	}
	if n, err := a.DB.CountApplications(t.Context(), store.ApplicationFilter{}); n != 1 || err != nil {
		t.Errorf("%d applications, %v", n, err)
	}
}

// TestAC08_OneVersionOfAnApplicationIsEditedOnce: of several who save the same version at once one does.
func TestAC08_OneVersionOfAnApplicationIsEditedOnce(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	addApp(t, a, "wiki", "everyone")
	b := administratorAt(a)
	won := 0
	for _, p := range race(t, 8, func(i int) *apptest.Page {
		return b.Clone().Post(appsPath+"/wiki/edit", "name", fmt.Sprint("Wiki ", i), "host", "wiki.example.com", "access", "everyone", "public", "", "launch_url", "", "proof_minutes", "", "version", "1")
	}) {
		if p.Status == http.StatusSeeOther {
			won++
		}
	}
	if app, err := a.DB.Application("wiki"); won != 1 || app.Version != 2 || err != nil {
		t.Errorf("%d saved, version %d, %v", won, app.Version, err)
	}
	b.Post(appsPath+"/wiki/edit", "name", "Wiki", "host", "wiki.example.com", "access", "everyone", "public", "", "launch_url", "", "proof_minutes", "").Is(http.StatusConflict)
}

// TestWE02_NamesOfApplicationsStayText wherever they are shown, and nothing odd is stored.
func TestWE02_NamesOfApplicationsStayText(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	grace := a.AddUser("grace")
	b := administratorAt(a)
	evil := `<img src=x onerror=alert(1)>"'`
	addGroup(t, a, "team", "", grace)
	b.Post(appsPath+"/new", "slug", "evil", "name", evil, "host", "evil.example.com", "access", "groups", "group", "team", "public", "", "launch_url", "", "proof_minutes", "").Redirects(appsPath + "/evil")
	b.Post("/admin/users/"+grace.ID+"/view-as", "reason", "asked")
	hers := signedInAs(a, grace)
	openIn(t, a, "evil", sessionOf(t, a, grace).ID, "x")
	for _, path := range []string{
		appsPath, appsPath + "/evil", appsPath + "/evil/edit", appsPath + "/evil/who", appsPath + "/evil/who?user=%3Cimg+src%3Dx%3E", appsPath + "/evil/delete", "/admin/groups", "/admin/groups/team", "/admin/groups/team/delete",
		"/admin/users/" + grace.ID, "/admin/users/" + grace.ID + "/as/applications", "/admin/audit",
	} {
		if b.Open(path); strings.Contains(b.Body, "<img src=x") {
			t.Errorf("%s has markup of a name", path)
		}
	}
	if hers.Open("/applications"); strings.Contains(hers.Body, "<img src=x") {
		t.Error("/applications has markup of a name")
	}
	for name, change := range map[string][]string{
		"name": {"name", "\u202egnp.exe"}, "host": {"host", "evil.example.com/path"}, "user": {"host", "a@b.example"}, "own": {"host", strings.TrimPrefix(a.URL, "http://")}, "script": {"launch_url", "javascript:alert(1)"},
		"elsewhere": {"launch_url", "https://attacker.example/"}, "dots": {"public", "/a/../admin"}, "everything": {"public", "/"}, "minutes": {"proof_minutes", "-1"}, "many": {"proof_minutes", "1441"},
		"group": {"group", "none"}, "access": {"access", "nobody"},
	} {
		values := map[string]string{"name": "X", "host": "evil.example.com", "access": "groups", "public": "", "launch_url": "", "proof_minutes": ""}
		values[change[0]] = change[1]
		form := []string{"version", "1"}
		for k, v := range values {
			form = append(form, k, v)
		}
		if b.Post(appsPath+"/evil/edit", form...); b.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, b.Status)
		}
	}
	for _, address := range []string{appsPath + "?sort=evil", appsPath + "?after=a&before=b", appsPath + "/evil/who?after=a&before=b", "/applications?after=a&before=b", "/applications?x=1"} {
		b.Get(address).Is(http.StatusBadRequest)
	}
}

// TestApplications_Pages goes through more applications, and people, than a page has.
func TestApplications_Pages(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	var all []*apptest.User
	for i := range 30 {
		all = append(all, a.AddUser(fmt.Sprintf("person%02d", i)))
	}
	addGroup(t, a, "team", "", all...)
	addGroup(t, a, "second", "", all[:2]...)
	for i := range 65 {
		addApp(t, a, fmt.Sprintf("app-%02d", i), "team", "second")
	}
	b := administratorAt(a)
	b.Open(appsPath).Sees("25 of 65 applications", "app-24").SeesNot("app-25")
	b.Follow("Next →").Sees("app-25")
	b.Follow("← Previous").Sees("app-00")
	b.Open(appsPath + "?q=app-64").Sees("1 application: “app-64”")
	b.Open(appsPath + "?q=nothing").Sees("No application matches.")
	b.Open(appsPath + "?group=team").Sees("open to group team")
	b.Open("/admin/groups").Sees("app-00, app-01, app-02 and 62 more")
	b.Open("/admin/groups/team").Sees("and 45 more")
	b.Open(appsPath+"/app-00").Sees("30 of 31 users can open app-00.", "See all 30, or check one person")
	b.Open(appsPath+"/app-00/who").Sees("25 of 30 people", "person24", "second, team").SeesNot("person25")
	b.Follow("Next →").Sees("person29").SeesNot("person24")
	b.Follow("← Previous").Sees("person00")
	hers := signedInAs(a, all[0])
	hers.Open("/applications").Sees("app-59").SeesNot("app-60")
	hers.Follow("Next →").Sees("app-64")
	hers.Open("/applications?q=app-64").Sees("app-64").SeesNot("app-00")
	b.Open("/admin/users/" + all[0].ID).Sees("The first 25 of 65.")
}

// TestSE12_GroupsOfAnApplicationWait: ticked groups come back behind a proof, however many.
func TestSE12_GroupsOfAnApplicationWait(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	addGroup(t, a, "engineering", "")
	addGroup(t, a, "support", "")
	addGroup(t, a, "trainees", "")
	b := administratorAt(a)
	a.Clock.Add(11 * time.Minute)
	b.Post(appsPath+"/new", "slug", "wiki", "name", "Wiki", "host", "wiki.example.com\nw.example.com", "access", "groups", "group", "engineering", "group", "support", "public", "/a/", "launch_url", "", "proof_minutes", "5")
	b.Open(b.Header.Get("Location")).Sees("What you entered is kept")
	b.Confirm(a.Admin)
	b.Open(appsPath + "/new?kept=1").Sees("Nothing has been saved yet.")
	got := typed(b.Page, appsPath+"/new")
	if strings.Join(got["group"], " ") != "engineering support" || got.Get("host") != "wiki.example.com\nw.example.com" || got.Get("access") != "groups" || got.Get("proof_minutes") != "5" {
		t.Errorf("the form is %v", got)
	}
	b.Submit("Add application").At(appsPath + "/wiki").Sees("Members of engineering or support")
}
