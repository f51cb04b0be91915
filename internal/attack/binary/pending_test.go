package binary

import (
	"net/http"
	"strings"
	"testing"
)

// pending is attacks with a sign-in that is half done: at every stage, on every route of the
// program.
var pending = family{"pending sign-ins", []attack{
	{id: "SE-10/a", requirement: "With the password alone no route answers but those of the second step.", try: everywhereWithPassword},
	{id: "SE-10/b", requirement: "Somebody who still has to set an app up reaches nothing else.", try: everywhereEnrolling},
	{id: "SE-10/c", requirement: "A link for a new password opens the page for one, and nothing else.", try: everywhereWithLink},
	{id: "SE-10/d", requirement: "An invitation opens the page for a password, and nothing else.", try: everywhereInvited},
	{id: "SE-10/e", requirement: "A link that confirms an address opens its own page, and nothing else.", try: everywhereWithAddress},
	{id: "SE-10/f", requirement: "The cookie of a pending sign-in is no session under the name of one.", try: halfUnderFullName},
	{id: "SE-10/g", requirement: "The cookie of a session is no pending sign-in under the name of one.", try: fullUnderHalfName},
	{id: "SE-10/h", requirement: "A pending sign-in that was cancelled is over.", try: cancelled},
	{id: "SE-10/i", requirement: "A pending sign-in is over once its user is disabled.", try: halfDisabled},
	{id: "SE-10/j", requirement: "A pending sign-in is over once its user is signed out everywhere.", try: halfEnded},
	{id: "OT-15/a", requirement: "A new password ends the sign-ins that were begun with the old one.", try: halfOldPassword},
	{id: "OT-09/a", requirement: "Nobody with the password alone adds an app to an account that has one.", try: halfEnrols},
	{id: "OT-09/b", requirement: "Nobody with the password alone sees, makes or tries out recovery codes.", try: halfRecovery},
	{id: "AC-01/a", requirement: "Without a cookie no route answers but those that are open to anyone.", try: everywhereWithNothing},
	{id: "AC-01/b", requirement: "To somebody who is no administrator the administration does not exist.", try: administrationForUsers},
}}

func TestPending(t *testing.T) { run(t, &pending) }

// everywhere asks every route of the program with copies of a browser, and wants it to let
// nobody in but where may says so. Paths behind /admin must look as for somebody without
// any cookie, so that nothing is told about them. Proxies are asked elsewhere: here we are one.
func (t *T) everywhere(b *browser, may func(knownRoute) bool) {
	t.Helper()
	for _, r := range t.routes() {
		if r.access == "proxy" {
			continue
		}
		c := b.copy()
		// The field is in no form: whoever is let in is told so, and changes nothing.
		c.send(c.request(r.method, r.path(), "no_such_field", "1"))
		in := c.Status/100 == 2 || c.Status == http.StatusBadRequest || c.Status/100 == 5 || c.Status == 0 ||
			c.Status == http.StatusSeeOther && strings.HasPrefix(c.To(), "/admin") || c.session() != b.session()
		if in && !r.open() && !may(r) {
			t.Errorf("%s %s answers %d to %q", r.method, r.pattern, c.Status, c.To())
		}
	}
}

// at returns whether a route is one of these.
func at(paths ...string) func(knownRoute) bool {
	return func(r knownRoute) bool {
		for _, p := range paths {
			if r.pattern == p {
				return true
			}
		}
		return false
	}
}

func everywhereWithNothing(t *T) string {
	t.everywhere(t.browser(), at())
	return "Of all routes of the program only those for anyone answered; all others led to the sign-in page or did not exist."
}

func everywhereWithPassword(t *T) string {
	t.everywhere(t.half(t.user()), at("/login/code", "/login/recovery", "/login/lost-phone"))
	return "Of all routes of the program only /login/code, /login/recovery, /login/lost-phone and those for anyone answered."
}

func everywhereEnrolling(t *T) string {
	b := t.browser().password(t.newcomer())
	t.everywhere(b.want(http.StatusSeeOther, "/security/authenticators/new"), at("/security/authenticators/new"))
	return "Of all routes of the program only /security/authenticators/new and those for anyone answered."
}

func everywhereWithLink(t *T) string {
	b := t.browser()
	b.get(t.printedLink(t.user()))
	t.everywhere(b.want(http.StatusSeeOther, "/reset"), at("/reset", "/invite"))
	return "Of all routes of the program only /reset, the form of an invitation and those for anyone answered."
}

func everywhereInvited(t *T) string {
	_, link := t.invite("inga-everywhere")
	b := t.browser()
	b.get(link)
	t.everywhere(b.want(http.StatusSeeOther, "/invite"), at("/invite", "/reset"))
	return "Of all routes of the program only /invite, the form of /reset and those for anyone answered."
}

