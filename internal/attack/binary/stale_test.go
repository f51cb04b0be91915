package binary

import (
	"fmt"
	"testing"
)

// doors are pages and forms behind which somebody is signed in.
var signedInPages = []string{"/profile", "/profile/edit", "/profile/data.json", "/security", "/security/activity", "/security/password", "/security/recovery-codes.txt", "/security/authenticators/new", "/applications", "/confirm", "/apps/enter?app=wiki"}

// dead asks for everything of somebody with an old session, and wants to be sent to sign in.
func (t *T) dead(b *browser, why string) {
	t.Helper()
	for _, p := range signedInPages {
		r := b.copy().get(p)
		t.holds(leadsTo("/login")(r), "%s: GET %s: %d %s", why, p, r.Status, r.To())
	}
	for _, p := range []string{"/profile/edit", "/security/password", "/security/authenticators/new", "/security/recovery-codes/new", "/security/sessions/end-others", "/confirm", "/applications/wiki/sign-out", "/viewing/end"} {
		r := b.copy().post(p)
		t.holds(leadsTo("/login")(r), "%s: POST %s: %d %s", why, p, r.Status, r.To())
	}
}

// ends is an attack: somebody is signed in, something happens, and the old session is tried everywhere.
func ends(id, requirement, how string, do func(t *T, p *person, b *browser)) attack {
	return attack{id: id, requirement: requirement, try: func(t *T) string {
		p := t.user()
		b := t.signedIn(p)
		t.holds(b.in(p), "not signed in")
		do(t, p, b)
		t.dead(b, how)
		return fmt.Sprintf("%s: %d pages and 8 forms of the old session lead to /login.", how, len(signedInPages))
	}}
}

