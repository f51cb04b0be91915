package binary

import "testing"

// doorEnds is attacks with an application that was open, after what should have shut it.
var doorEnds = family{"forward-auth", []attack{
	shuts("FD-06/n", "After signing out the application is shut at the next question.", "Signed out", func(t *T, g *guest, p *person, boss *browser) {
		t.done(g.home.copy().post("/logout"))
	}),
	shuts("FD-06/o", "A disabled user's applications are shut at the next question.", "Disabled", func(t *T, g *guest, p *person, boss *browser) {
		t.done(boss.post(t.about(p)+"/disable", "reason", "left"))
	}),
	shuts("FD-06/p", "A deleted user's applications are shut at the next question.", "Deleted", func(t *T, g *guest, p *person, boss *browser) {
		t.done(boss.post(t.about(p)+"/delete", "reason", "left", "confirm_username", p.Name))
	}),
	shuts("FD-06/q", "Another role shuts the applications of the old session.", "Another role", func(t *T, g *guest, p *person, boss *browser) {
		t.edit(boss, p, "role", "admin")
	}),
	shuts("FD-06/r", "Whoever leaves the group is let in no more, in the middle of a session.", "Out of the group", func(t *T, g *guest, p *person, boss *browser) {
		t.command("group", "remove-user", g.slug, p.Name)
	}),
	shuts("FD-06/s", "A deleted group opens nothing.", "The group deleted", func(t *T, g *guest, p *person, boss *browser) {
		t.command("group", "delete", g.slug)
	}),
	shuts("FD-06/t", "A disabled application lets nobody in who had it open.", "The application disabled", func(t *T, g *guest, p *person, boss *browser) {
		t.done(boss.post("/admin/applications/"+g.slug+"/disable", "version", "1"))
	}),
	shuts("FD-06/u", "An application that was disabled and enabled is entered anew.", "Disabled and enabled", func(t *T, g *guest, p *person, boss *browser) {
		t.command("app", "disable", g.slug)
		t.command("app", "enable", g.slug)
	}),
	shuts("FD-06/v", "A host that an application gives up opens nothing any more.", "Another host", func(t *T, g *guest, p *person, boss *browser) {
		t.done(boss.post("/admin/applications/"+g.slug+"/edit", "name", "N", "host", "moved-"+g.host, "access", "groups", "group", g.slug, "public", "", "launch_url", "", "proof_minutes", "", "version", "1"))
	}),
	shuts("FD-06/w", "A changed password shuts the applications of the user's other sessions.", "Another password", func(t *T, g *guest, p *person, boss *browser) {
		t.done(t.signedIn(p).post("/security/password", "current_password", p.Password, "new_password", "seven lamps on a pier"))
	}),
	shuts("FD-06/x", "A reset of two-step verification shuts the applications.", "Two-step verification reset", func(t *T, g *guest, p *person, boss *browser) {
		t.done(boss.post(t.about(p)+"/reset-two-step", "reason", "lost phone"))
	}),
	shuts("FD-06/y", "Signing out on the application's host shuts it.", "Signed out there", func(t *T, g *guest, p *person, boss *browser) {
		c := g.there.copy()
		r := c.request("POST", "/.latchkey/sign-out").set("Host", g.host).set("Origin", "https://"+g.host)
		t.done(c.send(r))
	}),
}}

func TestDoorEnds(t *testing.T) { run(t, &doorEnds) }

// shuts is an attack: somebody has an application of their group open, something happens, and the cookie is shown once more.
func shuts(id, requirement, how string, do func(t *T, g *guest, p *person, boss *browser)) attack {
	return attack{id: id, requirement: requirement, try: func(t *T) string {
		boss, p := t.signedIn(t.admin()), t.user()
		slug := "group-" + t.tag()
		t.done(boss.post("/admin/groups/new", "name", slug, "label", ""))
		t.command("group", "add-user", slug, p.Name)
		t.done(t.addApplication(boss, slug, "host", slug+".example", "access", "groups", "group", slug))
		g := t.guest(p, slug).enter()
		t.holds(g.in(), "the application is not open")
		do(t, g, p, boss)
		cookie := "__Host-latchkey-app=" + g.token()
		t.refused(g.asks(g.question(slug, g.host, cookie)), "asked as Caddy does")
		t.refused(g.asks(g.original(slug, g.host, cookie)), "asked as nginx does")
		return how + ": the next question of each kind of proxy is refused, and names nobody."
	}}
}
