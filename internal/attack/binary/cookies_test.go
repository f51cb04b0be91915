package binary

import (
	"net/http"
	"strings"
	"testing"
)

// cookies is attacks with cookies that were planted, doubled, renamed, or are old.
var cookies = family{"fixation and old cookies", []attack{
	{id: "SE-03/a", requirement: "A session's token that the client chose is not adopted by signing in.", try: plantedSession},
	{id: "SE-03/b", requirement: "A pending sign-in's token that the client chose is not adopted.", try: plantedPending},
	{id: "SE-03/c", requirement: "A browser's token that the client chose is not adopted.", try: plantedBrowser},
	{id: "SE-05/a", requirement: "Two cookies with the name of a session are none, in whatever order and header.", try: twoCookies},
	{id: "SE-05/b", requirement: "A cookie whose name or value is nearly right is none.", try: nearlyCookies},
	{id: "SE-02/b", requirement: "A proof inside a session changes its token, and the old one is dead.", try: oldAfterProof},
	{id: "SE-02/c", requirement: "A new password changes the token, ends all other sessions, and the old tokens are dead.", try: oldAfterPassword},
	{id: "SE-02/d", requirement: "A further app changes the token and ends all other sessions.", try: oldAfterApp},
	{id: "SE-07/a", requirement: "After signing out the kept cookie is worth nothing, and the browser is told to forget.", try: oldAfterSignOut},
	{id: "SE-07/b", requirement: "Nobody is signed out by a GET.", try: signOutByGet},
	{id: "SE-04/a", requirement: "Every cookie is bound to this host, hidden from scripts, kept to https and from other sites' forms.", try: attributes},
	{id: "SE-01/a", requirement: "A token is 256 random bits, and the database does not hold it.", try: tokenOnDisk},
	{id: "SE-13/a", requirement: "No page may be kept by a browser or a proxy.", try: nothingKept},
	{id: "SE-15/a", requirement: "Visits of strangers leave no rows.", try: visitsLeaveNothing},
}}

func TestCookies(t *testing.T) { run(t, &cookies) }

const planted = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

func plantedSession(t *T) string {
	victim := t.user()
	b := t.browser()
	b.Cookies[t.cookie("latchkey")] = planted
	b.signIn(victim)
	thief := t.browser()
	thief.Cookies[t.cookie("latchkey")] = planted
	if b.session() == planted || thief.get("/profile").Status == http.StatusOK {
		t.Error("it was adopted")
	}
	return "The planted value was replaced at sign-in and opened nothing."
}

func plantedPending(t *T) string {
	victim := t.user()
	b := t.browser()
	b.Cookies[t.cookie("latchkey-pending")] = planted
	b.password(victim).want(http.StatusSeeOther, "/login/code")
	thief := t.browser()
	thief.Cookies[t.cookie("latchkey-pending")] = planted
	thief.post("/login/code", "code", t.code(victim))
	thief.refused("the planted cookie with the right code")
	if b.pending() == planted {
		t.Error("it was adopted")
	}
	return "The planted value was replaced by the password step, and took no code."
}

func plantedBrowser(t *T) string {
	victim := t.user()
	b := t.browser()
	b.Cookies[t.cookie("latchkey-browser")] = planted
	b.signIn(victim)
	if b.Cookies[t.cookie("latchkey-browser")] == planted {
		t.Error("it was adopted")
	}
	return "The planted value was replaced at sign-in."
}

func twoCookies(t *T) string {
	in := t.signedIn(t.user())
	name, token := t.cookie("latchkey"), in.session()
	lines := [][]string{
		{name + "=" + token + "; " + name + "=" + planted}, {name + "=" + planted + "; " + name + "=" + token}, {name + "=" + token + "; " + name + "=" + token},
		{name + "=" + token, name + "=" + planted}, {name + "=" + planted, name + "=" + token}, {name + "=; " + name + "=" + token},
	}
	for _, cookies := range lines {
		r := in.copy().request(http.MethodGet, "/profile").del("Cookie")
		for _, c := range cookies {
			r.add("Cookie", c)
		}
		if a := t.browser().send(r); a.Status != http.StatusSeeOther {
			t.Errorf("%q is answered %d", cookies, a.Status)
		}
	}
	if in.get("/profile").Status != http.StatusOK {
		t.Error("the session is over")
	}
	return "6 orders of a right and another cookie were answered as without a session; the session itself went on."
}

func nearlyCookies(t *T) string {
	in := t.signedIn(t.user())
	name, token := t.cookie("latchkey"), in.session()
	near := []string{
		"latchkey=" + token, "__Secure-latchkey=" + token, strings.ToLower(name) + "=" + token, strings.ToUpper(name) + "=" + token, name + "[]=" + token, name + "%20=" + token,
		name + "=" + token[:len(token)-1], name + "=" + token + "A", name + "=" + strings.ToLower(token), name + "=" + token + "=", name + "=%" + token, name + "=\"" + token, name + "=", name, "=" + token,
	}
	for _, cookie := range near {
		if a := t.browser().send(in.copy().request(http.MethodGet, "/profile").set("Cookie", cookie)); a.Status == http.StatusOK {
			t.Errorf("%q is answered %d", cookie, a.Status)
		}
	}
	return "15 cookies with another prefix, case, length or padding opened nothing."
}

