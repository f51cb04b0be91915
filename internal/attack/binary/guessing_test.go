package binary

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// guessing is attacks that try many secrets at the same moment: every bucket lets as many
// through as it says, however the requests arrive.
var guessing = family{"guessing in bursts", []attack{
	{id: "AU-01/a", requirement: "Of a burst of passwords for one name, no more are checked than the limit says.", try: burstPasswords},
	{id: "AU-01/b", requirement: "Of a burst of passwords from one network for many names, no more are checked than the limit says.", try: burstNetwork},
	{id: "AU-01/c", requirement: "Of a burst of codes in one pending sign-in, five are checked.", try: burstCodes},
	{id: "AU-01/d", requirement: "Codes of one user are counted together, however many pending sign-ins they come from.", try: burstCodesOfMany},
	{id: "AU-01/e", requirement: "Of a burst of recovery codes of one user, five are checked.", try: burstRecovery},
	{id: "AU-01/f", requirement: "Of a burst of codes inside a session, no more are checked than the limit says.", try: burstConfirm},
	{id: "AU-01/g", requirement: "Of a burst of passwords together with codes from one network, ten are checked.", try: burstBoth},
	{id: "AU-01/h", requirement: "Of a burst of setup codes from one network, ten are checked.", try: burstSetup},
	{id: "AU-01/i", requirement: "Of a burst of recovery codes that are tried out inside a session, no more are checked than the limit says.", try: burstTryOut},
	{id: "AU-01/j", requirement: "Of a burst of current passwords inside a session, no more are checked than the limit says.", try: burstCurrentPasswords},
	{id: "AU-01/k", requirement: "Of a burst of first codes of an enrolment, no more are checked than the limit says.", try: burstEnrol},
}}

func TestGuessing(t *testing.T) { run(t, &guessing) }

// looked are the answers to something that was looked at and not held back.
var looked = status(http.StatusUnprocessableEntity, http.StatusSeeOther)

// wrong are the answers to something that was looked at and not right.
var wrong = status(http.StatusUnprocessableEntity)

// held are the answers to something that was not looked at.
var held = status(http.StatusTooManyRequests, http.StatusServiceUnavailable)

// atMost fails the attack if more than n of the answers were looked at, or any is neither
// that nor held back.
func (t *T) atMost(n int, answers []Answer) {
	t.Helper()
	if l := count(answers, looked); l > n || l == 0 || l+count(answers, held) != len(answers) {
		t.Errorf("%d were looked at, of which %d may be: %s", l, n, statuses(answers))
	}
}

// roomFor sends a burst of passwords, and another one while a busy machine had no room to look at
// any of them: then it says nothing of how many may be.
func (t *T) roomFor(burst func() []*request) (answers []Answer) {
	t.Helper()
	for range 10 {
		answers = t.burst(burst()...)
		if count(answers, looked) > 0 || count(answers, status(http.StatusServiceUnavailable)) == 0 {
			break
		}
	}
	return answers
}

// burstPasswords sends the right one among the last.
func burstPasswords(t *T) string {
	t.atMost(10, t.roomFor(func() (all []*request) {
		victim := t.user()
		for i := range 60 {
			word := fmt.Sprintf("wrong herons wading %02d", i)
			if i == 59 {
				word = victim.Password
			}
			all = append(all, t.browser().request(http.MethodPost, "/login", "username", victim.Name, "password", word))
		}
		return all
	}))
	return "Of 60 passwords from 60 networks whose last bytes came together, at most 10 were checked, and all others were told to wait."
}

func burstNetwork(t *T) string {
	t.atMost(30, t.roomFor(func() (all []*request) {
		from := t.address()
		for i := range 100 {
			all = append(all, t.browser().from(from).request(http.MethodPost, "/login", "username", fmt.Sprintf("nobody-%03d", i), "password", "wrong herons wading"))
		}
		return all
	}))
	return "Of 100 passwords for 100 names from one address, at most 30 were checked."
}

// half returns a browser that has passed the first step as this person.
func (t *T) half(p *person) *browser {
	t.Helper()
	return t.browser().password(p).want(http.StatusSeeOther, "/login/code")
}

func burstCodes(t *T) string {
	victim := t.user()
	first, code := t.half(victim), t.wrongCode(victim)
	var all []*request
	for range 60 {
		all = append(all, first.copy().request(http.MethodPost, "/login/code", "code", code))
	}
	answers := t.burst(all...)
	t.stays(first, answers, 5)
	return "Of 60 codes in one pending sign-in at most 5 were checked; none of the browsers is signed in."
}

