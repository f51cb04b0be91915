package binary

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"

	"latchkey/internal/apptest"
)

// things are what an instance holds, by the paths that name them.
type things struct {
	target                                                 *person
	boss                                                   *browser
	note, session, stream, bulk, request, approval, revert string
	backup                                                 string
}

// furnish makes one thing of every kind, once in a house.
func (t *T) furnish() *things {
	t.Helper()
	k := t.known()
	k.things.Do(func() { k.it = t.makeThings() })
	if k.it == nil {
		t.Fatal("the things to be attacked could not be made")
	}
	return k.it
}

func (t *T) makeThings() *things {
	boss := t.signedIn(t.admin())
	it := &things{target: t.user(), boss: boss}
	t.signedIn(it.target)
	t.done(boss.post(t.about(it.target)+"/notes", "note", "on leave"))
	boss.get(t.about(it.target))
	it.note, it.session = boss.found(`/notes/([^/"]+)/delete`), boss.found(`/sessions/([^/"]+)/end`)
	t.done(boss.post("/admin/groups/new", "name", "staff", "label", "Staff"))
	t.done(boss.post("/admin/applications/new", "slug", "wiki", "name", "Wiki", "host", "wiki.example", "access", "everyone"))
	t.done(boss.post("/admin/applications/new", "slug", "vault", "name", "Vault", "host", "vault.example", "access", "groups", "group", "staff"))
	it.stream = strings.TrimPrefix(t.done(boss.post("/admin/streams/new", "kind", "file", "name", "archive", "content", "full")).To(), "/admin/streams/")
	t.done(boss.post("/admin/users/bulk", "user", t.id(t.user()), "user", t.id(t.user()), "action", "disable", "confirm", "1", "seen", "2", "reason", "left"))
	it.bulk = boss.get("/admin/users").found(`/admin/users/bulk/([a-z0-9]+)/undo`)
	t.done(t.browser().password(t.user()).post("/login/lost-phone", "message", "It fell into the sea.", "contact", "extension 12"))
	it.request = boss.get("/admin/requests").found(`/admin/requests/([a-z0-9]{10,})`)
	disabled := t.user()
	t.done(boss.post(t.about(disabled)+"/disable", "reason", "left"))
	it.revert = boss.get("/admin/audit?user=" + disabled.Name).found(`/admin/audit/(\d+)/revert`)
	t.done(boss.post(t.about(t.admin())+"/password-link", "reason", "forgot", "how", "link"))
	it.approval = boss.get("/admin/requests").found(`/admin/requests/approvals/([a-z0-9]+)`)
	id, err := age.GenerateX25519Identity()
	t.must(err)
	t.done(boss.post("/admin/backups", "recipients", id.Recipient().String()))
	t.done(boss.post("/admin/backups", "now", "1"))
	apptest.Eventually(t, "a backup", func() bool {
		it.backup = boss.get("/admin/backups").found(`/admin/backups/(\d+)`)
		return it.backup != ""
	})
	if slices.Contains([]string{it.note, it.session, it.stream, it.bulk, it.request, it.approval, it.revert}, "") {
		t.Fatalf("not everything is there: %+v", it)
	}
	return it
}

// adminPaths are what an administrator reaches, as the program tells it, with things that exist.
func (t *T) adminPaths() (get, post []string) {
	t.Helper()
	it := t.furnish()
	named := it.named(strings.TrimPrefix(t.about(it.target), "/admin/users/"))
	for _, r := range t.routes() {
		if r.access != "administrator" {
			continue
		}
		path, pattern := "", ""
		for _, part := range strings.Split(r.pattern, "/")[1:] {
			if pattern += "/" + part; strings.HasPrefix(part, ":") {
				if part = named[pattern]; part == "" {
					t.Errorf("say in named which thing is meant by %s", pattern)
				}
			}
			path += "/" + part
		}
		if r.method == "POST" {
			post = append(post, path)
		} else {
			get = append(get, path)
		}
	}
	return get, post
}