var stale = family{"stale roles and sessions", []attack{
	ends("SE-08/o", "A disabled user's live session is over at the next request.", "Disabled", func(t *T, name *person, b *browser) {
		t.done(t.furnish().boss.copy().post(t.about(name)+"/disable", "reason", "left"))
	}),
	ends("SE-08/p", "A deleted user's live session is over at the next request.", "Deleted", func(t *T, name *person, b *browser) {
		t.done(t.furnish().boss.copy().post(t.about(name)+"/delete", "reason", "left", "confirm_username", name.Name))
	}),
	ends("SE-08/q", "Whoever becomes an administrator signs in anew: the old session does not rise with the role.", "Promoted", func(t *T, name *person, b *browser) {
		t.edit(t.furnish().boss.copy(), name, "role", "admin")
	}),
	ends("SE-08/r", "A session is over at the next request after a command disabled its user.", "Disabled by a command", func(t *T, name *person, b *browser) {
		t.command("user", "disable", name.Name)
	}),
	ends("SE-08/s", "A session is over at the next request after a command changed its user's role.", "Another role by a command", func(t *T, name *person, b *browser) {
		t.command("user", "set-role", name.Name, "admin")
	}),
	ends("OT-10/n", "A reset of two-step verification ends the sessions that were proved with it.", "Two-step verification reset", func(t *T, name *person, b *browser) {
		t.done(t.furnish().boss.copy().post(t.about(name)+"/reset-two-step", "reason", "lost phone"))
	}),
	ends("SE-08/t", "An administrator signs somebody out everywhere, at once.", "Signed out by an administrator", func(t *T, name *person, b *browser) {
		t.done(t.furnish().boss.copy().post(t.about(name)+"/sign-out", "reason", "lost laptop"))
	}),
	ends("SE-07/n", "After signing out the cookie is worth nothing.", "Signed out", func(t *T, name *person, b *browser) {
		t.done(b.copy().post("/logout"))
	}),
	ends("SE-08/u", "A changed password ends all other sessions.", "Password changed elsewhere", func(t *T, name *person, b *browser) {
		other := t.signedIn(name)
		t.done(other.post("/security/password", "current_password", housePassword, "new_password", "seven lamps on a pier"))
		t.holds(other.get("/profile").Status == 200, "the session that changed it is over too")
	}),
	ends("SE-08/v", "Enabled again, a user signs in anew: old sessions do not come back.", "Disabled and enabled", func(t *T, name *person, b *browser) {
		t.done(t.furnish().boss.copy().post(t.about(name)+"/disable", "reason", "left"))
		t.done(t.furnish().boss.copy().post(t.about(name)+"/enable", "reason", "back"))
	}),
	ends("SE-08/w", "Restored from the recycle bin, a user signs in anew.", "Deleted and restored", func(t *T, name *person, b *browser) {
		t.done(t.furnish().boss.copy().post(t.about(name)+"/delete", "reason", "left", "confirm_username", name.Name))
		t.done(t.furnish().boss.copy().post(t.about(name)+"/restore", "reason", "back"))
	}),
	ends("SE-08/x", "A bulk change ends the sessions of all it disables.", "Disabled with others", func(t *T, name *person, b *browser) {
		t.done(t.furnish().boss.copy().post("/admin/users/bulk", "user", t.id(name), "user", t.id(t.user()), "action", "disable", "confirm", "1", "seen", "2", "reason", "left"))
	}),
	{id: "OT-15/n", requirement: "A sign-in that waits for its code dies with what happens to its user.", try: func(t *T) string {
		n := 0
		for how, do := range map[string]func(name *person){
			"disabled": func(name *person) { t.done(t.furnish().boss.copy().post(t.about(name)+"/disable", "reason", "left")) },
			"deleted": func(name *person) {
				t.done(t.furnish().boss.copy().post(t.about(name)+"/delete", "confirm_username", name.Name, "reason", "left"))
			},
			"another role": func(name *person) { t.edit(t.furnish().boss.copy(), name, "role", "admin") },
			"reset": func(name *person) {
				t.done(t.furnish().boss.copy().post(t.about(name)+"/reset-two-step", "reason", "lost phone"))
			},
			"another password": func(name *person) {
				t.done(t.signedIn(name).post("/security/password", "current_password", housePassword, "new_password", "seven lamps on a pier"))
			},
		} {
			name := t.user()
			b := t.browser().password(name)
			do(name)
			r := b.copy().post("/login/code", "code", t.code(name))
			t.holds(leadsTo("/login")(r) && r.To() != "/login/code", "%s: %d %s", how, r.Status, r.To())
			b.copy().post("/login/code", "code", t.code(name))
			t.holds(leadsTo("/login")(b.get("/profile")), "%s: signed in", how)
			n++
		}
		return fmt.Sprintf("%d ways in which a waiting sign-in ends, each with the right code: refused.", n)
	}},
	{id: "PW-12/n", requirement: "After a reset of two-step verification the password alone enrols nobody.", try: func(t *T) string {
		name := t.user()
		t.done(t.furnish().boss.copy().post(t.about(name)+"/reset-two-step", "reason", "lost phone"))
		b := t.browser()
		r := b.password(name).Answer
		t.holds(r.Status == 422, "the password is worth something: %d %s", r.Status, r.To())
		t.holds(leadsTo("/login")(b.get("/security/authenticators/new")), "the enrolment opens")
		return "The old password: 422, and no enrolment."
	}},
	{id: "MA-03/n", requirement: "A password link dies when its user is disabled, deleted, or gets a newer one.", try: func(t *T) string {
		boss := t.signedIn(t.admin()) // the link stands on the next page of this session only
		for how, do := range map[string]func(name *person){
			"disabled": func(name *person) { t.done(t.furnish().boss.copy().post(t.about(name)+"/disable", "reason", "left")) },
			"deleted": func(name *person) {
				t.done(t.furnish().boss.copy().post(t.about(name)+"/delete", "confirm_username", name.Name, "reason", "left"))
			},
			"newer": func(name *person) { t.passwordLink(boss.copy(), name) },
			"used": func(name *person) {
				t.done(t.signedIn(name).post("/security/password", "current_password", housePassword, "new_password", "seven lamps on a pier"))
			},
		} {
			name := t.user()
			link := t.passwordLink(boss.copy(), name)
			do(name)
			b := t.browser()
			r := b.get(link)
			t.holds(link != "" && r.Status == 410, "%s: %d %s", how, r.Status, r.To())
			b.post("/reset", "new_password", "nine swans beside the mill")
			t.holds(t.browser().post("/login", "username", name.Name, "password", "nine swans beside the mill").Status != 303, "%s: the password was set", how)
		}
		return "4 ways in which a link ends: 410, and no password set."
	}},
	{id: "AC-02/o", requirement: "What a demoted administrator prepared is not done with the old form.", try: func(t *T) string {
		name, victim := t.admin(), t.user()
		b := t.signedIn(name)
		r := b.post("/admin/users/bulk", "user", t.id(victim), "action", "delete", "reason", "x")
		t.holds(r.Status == 200, "review: %d", r.Status)
		t.edit(t.furnish().boss.copy(), name, "role", "user")
		r = b.post("/admin/users/bulk", "user", t.id(victim), "action", "delete", "reason", "x", "confirm", "1", "seen", "1")
		t.holds(leadsTo("/login")(r), "%d %s", r.Status, r.To())
		t.signedIn(victim)
		return "The confirmation leads to /login, and nobody is deleted."
	}},
}}

func TestStale(t *testing.T) { run(t, &stale) }
