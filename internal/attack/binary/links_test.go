package binary

import (
	"net/http"
	"strings"
	"testing"
)

// links is attacks with links that were used, replaced, are of another kind, or whose reason
// is gone.
var links = family{"links", []attack{
	{id: "MA-03/a", requirement: "Of fifty new passwords behind one link at the same moment, one is set.", try: linkRaced},
	{id: "MA-03/b", requirement: "A link that was used is over, in every browser that followed it.", try: linkAgain},
	{id: "MA-03/c", requirement: "An invitation that was used is over, and makes no second password.", try: invitationAgain},
	{id: "MA-03/d", requirement: "A link that was mailed for a reset ends with the password.", try: linkAfterPassword},
	{id: "MA-04/a", requirement: "A link for a new password signs nobody in, and leaves two-step verification as it is.", try: linkSignsNobodyIn},
	{id: "MA-08/a", requirement: "A new address counts only once the link that was mailed to it is used, and a session alone cannot skip it.", try: addressUnconfirmed},
	{id: "CR-05/a", requirement: "A link is worth nothing at the page of another kind.", try: linksElsewhere},
	{id: "CR-05/b", requirement: "No value that was issued for one purpose is a cookie, a code or a link of another.", try: valuesElsewhere},
	{id: "SE-08/a", requirement: "Disabling, deleting or signing somebody out ends their sessions for the next request.", try: endedAtTheServer},
	{id: "SE-08/b", requirement: "A changed role ends the session for the next request.", try: endedByRole},
	{id: "SE-09/a", requirement: "“Sign out other sessions” ends them all, and not one's own.", try: endedOthers},
}}

func TestLinks(t *testing.T) { run(t, &links) }

const otherPassword = "seven tall storks wading"

func linkRaced(t *T) string {
	victim := t.user()
	link := t.printedLink(victim)
	var all []*request
	for range 10 {
		b := t.browser()
		b.get(link)
		b.want(http.StatusSeeOther, "/reset")
		for range 5 {
			all = append(all, b.copy().request(http.MethodPost, "/reset", "new_password", otherPassword))
		}
	}
	answers := t.burst(all...)
	if n := count(answers, func(a Answer) bool { return a.To() == "/login?notice=password-changed" }); n != 1 {
		t.Errorf("%d passwords were set: %s", n, statuses(answers))
	}
	return "Of 50 forms in 10 browsers that had followed one link, 1 set the password."
}

func linkAgain(t *T) string {
	victim := t.user()
	link := t.printedLink(victim)
	first, second := t.browser(), t.browser()
	first.get(link)
	second.get(link)
	first.post("/reset", "new_password", otherPassword)
	first.want(http.StatusSeeOther, "/login?notice=password-changed")
	second.post("/reset", "new_password", "seven tall cranes wading")
	if second.Status == http.StatusSeeOther && strings.Contains(second.To(), "password-changed") {
		t.Error("the second browser set another one")
	}
	if third := t.browser(); third.get(link).Status != http.StatusGone {
		t.Errorf("the link is answered %d", third.Status)
	}
	victim.Password = otherPassword
	t.half(victim)
	return "A browser that had followed it before, and one that came later, were refused; the first password counts."
}

func invitationAgain(t *T) string {
	_, link := t.invite("inga-again")
	first, second := t.browser(), t.browser()
	first.get(link)
	second.get(link)
	first.post("/invite", "new_password", otherPassword)
	first.want(http.StatusSeeOther, "/security/authenticators/new")
	second.post("/invite", "new_password", "seven tall cranes wading")
	second.refused("the second browser")
	if third := t.browser(); third.get(link).Status != http.StatusGone {
		t.Errorf("the link is answered %d", third.Status)
	}
	return "A browser that had followed it before, and one that came later, were refused."
}

func linkAfterPassword(t *T) string {
	victim := t.reachable()
	t.browser().post("/forgot", "username", victim.Name)
	link := t.mailed(victim, "/reset/")
	held := t.browser()
	held.get(link)
	held.want(http.StatusSeeOther, "/reset")
	in := t.signedIn(victim)
	in.post("/security/password", "current_password", victim.Password, "new_password", otherPassword)
	in.want(http.StatusSeeOther, "/security")
	held.post("/reset", "new_password", "seven tall cranes wading")
	if late := t.browser(); late.get(link).Status != http.StatusGone || held.Status == http.StatusSeeOther && strings.Contains(held.To(), "password-changed") {
		t.Errorf("answered %d and %d to %q", late.Status, held.Status, held.To())
	}
	return "After its owner had changed the password, the mailed link and a page that was open behind it were over."
}