// named is what is put into the address of a route in the place of each name.
func (it *things) named(target string) map[string]string {
	const none = "aaaaaaaaaaaaaaaaaaaaaaaaaa" // could be one, and is not; forms only
	return map[string]string{
		"/admin/users/:id": target, "/admin/users/:id/notes/:note": it.note, "/admin/users/:id/sessions/:session": it.session, "/admin/users/:id/applications/:app": "wiki",
		"/admin/users/bulk/:id": it.bulk, "/admin/audit/:seq": it.revert, "/admin/requests/:id": it.request, "/admin/requests/approvals/:id": it.approval,
		"/admin/groups/:group": "staff", "/admin/applications/:app": "wiki", "/admin/applications/:app/sessions/:session": none,
		"/admin/streams/:id": it.stream, "/admin/streams/:id/again/:seq": "1", "/admin/settings/mail/:id": none, "/admin/backups/:backup": it.backup,
	}
}

// refusedEverywhere asks for everything of the administration as somebody, and wants one kind of answer.
func (t *T) refusedEverywhere(who string, b *browser, want func(Answer) bool) string {
	get, post := t.adminPaths()
	for _, p := range get {
		r := b.copy().get(p)
		t.holds(want(r), "%s GET %s: %d %s", who, p, r.Status, r.To())
	}
	for _, p := range post {
		r := b.copy().post(p, "reason", "x")
		t.holds(want(r), "%s POST %s: %d %s", who, p, r.Status, r.To())
	}
	return "Every page, file and form of the administration"
}

func notFound(r Answer) bool { return r.Status == 404 }

