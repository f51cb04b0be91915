package binary

import (
	"net/http"
	"strings"
	"testing"
)

// enrolment is attacks on setting an authenticator app up: with two pages open, from two
// browsers, and afterwards.
var enrolment = family{"enrolment", []attack{
	{id: "OT-08/a", requirement: "With two pages of an enrolment open, the one that was begun later does not lend its key to the older form.", try: twoTabs},
	{id: "OT-08/b", requirement: "Somebody with the password who opens the page first does not learn the key that its owner turns on.", try: thiefFirst},
	{id: "OT-08/c", requirement: "Somebody with the password who opens the page later does not slip their key under the owner's form.", try: thiefLater},
	{id: "OT-08/d", requirement: "An enrolment is confirmed in the browser that began it only.", try: elsewhere},
	{id: "OT-07/c", requirement: "No app is turned on by a wrong code, and none counts before.", try: wrongFirst},
	{id: "OT-06/a", requirement: "A key is shown while it is set up, and never again on any page.", try: keyAfterwards},
	{id: "OT-06/b", requirement: "No administrator, command or export shows a key.", try: keyElsewhere},
	{id: "OT-09/c", requirement: "The cookie of a known browser is no proof: nothing about a factor is changed or shown with it alone.", try: rememberedChanges},
	{id: "OT-10/a", requirement: "Removing two-step verification at the server ends the sessions, recovery codes and sign-ins that rested on it.", try: factorsReset},
}}

func TestEnrolment(t *testing.T) { run(t, &enrolment) }

// begin opens the page of an enrolment, and returns its id and key.
func (b *browser) begin() (id, key string) {
	b.t.Helper()
	b.get("/security/authenticators/new")
	b.want(http.StatusOK, "")
	return b.hidden("enrollment"), b.key()
}

// confirm sends its form.
func (b *browser) confirm(id, code string) *browser {
	b.t.Helper()
	b.post("/security/authenticators/new", "enrollment", id, "label", "Phone", "code", code)
	return b
}

func twoTabs(t *T) string {
	victim := t.user()
	in := t.signedIn(victim)
	oldID, oldKey := in.begin()
	other := t.signedIn(victim)
	newID, newKey := other.begin()
	if oldID == newID || oldKey == newKey {
		t.Fatal("two sessions see one enrolment")
	}
	in.confirm(oldID, t.codeAt(newKey, step()))
	in.want(http.StatusSeeOther, "/security/authenticators/new")
	in.confirm(newID, t.codeAt(newKey, step()))
	in.want(http.StatusSeeOther, "/security/authenticators/new")
	in.confirm(oldID, t.codeAt(oldKey, step()))
	in.want(http.StatusSeeOther, "/security/authenticators/new")
	t.apps(other, 1)
	return "The older form was refused with the newer key, with the newer id, and with its own; no app was added."
}

// apps fails the attack unless the person who is signed in has so many.
func (t *T) apps(b *browser, n int) {
	t.Helper()
	b.get("/security")
	if found := strings.Count(b.Body, "/rename"); found != n {
		t.Errorf("%d apps, want %d\n%s", found, n, text(b.Body))
	}
}

func thiefFirst(t *T) string {
	victim := t.newcomer()
	thief, own := t.browser().password(victim), t.browser().password(victim)
	_, stolen := thief.begin()
	id, key := own.begin()
	if stolen == key {
		t.Error("both see one key")
	}
	own.confirm(id, t.codeAt(key, step()))
	if own.session() == "" {
		t.Fatalf("answered %d to %q", own.Status, own.To())
	}
	b := t.half(victim)
	b.post("/login/code", "code", t.codeAt(stolen, step()))
	b.refused("a code of the stolen key")
	return "The two browsers saw different keys, and a code of the one seen first signed nobody in."
}

func thiefLater(t *T) string {
	victim := t.newcomer()
	own := t.browser().password(victim)
	id, key := own.begin()
	thief := t.browser().password(victim)
	thief.begin()
	own.confirm(id, t.codeAt(key, step()))
	if own.To() != "/security/authenticators/new" && own.session() == "" {
		t.Errorf("answered %d to %q", own.Status, own.To())
	}
	again, fresh := own.begin()
	own.confirm(again, t.codeAt(fresh, step()))
	if own.session() == "" {
		t.Errorf("the new page is answered %d to %q", own.Status, own.To())
	}
	return "The owner's older form was led to a page with a new key, which then was turned on."
}

