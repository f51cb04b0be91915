package binary

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// applications is attacks on what an administrator types about applications and groups: names and hosts that are not
// what they look like, and forms that are older than what they change.
var applications = family{"applications and groups", []attack{
	{id: "FD-07/n", requirement: "A host of an application is a plain name, in one spelling, and none of ours.", try: func(t *T) string {
		boss, refused := t.signedIn(t.admin()), []string{
			"*.example.org", "*", "example.org/path", "user@example.org", "example.org?x", "example.org#x", "exa mple.org", "example.org:0", "example.org:65536", "example.org:http", "-a.example.org", "a..example.org", ".example.org",
			"login.example", "LOGIN.example", "login.example:443", "login.example.", "ｌｏｇｉｎ.example", "[::1", "a\u202eb.example.org", "a\\b.example.org", "<b>.example.org", "javascript:alert(1)", strings.Repeat("a", 64) + ".example.org", strings.Repeat("a.", 130) + "org", "//example.org", "example.org,evil.example", "аpple.example:99999",
		}
		for i, host := range refused {
			a := t.addApplication(boss, fmt.Sprint("refused", i), "host", host)
			t.holds(a.Status == 422 || a.Status == 400, "%q: %d", host, a.Status)
		}
		return fmt.Sprintf("%d hosts that are none or ours: no application is added.", len(refused))
	}},
	{id: "FD-07/o", requirement: "A host belongs to one application, in whatever spelling it is typed again.", try: func(t *T) string {
		boss := t.signedIn(t.admin())
		t.done(t.addApplication(boss, "first", "host", "first.example"))
		t.done(t.addApplication(boss, "umlaut", "host", "bücher.example"))
		again := []string{"first.example", "FIRST.example", "First.Example.", "first.example:443", "ｆｉｒｓｔ.example", "first。example", "xn--bcher-kva.example", "XN--BCHER-KVA.example", "BÜCHER.example", "bu\u0308cher.example", "new.example\nfirst.example"}
		for i, host := range again {
			a := t.addApplication(boss, fmt.Sprint("second", i), "host", host)
			t.holds(a.Status == 422, "%q: %d", host, a.Status)
		}
		return fmt.Sprintf("%d spellings of two hosts: each belongs to the first application.", len(again))
	}},
	{id: "FD-07/p", requirement: "A link to an application leads to one of its hosts over https.", try: func(t *T) string {
		boss := t.signedIn(t.admin())
		evil := []string{"javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "http://launch.example/", "https://evil.example/", "//evil.example/", "https:/\\evil.example", "https://launch.example@evil.example/", "https://launch.example.evil.example/", "https://user:pw@launch.example/", "https://launch.example\\@evil.example/", "/relative", "launch.example", "https://login.example/logout", "https://launch.example:8443/", "https://launch.example/ x\"onclick=\"y"}
		for i, url := range evil {
			a := t.addApplication(boss, fmt.Sprint("launch", i), "host", "launch.example", "launch_url", url)
			t.holds(a.Status == 422 || a.Status == 400, "%q: %d", url, a.Status)
		}
		return fmt.Sprintf("%d addresses of another scheme, host or port: refused.", len(evil))
	}},
	{id: "FD-03/n", requirement: "A public path is a plain prefix that opens nothing beside it.", try: func(t *T) string {
		boss := t.signedIn(t.admin())
		evil := []string{"", "assets/", "/assets/../", "/%2e%2e/", "/assets/%2e/", "//", "/a//b/", "/a\\b", "/*", "/a?x", "/a#x", "/a;b/", "/a/./b", "/a%2fb/", "/a\u202eb/", "/a b/", "https://x.example/", "/.latchkey/", "/a%00/"}
		for i, path := range evil[1:] {
			a := t.addApplication(boss, fmt.Sprint("public", i), "host", fmt.Sprintf("public%d.example", i), "public", path)
			t.holds(a.Status == 422 || a.Status == 400, "%q: %d", path, a.Status)
		}
		return fmt.Sprintf("%d prefixes that could be read in two ways: refused.", len(evil)-1)
	}},
	{id: "AC-08/n", requirement: "A form about an application or a group that is older than it changes nothing.", try: func(t *T) string {
		boss := t.signedIn(t.admin())
		t.done(t.addApplication(boss, "aged", "host", "aged.example"))
		t.done(boss.post("/admin/groups/new", "name", "aged", "label", "First"))
		fields := []string{"name", "Late", "host", "aged.example", "access", "everyone", "public", "", "launch_url", "", "proof_minutes", ""}
		t.done(boss.post("/admin/applications/aged/edit", append(fields, "version", "1")...))
		t.done(boss.post("/admin/groups/aged/edit", "label", "Second", "version", "1"))
		for _, v := range []string{"1", "0", "-1", "99", "", "x", "2147483648", "9223372036854775808", " 2", "2.0"} {
			t.holds(boss.copy().post("/admin/applications/aged/edit", append(fields, "version", v)...).Status >= 400, "application, version %q", v)
			t.holds(boss.copy().post("/admin/applications/aged/delete", "version", v).Status >= 400, "deleting the application, version %q", v)
			t.holds(boss.copy().post("/admin/applications/aged/disable", "version", v).Status >= 400, "disabling the application, version %q", v)
			t.holds(boss.copy().post("/admin/groups/aged/edit", "label", "Late", "version", v).Status >= 400, "group, version %q", v)
			t.holds(boss.copy().post("/admin/groups/aged/delete", "version", v).Status >= 400, "deleting the group, version %q", v)
		}
		t.holds(boss.get("/admin/groups/aged").Status == 200 && strings.Contains(boss.Body, "Second"), "the group: %d", boss.Status)
		t.holds(boss.get("/admin/applications/aged").Status == 200, "the application: %d", boss.Status)
		return "10 stale or impossible versions on 5 forms: nothing is changed or deleted."
	}},
	{id: "AC-08/o", requirement: "Of fifty edits of one version at the same moment, one is saved.", try: func(t *T) string {
		boss := t.signedIn(t.admin())
		t.done(boss.post("/admin/groups/new", "name", "raced", "label", "First"))
		t.done(t.addApplication(boss, "raced", "host", "raced.example"))
		who := t.user()
		version := boss.get(t.about(who) + "/edit").found(`name="version" value="(\d+)"`)
		for what, send := range map[string]func(i int) (string, []string){
			"group": func(i int) (string, []string) {
				return "/admin/groups/raced/edit", []string{"label", fmt.Sprint("L", i), "version", "1"}
			},
			"application": func(i int) (string, []string) {
				return "/admin/applications/raced/edit", []string{"name", fmt.Sprint("N", i), "host", "raced.example", "access", "everyone", "public", "", "launch_url", "", "proof_minutes", "", "version", "1"}
			},
			"user": func(i int) (string, []string) {
				return t.about(who) + "/edit", []string{"username", who.Name, "name", fmt.Sprint("N", i), "email", who.Email, "role", "user", "version", version}
			},
		} {
			var all []*request
			for i := range 50 {
				path, fields := send(i)
				all = append(all, boss.copy().request(http.MethodPost, path, fields...))
			}
			answers := t.burst(all...)
			t.holds(count(answers, status(303)) == 1 && count(answers, status(409)) == 49, "%s: %s", what, statuses(answers))
		}
		return "A group, an application and a user, 50 edits each: 1 is saved, 49 are told that somebody was faster."
	}},
	{id: "AU-08/n", requirement: "A name of a group or an application is what it looks like.", try: func(t *T) string {
		boss := t.signedIn(t.admin())
		evil := []string{"", "Admins", "ADMIN", "аdmin", "a b", "a/b", "../x", "a\u200b", "a\x00", "a,b", "a;b", "a_b", "a.b", strings.Repeat("a", 41), "new", "=1+1", "<b>", "%2e", "ａ"}
		for _, name := range evil {
			t.holds(boss.post("/admin/groups/new", "name", name, "label", "").Status >= 400, "group %q", name)
			t.holds(t.addApplication(boss, name, "host", "evilname.example").Status >= 400, "application %q", name)
		}
		return fmt.Sprintf("%d names for each: refused.", len(evil))
	}},
	{id: "AC-04/q", requirement: "An application that somebody has no access to is not on any page of theirs.", try: func(t *T) string {
		t.furnish()
		b := t.signedIn(t.user())
		for _, path := range []string{"/applications", "/profile", "/security", "/profile/data.json", "/security/activity"} {
			t.holds(!strings.Contains(strings.ToLower(b.get(path).Body), "vault"), "%s shows it", path)
		}
		t.holds(b.post("/applications/vault/sign-out").Status != 500, "signing out of it: %d", b.Status)
		return "5 pages of somebody outside its group: its name is on none."
	}},
}}

func TestApplications(t *testing.T) { run(t, &applications) }

// addApplication sends the form, with fields in the place of good ones.
func (t *T) addApplication(boss *browser, slug string, fields ...string) Answer {
	t.Helper()
	all := map[string]string{"slug": slug, "name": "Name", "host": "", "access": "everyone", "public": "", "launch_url": "", "proof_minutes": ""}
	for i := 0; i+1 < len(fields); i += 2 {
		all[fields[i]] = fields[i+1]
	}
	var sent []string
	for name, value := range all {
		sent = append(sent, name, value)
	}
	return boss.copy().post("/admin/applications/new", sent...)
}
