package binary

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// limits is attacks on the counting itself: by turns, by other spellings, by what succeeds
// in between, by a crash, and against the one whom a limit protects.
var limits = family{"going round a limit", []attack{
	{id: "AU-02/a", requirement: "Killing the server forgets nothing that was counted.", try: killedServer},
	{id: "AU-03/a", requirement: "A right password gives back none of the wrong codes.", try: passwordBetween},
	{id: "AU-03/b", requirement: "Signing in as oneself in between gives back none of the wrong passwords for somebody else.", try: ownBetween},
	{id: "AU-03/c", requirement: "A right code gives back none of the wrong recovery codes.", try: codeBetween},
	{id: "AU-04/a", requirement: "Somebody who guesses at a name from everywhere does not keep its owner out of a browser that is known.", try: hammeredOwner},
	{id: "AU-04/b", requirement: "Somebody who knows the password and guesses codes does not keep the owner out of a browser that is known.", try: hammeredCodes},
	{id: "AU-07/a", requirement: "All spellings of a name, and its address, share one count of passwords.", try: spellingsShare},
	{id: "OT-13/a", requirement: "Codes and recovery codes turn by turn allow no more of either.", try: turnByTurn},
}}

func TestLimits(t *testing.T) { run(t, &limits) }

// guessCodes sends wrong codes for somebody from sign-ins of their own until one is held
// back, and returns how many were looked at.
func (t *T) guessCodes(p *person, most int) (n int) {
	t.Helper()
	code := t.wrongCode(p)
	for range most {
		b := t.browser().password(p)
		if b.Status != http.StatusSeeOther {
			return n
		}
		if b.post("/login/code", "code", code); b.Status != http.StatusUnprocessableEntity {
			return n
		}
		n++
	}
	return n
}

func killedServer(t *T) string {
	alone := t.own(proxied, false)
	victim := alone.user()
	if n := alone.guessCodes(victim, 9); n != 5 {
		t.Fatalf("%d codes were looked at before", n)
	}
	alone.restart()
	if n := alone.guessCodes(victim, 3); n != 0 {
		t.Errorf("%d codes were looked at afterwards", n)
	}
	return "After 5 wrong codes the server was killed with SIGKILL and started again: no further code was looked at."
}

func passwordBetween(t *T) string {
	victim := t.user()
	if n := t.guessCodes(victim, 12); n != 5 { // each after the right password
		t.Errorf("%d codes were looked at", n)
	}
	return "Of 12 wrong codes, each after the right password from another network, 5 were looked at."
}

func ownBetween(t *T) string {
	victim, self := t.user(), t.user()
	from, n := t.address(), 0
	for i := range 16 {
		b := t.browser().from(from)
		if b.post("/login", "username", victim.Name, "password", fmt.Sprintf("wrong herons wading %02d", i)); b.Status != http.StatusUnprocessableEntity {
			continue
		}
		if n++; n%4 == 0 {
			t.browser().from(from).password(self).want(http.StatusSeeOther, "/login/code")
		}
	}
	if n != 10 {
		t.Errorf("%d passwords were looked at", n)
	}
	return "Of 16 wrong passwords, with sign-ins of the guesser's own in between, 10 were looked at."
}

func codeBetween(t *T) string {
	victim, n := t.user(), 0
	guess := func(times int) {
		for i := range times {
			b := t.half(victim)
			if b.post("/login/recovery", "recovery_code", fmt.Sprintf("0000-0000-0000-00%02d", i)); b.Status == http.StatusUnprocessableEntity {
				n++
			}
		}
	}
	guess(6)
	t.signedIn(victim)
	if guess(2); n != 5 {
		t.Errorf("%d recovery codes were looked at", n)
	}
	return "6 wrong recovery codes, of which 5 were looked at, a sign-in with a code, and no further one was looked at."
}

func hammeredOwner(t *T) string {
	victim := t.user()
	own := t.signedIn(victim)
	own.post("/logout")
	var all []*request
	for i := range 30 {
		all = append(all, t.browser().request(http.MethodPost, "/login", "username", victim.Name, "password", fmt.Sprintf("wrong herons wading %02d", i)))
	}
	t.burst(all...)
	if b := t.browser().password(victim); b.Status != http.StatusTooManyRequests {
		t.Errorf("a stranger with the right password is answered %d", b.Status)
	}
	own.signIn(victim)
	if !own.in(victim) {
		t.Error("the owner is kept out")
	}
	return "While 30 wrong passwords from 30 networks had closed the name to strangers, its owner signed in where they had before."
}

func hammeredCodes(t *T) string {
	victim := t.user()
	own := t.signedIn(victim)
	own.post("/logout")
	if n := t.guessCodes(victim, 9); n != 5 {
		t.Errorf("%d codes were looked at", n)
	}
	own.signIn(victim)
	if !own.in(victim) {
		t.Error("the owner is kept out")
	}
	return "While 5 wrong codes had closed the code to strangers, the owner signed in where they had before."
}

func spellingsShare(t *T) string {
	victim := t.user()
	wide := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r - 'a' + 'ａ'
		}
		return r
	}, victim.Name)
	names := []string{victim.Name, strings.ToUpper(victim.Name), wide, victim.Email, strings.ToUpper(victim.Email), " " + victim.Name + " "}
	n := 0
	for i := range 13 {
		b := t.browser()
		if b.post("/login", "username", names[i%len(names)], "password", fmt.Sprintf("wrong herons wading %02d", i)); b.Status == http.StatusUnprocessableEntity {
			n++
		}
	}
	if n > 10 {
		t.Errorf("%d passwords were looked at", n)
	}
	return "Of 13 wrong passwords under 6 spellings (capitals, full width, spaces, the address) at most 10 were looked at."
}

func turnByTurn(t *T) string {
	victim := t.user()
	t.signedIn(victim).codes(victim)
	code := t.wrongCode(victim)
	codes, recovery := 0, 0
	for i := range 7 {
		b := t.half(victim)
		if b.post("/login/code", "code", code); b.Status == http.StatusUnprocessableEntity {
			codes++
		}
		c := t.half(victim)
		if c.post("/login/recovery", "recovery_code", fmt.Sprintf("0000-0000-0000-00%02d", i)); c.Status == http.StatusUnprocessableEntity {
			recovery++
		}
	}
	if codes > 5 || recovery > 5 {
		t.Errorf("%d codes and %d recovery codes were looked at", codes, recovery)
	}
	return "Of 7 codes and 7 recovery codes by turns, at most 5 of each were looked at."
}