func linkSignsNobodyIn(t *T) string {
	victim := t.user()
	b := t.browser()
	b.get(t.printedLink(victim))
	b.post("/reset", "new_password", otherPassword)
	b.want(http.StatusSeeOther, "/login?notice=password-changed").refused("the new password")
	victim.Password = otherPassword
	b.password(victim).want(http.StatusSeeOther, "/login/code")
	b.get("/security/authenticators/new")
	b.want(http.StatusSeeOther, "/login/code")
	return "The new password led to the sign-in page, then to the code, and to no set-up of another app."
}

func addressUnconfirmed(t *T) string {
	victim := t.reachable()
	in := t.signedIn(victim)
	in.post("/profile/edit", profileForm("Person "+victim.Name, "thief@evil.example")...)
	if !strings.Contains(t.command("user", "show", victim.Name), victim.Email) {
		t.Error("the old address is gone")
	}
	in.post("/email")
	b := t.browser()
	b.post("/forgot", "username", "thief@evil.example")
	t.settled()
	for _, m := range t.mail.Messages() {
		for _, link := range m.Links() {
			if strings.Contains(strings.Join(m.Recipients, " "), "thief@evil.example") && strings.Contains(link, "/reset/") {
				t.Error("a reset was mailed to the new address")
			}
		}
	}
	return "With the new address waiting, the old one stayed, and no reset was mailed to the new one."
}

func linksElsewhere(t *T) string {
	victim := t.reachable()
	_, invite := t.invite("inga-elsewhere")
	t.browser().post("/forgot", "username", victim.Name)
	doors := []string{"/invite/", "/reset/", "/email/", "/not-me/", "/lost-phone/cancel/", "/lost-phone/new/", "/setup?code="}
	for own, link := range map[string]string{"/invite/": invite, "/reset/": t.mailed(victim, "/reset/")} {
		token := link[strings.LastIndexByte(link, '/')+1:]
		for _, door := range doors {
			b := t.browser()
			if b.get(door + token); door != own && (b.Status != http.StatusGone && b.Status != http.StatusNotFound || b.pending()+b.session() != "") {
				t.Errorf("%s at %s is answered %d to %q", own, door, b.Status, b.To())
			}
		}
	}
	return "An invitation and a reset were refused at the 6 doors of other kinds each."
}

func valuesElsewhere(t *T) string {
	victim := t.user()
	half, in := t.half(victim), t.signedIn(victim)
	link := t.printedLink(victim)
	values := map[string]string{
		"a pending sign-in": half.pending(), "a browser's cookie": in.Cookies[t.cookie("latchkey-browser")], "the token of a link": link[strings.LastIndexByte(link, '/')+1:],
	}
	for what, value := range values {
		for _, name := range []string{"latchkey", "latchkey-pending", "latchkey-browser", "latchkey-app"} {
			if what == "a pending sign-in" && name == "latchkey-pending" {
				continue
			}
			b := t.browser()
			b.Cookies[t.cookie(name)] = value
			b.post("/login/code", "code", t.wrongCode(victim))
			if b.get("/profile").Status == http.StatusOK || b.get("/reset").Status == http.StatusOK || b.get("/login/code").Status == http.StatusOK {
				t.Errorf("%s opens something as %s", what, name)
			}
		}
		for _, door := range []string{"/invite/", "/email/", "/not-me/", "/lost-phone/new/"} {
			if b := t.browser(); b.get(door+value).Status != http.StatusGone {
				t.Errorf("%s at %s is answered %d", what, door, b.Status)
			}
		}
	}
	return "The values of a pending sign-in, a known browser and a link opened nothing as each other's cookies or links."
}

func endedAtTheServer(t *T) string {
	for _, act := range []string{"disable", "delete", "sign-out"} {
		victim := t.user()
		in := t.signedIn(victim)
		if act == "delete" {
			t.command("user", act, victim.Name, "--yes")
		} else {
			t.command("user", act, victim.Name)
		}
		in.dead("after " + act)
	}
	return "After latchkey user disable, delete and sign-out the next request led to the sign-in page."
}

func endedByRole(t *T) string {
	boss := t.admin()
	in := t.signedIn(boss)
	t.command("user", "set-role", boss.Name, "user")
	if a := in.copy().get("/admin"); a.Status == http.StatusOK {
		t.Error("the administration is open")
	}
	in.dead("after a change of the role")
	return "After latchkey user set-role the next request of the administrator led to the sign-in page."
}

func endedOthers(t *T) string {
	victim := t.user()
	in, other, third := t.signedIn(victim), t.signedIn(victim), t.signedIn(victim)
	in.post("/security/sessions/end-others")
	other.dead("after signing out others")
	third.dead("after signing out others")
	if !in.in(victim) {
		t.Error("the own session is over")
	}
	return "Two other sessions ended with the next request, and the one that asked went on."
}