func everywhereWithAddress(t *T) string {
	victim := t.user()
	in := t.signedIn(victim)
	in.post("/profile/email/send-again")
	b := t.browser()
	b.get(t.mailed(victim, "/email/"))
	t.everywhere(b.want(http.StatusSeeOther, "/email"), at("/email", "/lost-phone/cancel", "/lost-phone/new", "/not-me"))
	return "Of all routes of the program only /email, the forms behind other links of that kind and those for anyone answered."
}

func halfUnderFullName(t *T) string {
	half := t.half(t.user())
	b := half.copy()
	b.Cookies = map[string]string{t.cookie("latchkey"): half.pending()}
	t.everywhere(b, at())
	return "Of all routes of the program only those for anyone answered to its value in the cookie of a session."
}

func fullUnderHalfName(t *T) string {
	in := t.signedIn(t.user())
	b := in.copy()
	b.Cookies = map[string]string{t.cookie("latchkey-pending"): in.session()}
	t.everywhere(b, at())
	return "Of all routes of the program only those for anyone answered to its value in the cookie of a pending sign-in."
}

// over fails the attack if the right code still turns this pending sign-in into a session.
func (b *browser) over(p *person) {
	b.t.Helper()
	b.get("/login/code")
	if b.Status != http.StatusSeeOther || !strings.HasPrefix(b.To(), "/login") || b.To() == "/login/code" {
		b.t.Errorf("its page answers %d to %q", b.Status, b.To())
	}
	b.post("/login/code", "code", b.t.code(p))
	b.refused("the right code")
}

func cancelled(t *T) string {
	victim := t.user()
	half := t.half(victim)
	kept := half.copy()
	half.post("/login/cancel")
	kept.over(victim)
	return "After “Not you?” the kept cookie opened nothing, and the right code was refused."
}

func halfDisabled(t *T) string {
	victim := t.user()
	half := t.half(victim)
	t.command("user", "disable", victim.Name)
	half.over(victim)
	return "After latchkey user disable the right code was refused."
}

func halfEnded(t *T) string {
	victim := t.user()
	half := t.half(victim)
	t.command("user", "sign-out", victim.Name)
	half.over(victim)
	return "After latchkey user sign-out the right code was refused."
}

func halfOldPassword(t *T) string {
	victim := t.user()
	half := t.half(victim)
	b := t.browser()
	b.get(t.printedLink(victim))
	b.want(http.StatusSeeOther, "/reset").post("/reset", "new_password", "seven tall storks wading")
	b.want(http.StatusSeeOther, "/login?notice=password-changed")
	half.over(victim)
	victim.Password = "seven tall storks wading"
	if !t.signedIn(victim).in(victim) {
		t.Error("the new password does not work")
	}
	return "After a new password by a link, the right code was refused in the sign-in begun before; a new one went well."
}

func halfEnrols(t *T) string {
	victim := t.user()
	half := t.half(victim)
	half.get("/security/authenticators/new")
	half.want(http.StatusSeeOther, "/login/code")
	half.post("/security/authenticators/new", "enrollment", "x", "label", "Thief", "code", t.code(victim))
	half.want(http.StatusSeeOther, "/login/code").refused("the enrolment")
	in := t.signedIn(victim)
	if in.get("/security"); strings.Contains(in.Body, "Thief") {
		t.Error("there is another app")
	}
	return "The page and the form led back to the second step; the user has their own app only."
}

func halfRecovery(t *T) string {
	victim := t.user()
	t.signedIn(victim).codes(victim)
	half := t.half(victim)
	for _, path := range []string{"/security/recovery-codes", "/security/recovery-codes.txt", "/security/recovery-codes/new", "/security/recovery-codes/try"} {
		half.get(path)
		half.want(http.StatusSeeOther, "/login/code")
	}
	half.post("/security/recovery-codes/new")
	half.want(http.StatusSeeOther, "/login/code")
	half.post("/security/recovery-codes/try", "recovery_code", victim.Recovery[0])
	half.want(http.StatusSeeOther, "/login/code")
	half.post("/login/recovery", "recovery_code", victim.Recovery[0])
	if half.session() == "" {
		t.Errorf("the codes were replaced: %d to %q", half.Status, half.To())
	}
	return "4 pages and 2 forms led back to the second step, and the codes were those of before."
}

func administrationForUsers(t *T) string {
	in := t.signedIn(t.user())
	for _, r := range t.routes() {
		if r.access == "administrator" && !strings.HasPrefix(r.pattern, "/viewing") {
			c := in.copy()
			if c.send(c.request(r.method, r.path(), "no_such_field", "1")); c.Status != http.StatusNotFound {
				t.Errorf("%s %s answers %d to %q", r.method, r.pattern, c.Status, c.To())
			}
		}
	}
	return "Every route of the administration answered 404 to a user with a fresh proof."
}