var objects = family{"objects of others", []attack{
	{id: "AC-01/n", requirement: "An administrator reaches all the paths that the next attacks are refused.", try: func(t *T) string {
		get, _ := t.adminPaths()
		for _, p := range get {
			r := t.furnish().boss.copy().get(p)
			t.holds(r.Status == 200 || r.Status == 303 && !strings.HasPrefix(r.To(), "/login") && !strings.HasPrefix(r.To(), "/confirm"), "GET %s: %d %s", p, r.Status, r.To())
		}
		t.holds(len(get) > 60, "only %d pages and files", len(get))
		return "Every page and file that the program has for administrators opens."
	}},
	{id: "AC-01/o", requirement: "Somebody who is not signed in reaches nothing of the administration.", try: func(t *T) string {
		return t.refusedEverywhere("nobody", t.browser(), leadsTo("/login")) + ": all lead to /login."
	}},
	{id: "AC-01/p", requirement: "An ordinary user reaches nothing of the administration, and cannot tell what exists.", try: func(t *T) string {
		b := t.signedIn(t.user())
		said := t.refusedEverywhere("user", b, notFound)
		clean := func(r Answer) string { return regexp.MustCompile(`[a-z0-9]{10,}`).ReplaceAllString(r.Body, "ID") }
		nowhere := clean(b.get("/admin/nothing-here"))
		for _, p := range []string{t.about(t.furnish().target), "/admin/groups/staff", "/admin/applications/vault", "/admin/streams/" + t.furnish().stream} {
			t.holds(clean(b.get(p)) == nowhere, "%s differs from a path that does not exist", p)
		}
		return said + ": all 404, the same bytes as for what does not exist."
	}},
	{id: "SE-10/n", requirement: "A sign-in that waits for the code reaches nothing of the administration.", try: func(t *T) string {
		b := t.browser()
		b.password(t.admin())
		return t.refusedEverywhere("pending", b, leadsTo("/login/code")) + ": all lead to /login/code."
	}},
	{id: "SE-10/o", requirement: "The token of a sign-in that waits, in the cookie of a session, is nobody.", try: func(t *T) string {
		b := t.browser()
		b.password(t.admin())
		b.Cookies = map[string]string{t.cookie("latchkey"): b.pending()}
		return t.refusedEverywhere("pending", b, leadsTo("/login")) + ": all lead to /login."
	}},
	{id: "AC-02/n", requirement: "An administrator who was made a user reaches nothing with the old session.", try: func(t *T) string {
		name := t.admin()
		b := t.signedIn(name)
		t.holds(b.get("/admin/users").Status == 200, "was no administrator")
		t.edit(t.furnish().boss.copy(), name, "role", "user")
		return t.refusedEverywhere("demoted", b, leadsTo("/login")) + ": all lead to /login."
	}},
	{id: "SE-08/n", requirement: "A disabled administrator reaches nothing with the old session.", try: func(t *T) string {
		name := t.admin()
		b := t.signedIn(name)
		r := t.furnish().boss.copy().post(t.about(name)+"/disable", "reason", "left")
		t.holds(r.Status == 303, "disable: %d", r.Status)
		return t.refusedEverywhere("disabled", b, leadsTo("/login")) + ": all lead to /login."
	}},
	{id: "WE-15/o", requirement: "No spelling of a path gets a user into the administration.", try: func(t *T) string {
		b := t.signedIn(t.user())
		paths := []string{"/ADMIN", "/Admin/users", "/admin/", "/admin/users/", "//admin/users", "/./admin/users", "/profile/../admin/users", "/profile/..%2fadmin/users", "/%61dmin/users", "/admin%2fusers", "/admin;/users", "/admin/users;.css", "/admin/users/.css", "/static/../admin/users", "/static/..%2f..%2fadmin%2fusers", "/admin/users%00", "/admin/users%20", "/admin/users.json", "/admin/users?x=.css", "/admin/%2e%2e/admin/users", "/healthz/../admin/users", "/.latchkey/../admin/users", "/admin\\users", "/%2fadmin/users", "/login/..;/admin/users", "/admin/users#x", "/aⅾmin/users"}
		for _, p := range paths {
			a := b.get(p)
			t.holds(a.Status >= 300 && a.Status < 500 && !strings.HasPrefix(a.To(), "/admin") && !strings.Contains(a.Body, "adele"), "%s: %d %s", p, a.Status, a.To())
		}
		return fmt.Sprintf("%d spellings: no page.", len(paths))
	}},
	{id: "SE-09/n", requirement: "Nobody ends somebody else's session.", try: func(t *T) string {
		name := t.user()
		first, ada, eve := t.signedIn(name), t.signedIn(name), t.signedIn(t.user())
		all := append(ada.get("/security").foundAll(`/security/sessions/([^/"]+)/end`), first.get("/security").foundAll(`/security/sessions/([^/"]+)/end`)...)
		t.holds(len(all) == 2, "%d sessions to be ended", len(all))
		for _, id := range all {
			r := eve.post("/security/sessions/" + id + "/end")
			t.holds(r.Status == 404 || r.Status == 303, "%d", r.Status)
		}
		eve.post("/security/sessions/end-others")
		t.holds(ada.in(name) && first.in(name), "the session is over")
		return "2 sessions, by their ids and all at once: they go on."
	}},
	{id: "AC-04/n", requirement: "Nobody renames, removes or learns of somebody else's authenticator.", try: func(t *T) string {
		adaName := t.user()
		ada, eve := t.signedIn(adaName), t.signedIn(t.user())
		id := ada.get("/security").found(`/security/authenticators/([^/"]+)/remove`)
		if id == "" {
			id = ada.get("/security").found(`/security/authenticators/([^/"]+)/rename`)
		}
		t.holds(id != "", "no authenticator on the page")
		for _, act := range []string{"rename", "remove"} {
			t.holds(eve.get("/security/authenticators/"+id+"/"+act).Status == 404, "GET %s: %d", act, eve.get("/security/authenticators/"+id+"/"+act).Status)
			r := eve.post("/security/authenticators/"+id+"/"+act, "label", "Stolen")
			t.holds(r.Status == 404 || r.Status == 400, "POST %s: %d", act, r.Status)
		}
		page := ada.get("/security")
		t.holds(strings.Contains(page.Body, id) && !strings.Contains(page.Body, "Stolen"), "it is gone or renamed")
		return "Looked at, renamed and removed: 404, and it is as it was."
	}},
	{id: "AC-04/o", requirement: "A session, note or opened application is found only below its own user.", try: func(t *T) string {
		it := t.furnish()
		other := t.about(t.user())
		boss := t.signedIn(t.admin())
		for _, p := range []string{"/sessions/" + it.session + "/end", "/notes/" + it.note + "/delete", "/applications/wiki/end"} {
			r := boss.post(other + p)
			t.holds(r.Status == 404 || r.Status == 409 || r.Status == 303 && !strings.Contains(p, "notes"), "%s: %d", p, r.Status)
		}
		page := boss.get(t.about(it.target))
		t.holds(strings.Contains(page.Body, it.note) && strings.Contains(page.Body, it.session), "the note or the session is gone")
		return "3 things below another user's path: nothing ended or deleted."
	}},
	{id: "AC-04/p", requirement: "One's own data are one's own, whatever the address says.", try: func(t *T) string {
		b, somebody := t.signedIn(t.user()), t.user()
		other, id := somebody.Name, t.id(somebody)
		for _, q := range []string{"", "?user=" + other, "?id=" + id, "?username=" + other, "?user_id=" + id} {
			r := b.get("/profile/data.json" + q)
			t.holds((r.Status == 200 || r.Status == 400) && !strings.Contains(r.Body, other) && !strings.Contains(r.Body, id), "%s: %d", q, r.Status)
		}
		for _, p := range []string{"/profile/" + id, "/profile/" + other, "/profile/" + id + "/data.json", "/security/" + id, "/users/" + id, "/security/activity?user=" + id, "/security/activity?subject=" + other, "/security/activity?before=1"} {
			r := b.get(p)
			t.holds(!strings.Contains(r.Body, other) && !strings.Contains(r.Body, id), "%s shows another user", p)
		}
		return "13 addresses: nothing of another user."
	}},
	{id: "AC-09/n", requirement: "Who asked for something that needs two administrators does not approve it.", try: func(t *T) string {
		boss, target := t.signedIn(t.admin()), t.admin()
		r := boss.post(t.about(target)+"/reset-two-step", "reason", "new phone")
		id := strings.TrimPrefix(r.To(), "/admin/requests/approvals/")
		t.holds(r.Status == 303, "asking: %d", r.Status)
		if !strings.HasPrefix(r.To(), "/admin/requests/approvals/") {
			page := boss.get(t.about(target))
			id = page.found(`/admin/requests/approvals/([a-z0-9]+)`)
		}
		t.holds(id != "", "nothing waits: %s", r.To())
		for range 3 {
			p := boss.copy().post("/admin/requests/approvals/"+id, "decision", "approve", "reason", "myself")
			t.holds(p.Status != 303, "approving: %d %s", p.Status, p.To())
		}
		t.signedIn(target)
		return "Asked, then approved three times: refused, and the other administrator signs in as before."
	}},
	{id: "OT-12/n", requirement: "A recovery code of one user is worth nothing for another.", try: func(t *T) string {
		ada, eve := t.user(), t.user()
		t.signedIn(ada).codes(ada)
		b := t.browser().password(eve)
		for _, code := range ada.Recovery[:3] {
			t.holds(b.post("/login/recovery", "recovery_code", code).Status == 422, "somebody else's code")
		}
		t.holds(t.browser().password(ada).post("/login/recovery", "recovery_code", ada.Recovery[1]).Status == 303, "her own code")
		return "3 codes refused, and still good for their owner."
	}},
	{id: "OT-08/n", requirement: "An enrolment of one user is not confirmed by another.", try: func(t *T) string {
		ada, eve := t.signedIn(t.user()), t.signedIn(t.user())
		ada.get("/security/authenticators/new")
		id, key := ada.hidden("enrollment"), ada.key()
		eve.get("/security/authenticators/new")
		r := eve.post("/security/authenticators/new", "enrollment", id, "label", "Stolen", "code", t.codeAt(key, step()))
		t.holds(r.Status != 303 || !strings.HasPrefix(r.To(), "/security/recovery"), "%d %s", r.Status, r.To())
		t.holds(!strings.Contains(eve.get("/security").Body, "Stolen") && !strings.Contains(ada.get("/security").Body, "Stolen"), "an authenticator was added")
		return "Her enrolment and the right code from his session: nothing is added."
	}},
}}

func TestObjects(t *testing.T) { run(t, &objects) }