// dead fails the attack if a copy of a browser that was made before still gets in.
func (b *browser) dead(when string) {
	b.t.Helper()
	if a := b.get("/profile"); a.Status != http.StatusSeeOther || !strings.HasPrefix(a.To(), "/login") {
		b.t.Errorf("%s the old cookie is answered %d to %q", when, a.Status, a.To())
	}
	if a := b.post("/profile/edit", "name", "Thief"); a.Status == http.StatusSeeOther && a.To() == "/profile" {
		b.t.Errorf("%s the old cookie changes something", when)
	}
}

func oldAfterProof(t *T) string {
	victim := t.user()
	in := t.signedIn(victim)
	old := in.copy()
	in.post("/confirm", "password", victim.Password, "code", t.code(victim))
	in.want(http.StatusSeeOther, "/security")
	old.dead("after a proof")
	if !in.in(victim) {
		t.Error("the session is over")
	}
	return "The token of before opened nothing and the new one went on."
}

func oldAfterPassword(t *T) string {
	victim := t.user()
	in, other := t.signedIn(victim), t.signedIn(victim)
	old := in.copy()
	in.post("/security/password", "current_password", victim.Password, "new_password", "seven tall storks wading")
	in.want(http.StatusSeeOther, "/security")
	old.dead("after a new password")
	other.dead("after a new password elsewhere")
	if !in.in(victim) {
		t.Error("the session that changed it is over")
	}
	return "The token of before and the other session opened nothing; the session that changed it went on with a new token."
}

func oldAfterApp(t *T) string {
	victim := t.user()
	in, other := t.signedIn(victim), t.signedIn(victim)
	old := in.copy()
	id, key := in.begin()
	in.confirm(id, t.codeAt(key, step())).want(http.StatusSeeOther, "")
	old.dead("after a further app")
	other.dead("after a further app elsewhere")
	return "The token of before and the other session opened nothing."
}

func oldAfterSignOut(t *T) string {
	in := t.signedIn(t.user())
	kept := in.copy()
	a := in.post("/logout")
	if !strings.Contains(a.Header.Get("Clear-Site-Data"), "cache") {
		t.Errorf("Clear-Site-Data: %q", a.Header.Get("Clear-Site-Data"))
	}
	kept.dead("after signing out")
	return "The kept cookie opened nothing, and the answer had Clear-Site-Data."
}

func signOutByGet(t *T) string {
	in := t.signedIn(t.user())
	for _, path := range []string{"/logout", "/logout?next=/", "/login/cancel", "/security/sessions/end-others"} {
		if a := in.copy().get(path); a.Status != http.StatusNotFound && a.Status != http.StatusMethodNotAllowed {
			t.Errorf("%s is answered %d", path, a.Status)
		}
	}
	if in.get("/profile").Status != http.StatusOK {
		t.Error("the session is over")
	}
	return "4 addresses that end something were refused as GETs and the session went on."
}

func attributes(t *T) string {
	victim := t.user()
	b, n := t.browser(), 0
	for _, a := range []Answer{b.get("/login"), b.password(victim).Answer, b.post("/login/code", "code", t.code(victim)), b.post("/logout")} {
		for _, c := range cookiesOf(a) {
			n++
			if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" || c.SameSite != http.SameSiteLaxMode && c.SameSite != http.SameSiteStrictMode {
				t.Errorf("%s", c.Raw)
			}
		}
	}
	if n < 4 {
		t.Errorf("only %d cookies", n)
	}
	return "Every cookie of a sign-in and a sign-out is __Host-, Secure, HttpOnly, SameSite, without a domain."
}

func tokenOnDisk(t *T) string {
	in := t.signedIn(t.user())
	if len(in.session()) < 43 {
		t.Errorf("%d characters", len(in.session()))
	}
	for _, w := range t.onDisk() {
		t.Error(w)
	}
	return "A token has 43 characters, and no file of the data folder held it while the session lived, nor any other secret so far."
}

func nothingKept(t *T) string {
	in := t.signedIn(t.admin())
	for _, r := range t.routes() {
		if r.method != http.MethodGet || r.pattern == "/static/:name" || r.pattern == "/favicon.ico" || r.pattern == "/theme.css" {
			continue
		}
		if a := in.copy().get(r.path()); !strings.Contains(a.Header.Get("Cache-Control"), "no-store") {
			t.Errorf("%s: Cache-Control %q with %d", r.pattern, a.Header.Get("Cache-Control"), a.Status)
		}
	}
	return "Every page and redirect for an administrator had Cache-Control: no-store."
}

func visitsLeaveNothing(t *T) string {
	alone := t.own(proxied, true)
	before := alone.rows()
	for range 40 {
		for _, path := range []string{"/", "/login", "/setup", "/forgot", "/help", "/nowhere", "/admin", "/invite/" + planted} {
			alone.browser().get(path)
		}
	}
	if after := alone.rows(); after != before {
		t.Errorf("%d rows before and %d after", before, after)
	}
	return "320 visits of strangers from 320 networks left as many rows as before: sessions, sign-ins, browsers, links, counts, audit log."
}
