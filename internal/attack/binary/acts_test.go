package binary

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// acts is attacks on what administrators do: to many at once, in somebody's place, and back again.
var acts = family{"bulk, view-as and reverts", []attack{
	{id: "AC-08/p", requirement: "A bulk change is done to those who were looked at, or not at all.", try: func(t *T) string {
		boss, a, b := t.signedIn(t.admin()), t.user(), t.user()
		for what, fields := range map[string][]string{
			"one was seen": {"all", "1", "q", "ursula", "seen", "1"}, "none was": {"all", "1", "seen", "0"}, "not said": {"all", "1"}, "no number": {"all", "1", "seen", "x"}, "less than none": {"all", "1", "seen", "-1"}, "too large": {"all", "1", "seen", "99999999999999999999"}, "nobody by id": {"user", strings.Repeat("a", 26), "seen", "1"}, "a name for an id": {"user", a.Name, "seen", "1"}, "a pattern": {"user", "%", "seen", "1"}, "nobody": {"seen", "0"},
		} {
			got := boss.copy().post("/admin/users/bulk", append(fields, "action", "delete", "confirm", "1", "reason", "x")...)
			t.holds(got.Status != 303, "%s: %d to %s", what, got.Status, got.To())
		}
		t.holds(t.signedIn(a).in(a) && t.signedIn(b).in(b), "somebody is deleted")
		return "10 confirmations of something else than was seen: nobody is deleted."
	}},
	{id: "WE-10/n", requirement: "A forged filter or action of a bulk change reaches nobody.", try: func(t *T) string {
		boss, a := t.signedIn(t.admin()), t.user()
		for _, body := range []string{
			"action=make-admin", "action=set-role&role=admin", "action=password-link", "action=purge", "action=disable&action=enable", "action=", "action=../delete", "action=disable&status=nobody", "action=disable&role=root", "action=disable&sort=;drop", "action=disable&size=-1", "action=disable&after=a&before=b", "action=disable&chosen_group=x", "action=disable&no_such_field=1",
		} {
			c := boss.copy()
			got := c.send(c.request(http.MethodPost, "/admin/users/bulk").body("application/x-www-form-urlencoded", body+"&user="+t.id(a)+"&confirm=1&seen=1&reason=x"))
			t.holds(got.Status == 400 || got.Status == 422, "%s: %d", body, got.Status)
		}
		t.holds(t.signedIn(a).in(a), "something was done")
		return "14 forged forms: refused, and nothing is done."
	}},
	{id: "AC-07/n", requirement: "A bulk change is taken back once, by however many at the same moment.", try: func(t *T) string {
		boss, a, b := t.signedIn(t.admin()), t.user(), t.user()
		t.done(boss.post("/admin/users/bulk", "user", t.id(a), "user", t.id(b), "action", "disable", "confirm", "1", "seen", "2", "reason", "x"))
		job := boss.get("/admin/users").found(`/admin/users/bulk/([a-z0-9]+)/undo`)
		var all []*request
		for range 50 {
			all = append(all, boss.copy().request(http.MethodPost, "/admin/users/bulk/"+job+"/undo"))
		}
		answers := t.burst(all...)
		n := strings.Count(t.command("export", "audit", "--format", "jsonl"), `"event":"user.enabled","result":"ok","actor_id":"`+t.id(t.named(boss))+`"`)
		t.holds(n == 2, "%d were enabled: %s", n, statuses(answers))
		return "50 requests whose last bytes came together: each of the 2 users is enabled once."
	}},
	{id: "AC-07/o", requirement: "An event is taken back once, and not after something else was changed.", try: func(t *T) string {
		boss, a, b := t.signedIn(t.admin()), t.user(), t.user()
		t.done(boss.post(t.about(a)+"/disable", "reason", "x"))
		seq := boss.get("/admin/audit?user=" + a.Name).found(`/admin/audit/(\d+)/revert`)
		var all []*request
		for range 50 {
			all = append(all, boss.copy().request(http.MethodPost, "/admin/audit/"+seq+"/revert", "reason", "x"))
		}
		answers := t.burst(all...)
		t.holds(count(answers, status(http.StatusSeeOther)) == 1, "%s", statuses(answers))
		t.edit(boss, b, "name", "First")
		seq = boss.get("/admin/audit?user=" + b.Name).found(`/admin/audit/(\d+)/revert`)
		t.edit(boss, b, "name", "Second")
		got := boss.post("/admin/audit/"+seq+"/revert", "reason", "x")
		t.holds(got.Status == http.StatusConflict, "a stale one: %d %s", got.Status, got.To())
		t.holds(strings.Contains(boss.get(t.about(b)).Body, "Second"), "it was taken back")
		return "50 requests whose last bytes came together: 1 is done; one that is older than a later change: refused."
	}},
	{id: "AC-01/q", requirement: "What cannot be taken back has no address for it.", try: func(t *T) string {
		boss := t.signedIn(t.admin())
		evil := []string{"1", "0", "-1", "999999999", "9223372036854775808", "abc", "1.5", "1e3", "01", "%31", " 1", "1;2", ""}
		for _, seq := range evil {
			c := boss.copy()
			t.holds(c.get("/admin/audit/"+strings.ReplaceAll(seq, " ", "%20")+"/revert").Status == 404, "%q: %d", seq, c.Status)
			t.holds(c.post("/admin/audit/"+strings.ReplaceAll(seq, " ", "%20")+"/revert", "reason", "x").Status == 404, "%q: %d", seq, c.Status)
		}
		return fmt.Sprintf("%d numbers: 404.", len(evil))
	}},
	{id: "AC-09/o", requirement: "A revert is no way around the second administrator.", try: func(t *T) string {
		t = t.own(proxied, false) // where nothing else waits for a second administrator
		eve, grace, ada := t.signedIn(t.admin()), t.signedIn(t.admin()), t.admin()
		t.edit(eve, ada, "email", "moved-"+ada.Email)
		_, after, _ := strings.Cut(eve.get("/admin/requests").Body, "Person "+ada.Name)
		asked := Answer{Body: after}.found(`/admin/requests/approvals/([a-z0-9]+)"`) // of the row that the name is in
		t.holds(asked != "", "nothing waits for a second administrator")
		t.done(grace.post("/admin/requests/approvals/"+asked, "decision", "approve", "reason", "I called her."))
		seq := eve.get("/admin/audit?event=user.changed&user=" + ada.Name).found(`/admin/audit/(\d+)/revert`)
		got := eve.post("/admin/audit/"+seq+"/revert", "reason", "back")
		t.holds(seq != "" && got.Status == http.StatusConflict, "taken back by one alone: %d %s", got.Status, got.To())
		t.holds(strings.Contains(eve.get(t.about(ada)).Body, "moved-"+ada.Email), "the address is the old one")
		return "The address of an administrator, changed with two: one alone does not take it back."
	}},
	{id: "AC-05/n", requirement: "Whoever looks at somebody's pages says why, and sees those pages for one session only.", try: func(t *T) string {
		name := t.admin()
		boss, second, p, other := t.signedIn(name), t.signedIn(name), t.user(), t.user()
		for _, reason := range []string{"", " ", strings.Repeat("x", 501), "a\u202eb", "a\x00b"} {
			t.holds(boss.copy().post(t.about(p)+"/view-as", "reason", reason).Status >= 400, "%.10q", reason)
		}
		t.done(boss.post(t.about(p)+"/view-as", "reason", "She called"))
		pages := []string{"/as/profile", "/as/security", "/as/applications", "/as/activity"}
		for _, page := range pages {
			t.holds(boss.copy().get(t.about(p)+page).Status == 200, "%s", page)
			t.holds(leadsTo(t.about(other)+"/view-as")(boss.copy().get(t.about(other)+page)), "%s of another", page)
			t.holds(leadsTo(t.about(p)+"/view-as")(second.copy().get(t.about(p)+page)), "%s in another session", page)
		}
		t.done(boss.copy().post("/viewing/end"))
		t.holds(leadsTo(t.about(p)+"/view-as")(boss.copy().get(t.about(p)+"/as/profile")), "it goes on")
		t.holds(strings.Contains(t.signedIn(p).get("/security/activity").Body, "She called"), "the user is not told why")
		return "5 reasons that are none; 4 pages of another user and in another session; after the end: no page. The user reads the reason."
	}},
	{id: "AC-05/o", requirement: "Whoever looks at somebody's pages changes nothing there and learns no secret.", try: func(t *T) string {
		boss, p := t.signedIn(t.admin()), t.user()
		hers := t.signedIn(p).codes(p)
		t.done(boss.post(t.about(p)+"/view-as", "reason", "She called"))
		posts := regexp.MustCompile(`<form[^>]*action="([^"]*)"`)
		for _, page := range []string{"/as/profile", "/as/security", "/as/applications", "/as/activity"} {
			body := boss.copy().get(t.about(p) + page).Body
			for _, m := range posts.FindAllStringSubmatch(body, -1) {
				t.holds(m[1] == "/viewing/end" || m[1] == "/logout" || strings.HasPrefix(m[1], "/admin/users"), "%s has a form for %s", page, m[1])
			}
			for _, secret := range append(p.Recovery, p.Key, hers.session(), hers.Cookies[t.cookie("latchkey-browser")]) {
				t.holds(secret == "" || !strings.Contains(body, secret), "%s shows a secret", page)
			}
			got := boss.copy().post(t.about(p)+page, "name", "Changed", "email", "x@example.org")
			t.holds(got.Status == 404 || got.Status == 405, "POST %s: %d", page, got.Status)
		}
		for _, path := range []string{"/as/profile/edit", "/as/profile/data.json", "/as/security/password", "/as/security/authenticators/new", "/as/security/recovery-codes", "/as/security/recovery-codes.txt", "/as/confirm"} {
			t.holds(boss.copy().get(t.about(p)+path).Status == 404 && boss.copy().post(t.about(p)+path).Status == 404, "%s is there", path)
		}
		return "4 pages have no form of hers and no secret; 11 ways to act there: 404 or 405."
	}},
}}

func TestActs(t *testing.T) { run(t, &acts) }

// named is whose session a browser has.
func (t *T) named(b *browser) *person {
	t.Helper()
	return &person{Name: b.copy().get("/profile").found(`<dd>([a-z]+-[0-9a-z]+)</dd>`)}
}