// stays fails the attack if more than n codes were looked at: those that were are told that
// the code is wrong, while a sign-in that is over leads back to its beginning.
func (t *T) stays(b *browser, answers []Answer, n int) {
	t.Helper()
	if l := count(answers, wrong); l > n || l == 0 {
		t.Errorf("%d codes were looked at, of which %d may be: %s", l, n, statuses(answers))
	}
	for _, a := range answers {
		if a.To() == "/profile" || a.Status == 0 || a.Status == http.StatusOK {
			t.Errorf("answered %d to %q", a.Status, a.To())
		}
	}
	if b.copy().get("/profile").Status == http.StatusOK {
		t.Error("a browser is signed in")
	}
}

func burstCodesOfMany(t *T) string {
	victim := t.user()
	code := t.wrongCode(victim)
	var all []*request
	first := t.half(victim)
	for i := range 8 {
		b := first
		if i > 0 {
			b = t.half(victim)
		}
		for range 5 {
			all = append(all, b.copy().request(http.MethodPost, "/login/code", "code", code))
		}
	}
	t.stays(first, t.burst(all...), 5)
	return "Of 40 codes in 8 pending sign-ins of one user from 8 networks, at most 5 were checked."
}

func burstRecovery(t *T) string {
	victim := t.user()
	first := t.half(victim)
	var all []*request
	for i := range 40 {
		all = append(all, first.copy().request(http.MethodPost, "/login/recovery", "recovery_code", fmt.Sprintf("0000-0000-0000-00%02d", i)))
	}
	t.stays(first, t.burst(all...), 5)
	return "Of 40 recovery codes in one pending sign-in at most 5 were checked."
}

// inside fails the attack unless one to five tries in a session were looked at and none was
// right.
func (t *T) inside(answers []Answer) {
	t.Helper()
	if l := count(answers, wrong); l > 5 || l == 0 || count(answers, func(a Answer) bool { return a.To() == "/security" }) > 0 {
		t.Errorf("%d were looked at: %s", l, statuses(answers))
	}
}

func burstConfirm(t *T) string {
	victim := t.user()
	in, code := t.signedIn(victim), t.wrongCode(victim)
	var all []*request
	for range 30 {
		all = append(all, in.copy().request(http.MethodPost, "/confirm", "password", victim.Password, "code", code))
	}
	t.inside(t.burst(all...))
	return "Of 30 codes with the right password inside a session at most 5 were checked."
}

func burstBoth(t *T) string {
	victim := t.user()
	from, code := t.address(), t.wrongCode(victim)
	var all []*request
	for range 40 {
		all = append(all, t.browser().from(from).request(http.MethodPost, "/login/with-code", "username", victim.Name, "password", victim.Password, "code", code))
	}
	t.atMost(10, t.burst(all...))
	return "Of 40 pairs of password and code from one address at most 10 were checked."
}

func burstSetup(t *T) string {
	alone := t.own(proxied, true)
	from := alone.address()
	var all []*request
	for i := range 40 {
		all = append(all, alone.browser().from(from).request(http.MethodPost, "/setup", "setup_code", fmt.Sprintf("abcdefghijklmnopqrstuvwx%02d", i),
			"username", "mallory", "name", "", "email", "", "new_password", "seven tall storks wading"))
	}
	answers := alone.burst(all...)
	alone.atMost(10, answers)
	if out := alone.command("user", "list"); strings.Contains(out, "mallory") {
		t.Error("there is an administrator now")
	}
	return "Of 40 setup codes from one address at most 10 were checked, and there is no administrator."
}

func burstTryOut(t *T) string {
	victim := t.user()
	in := t.signedIn(victim).codes(victim)
	var all []*request
	for i := range 30 {
		all = append(all, in.copy().request(http.MethodPost, "/security/recovery-codes/try", "recovery_code", fmt.Sprintf("0000-0000-0000-00%02d", i)))
	}
	t.inside(t.burst(all...))
	return "Of 30 recovery codes that were tried out at most 5 were checked."
}

func burstCurrentPasswords(t *T) string {
	victim := t.user()
	in := t.signedIn(victim)
	var all []*request
	for i := range 30 {
		all = append(all, in.copy().request(http.MethodPost, "/security/password", "current_password", fmt.Sprintf("wrong herons wading %02d", i), "new_password", "seven tall storks wading"))
	}
	t.inside(t.burst(all...))
	return "Of 30 current passwords at most 5 were checked, and the password is the old one."
}

func burstEnrol(t *T) string {
	victim := t.newcomer()
	first := t.browser().password(victim)
	first.want(http.StatusSeeOther, "/security/authenticators/new").get("/security/authenticators/new")
	p := &person{Key: first.key()}
	code, id := t.wrongCode(p), first.hidden("enrollment")
	var all []*request
	for range 30 {
		all = append(all, first.copy().request(http.MethodPost, "/security/authenticators/new", "enrollment", id, "label", "Phone", "code", code))
	}
	t.stays(first, t.burst(all...), 5)
	return "Of 30 first codes of one enrolment at most 5 were checked."
}
