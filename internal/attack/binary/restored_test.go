package binary

import (
	"database/sql"
	"net/http"
	"path/filepath"
	"testing"
)

// restored is attacks on an instance that was restored from a backup, with what worked on the
// one before.
var restored = family{"restored backups", []attack{
	{id: "BA-01/a", requirement: "A restored instance accepts no code, session, link, pending sign-in, remembered browser or open application from before.", try: restoredRefuses},
	{id: "BA-01/b", requirement: "A recovery code that was used after the backup works until its owner makes new ones, which the restored instance asks for.", try: restoredRecovery},
}}

func TestBA01_RestoredAcceptsNothingFromBefore(t *testing.T) { run(t, &restored) }

// kept is what somebody holds who may come back with it: one of each kind.
type kept struct {
	coded            *person // has signed in with code
	code             string
	session          *browser // of coded
	pended           *person
	pending          *browser // of pended, who owes the code
	remembered       *browser
	skips            *person // whose browser it is
	invitation, link string  // never followed
	forgetful        *person
	reset            *browser // has followed a link of forgetful
	guest            *guest
}

// keep gets everything, and sees that each of it works.
func (t *T) keep(slug, invited string) *kept {
	t.Helper()
	k := &kept{coded: t.user(), pended: t.user(), skips: t.user(), forgetful: t.user()}
	k.session, k.code = t.half(k.coded), t.code(k.coded)
	k.session.post("/login/code", "code", k.code)
	k.pending = t.half(k.pended)
	k.remembered = t.half(k.skips)
	k.remembered.post("/login/code", "code", t.code(k.skips), "remember", "1")
	k.remembered.want(http.StatusSeeOther, "/profile")
	_, k.invitation = t.invite(invited)
	k.link = t.printedLink(k.pended)
	k.reset = t.browser()
	k.reset.get(t.printedLink(k.forgetful))
	k.guest = t.guest(t.user(), slug).enter()
	if works := k.works(); len(works) != 6 {
		t.Fatalf("before, only these work: %q", works)
	}
	return k
}

// works are the things that can be looked at without being used up, and work.
func (k *kept) works() (works []string) {
	t := k.guest.t
	t.Helper()
	again := t.browser()
	again.Cookies[t.cookie("latchkey-browser")] = k.remembered.Cookies[t.cookie("latchkey-browser")]
	for what, is := range map[string]bool{
		"the session":            k.session.in(k.coded),
		"the remembered browser": again.password(k.skips).To() == "/profile",
		"the invitation":         leadsTo("/invite")(t.browser().get(k.invitation)),
		"the password link":      leadsTo("/reset")(t.browser().get(k.link)),
		"the followed link":      k.reset.copy().get("/reset").Status == http.StatusOK,
		"the application":        k.guest.in(),
	} {
		if is {
			works = append(works, what)
		}
	}
	return works
}

// restores backs the instance up, has something happen, and goes on with what was restored. It
// is asked for by the same name as before, as behind the same proxy.
func (t *T) restores(since func()) {
	t.Helper()
	folder := t.TempDir()
	archive := filepath.Join(folder, "latchkey.tar")
	t.command("backup", archive)
	since()
	t.must(t.server.Stop())
	_, err := Run(filepath.Join(folder, "data"), "", "restore", archive)
	t.must(err)
	t.house.server, err = Start(folder, t.started...)
	t.must(err)
}

// remembering lets browsers skip the code, and starts the server again with that.
func (t *T) remembering() *T {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(t.server.Data, "latchkey.db")+"?_busy_timeout=10000")
	t.must(err)
	defer db.Close()
	_, err = db.Exec(`INSERT INTO settings (name, value) VALUES ('remember_days', '30')`)
	t.must(err)
	t.restart()
	return t
}

func restoredRefuses(t *T) string {
	t = t.own(proxied, false).remembering()
	slug := t.application(t.signedIn(t.admin()))
	before := t.keep(slug, "ingrid")
	var after *kept
	t.restores(func() { after = t.keep(slug, "ivar") })
	now := step()
	for when, k := range map[string]*kept{"before the backup": before, "after it": after} {
		for _, what := range k.works() {
			t.Errorf("%s from %s works", what, when)
		}
		again := t.half(k.coded)
		again.post("/login/code", "code", k.code)
		again.refused("the code used " + when)
		k.pended.last, k.coded.last = now, now
		k.pending.post("/login/code", "code", t.code(k.pended))
		k.pending.refused("the pending sign-in from " + when)
		k.reset.post("/reset", "new_password", "seven lamps on a pier")
		t.half(k.forgetful) // the password is as it was
		t.browser().signIn(k.coded)
	}
	return "2 of each, from before the backup and after it: a used code, a session, a pending sign-in, an invitation, 2 password links, a remembered browser and an open application are refused; their owners sign in with the next code."
}

func restoredRecovery(t *T) string {
	t = t.own(proxied, false)
	p, other := t.user(), t.user()
	t.signedIn(p).codes(p)
	use := func(p *person, code string) *browser {
		b := t.half(p)
		b.post("/login/recovery", "recovery_code", code)
		return b
	}
	used := p.Recovery[0]
	t.restores(func() {
		t.holds(use(p, used).session() != "", "the code does not work before")
		t.signedIn(other).codes(other)
	})
	p.last, other.last = step(), step()
	use(other, other.Recovery[0]).refused("a recovery code that was made after the backup")
	in := t.signedIn(p)
	in.get("/profile")
	t.holds(in.found(`(recovery codes that you have used since may work again)`) != "", "the profile does not ask for new recovery codes")
	in.codes(p)
	use(p, used).refused("the used code, once there are new ones")
	t.holds(use(p, p.Recovery[0]).session() != "", "a new code does not work")
	return "Somebody who signs in is asked for new codes; then the used one is refused, and so is one that was made after the backup."
}