func elsewhere(t *T) string {
	victim := t.newcomer()
	own, thief := t.browser().password(victim), t.browser().password(victim)
	id, key := own.begin()
	thief.confirm(id, t.codeAt(key, step()))
	thief.want(http.StatusSeeOther, "/security/authenticators/new").refused("the form from another browser")
	own.confirm(id, t.codeAt(key, step()))
	if own.session() == "" {
		t.Errorf("its own browser is answered %d to %q", own.Status, own.To())
	}
	return "The right id with the right code was refused in another sign-in of the same user, and taken in its own."
}

func wrongFirst(t *T) string {
	victim := t.newcomer()
	own := t.browser().password(victim)
	id, key := own.begin()
	for _, code := range []string{t.wrongCode(&person{Key: key}), "", "0", t.codeAt(key, step()-4), t.codeAt(key, step()+4)} {
		own.confirm(id, code)
		own.want(http.StatusUnprocessableEntity, "").refused("code " + code)
	}
	other := t.browser().password(victim)
	other.want(http.StatusSeeOther, "/security/authenticators/new")
	other.post("/login/code", "code", t.codeAt(key, step()))
	other.refused("the code of an app that is not on")
	return "5 wrong, missing or far codes were refused, and the next sign-in still began with the set-up."
}

func keyAfterwards(t *T) string {
	victim := t.newcomer()
	own := t.browser().password(victim)
	own.enrol(victim)
	for _, path := range t.pages("session", "fresh", "enrol") {
		if own.copy().get(path); strings.Contains(own.Body, victim.Key) {
			t.Errorf("%s shows it", path)
		}
	}
	return "None of the pages of somebody who is signed in held the key after it was turned on."
}

// pages returns the addresses of all pages with one of these kinds of access.
func (t *T) pages(kinds ...string) (paths []string) {
	for _, r := range t.routes() {
		for _, kind := range kinds {
			if r.access == kind && r.method == http.MethodGet {
				paths = append(paths, r.path())
			}
		}
	}
	return paths
}

func keyElsewhere(t *T) string {
	victim := t.newcomer()
	t.browser().password(victim).enrol(victim)
	boss := t.signedIn(t.admin())
	for _, path := range []string{t.about(victim), t.about(victim) + "/edit", "/admin/users.csv", "/admin/users.jsonl", "/admin/audit", "/admin/audit.csv", "/admin/audit.jsonl"} {
		if a := boss.copy().get(path); a.Status != http.StatusOK || strings.Contains(a.Body, victim.Key) {
			t.Errorf("%s answers %d", path, a.Status)
		}
	}
	for _, args := range [][]string{{"user", "show", victim.Name}, {"user", "explain", victim.Name}, {"export", "users"}, {"export", "audit"}} {
		if strings.Contains(t.command(args...), victim.Key) {
			t.Errorf("latchkey %s shows it", strings.Join(args, " "))
		}
	}
	return "7 pages and downloads of an administrator and 4 commands held no key."
}

func rememberedChanges(t *T) string {
	victim := t.user()
	alone := t.signedIn(victim)
	var refused int
	for _, r := range t.routes() {
		if r.access == "fresh" && strings.HasPrefix(r.pattern, "/security") {
			b := alone.copy()
			delete(b.Cookies, t.cookie("latchkey"))
			if b.send(b.request(r.method, r.path())); b.Status != http.StatusSeeOther || !strings.HasPrefix(b.To(), "/login") {
				t.Errorf("%s %s is answered %d to %q", r.method, r.pattern, b.Status, b.To())
			}
			refused++
		}
	}
	if refused < 8 {
		t.Errorf("only %d routes", refused)
	}
	return "With nothing but the cookie of a known browser every such page and form led to the sign-in page."
}

func factorsReset(t *T) string {
	victim := t.user()
	in := t.signedIn(victim).codes(victim)
	half := t.half(victim)
	t.command("user", "reset-two-step", victim.Name, "--reason", "lost phone")
	if in.copy().get("/profile").Status == http.StatusOK {
		t.Error("the session goes on")
	}
	half.post("/login/recovery", "recovery_code", victim.Recovery[0])
	half.refused("a recovery code in a pending sign-in")
	fresh := t.browser().password(victim)
	if fresh.pending() != "" {
		fresh.get("/security/authenticators/new")
	}
	if strings.Contains(fresh.Body, "secret=") {
		t.Error("the password alone sets an app up")
	}
	return "The session, a recovery code in a pending sign-in and the password alone opened nothing afterwards."
}
