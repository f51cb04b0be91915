package binary

import (
	"net/http"
	"strings"
	"testing"
)

// replay is attacks that use once more what can be used once: through the same door,
// through another, and many times at the same moment.
var replay = family{"replay", []attack{
	{id: "OT-01/a", requirement: "Of fifty requests with the same right code at the same moment, one signs in.", try: codeRaced},
	{id: "OT-01/b", requirement: "A code that signed in once signs in nowhere else.", try: codeElsewhere},
	{id: "OT-01/c", requirement: "A code that signed in proves nothing inside the session.", try: codeInside},
	{id: "OT-01/d", requirement: "A code that was used inside a session signs nobody in.", try: codeFromInside},
	{id: "OT-01/e", requirement: "A code that signed in does not sign in together with the password either.", try: codeTogether},
	{id: "OT-01/f", requirement: "A button that is pressed fifty times signs in once: all copies of a form get the one session.", try: codeDoubled},
	{id: "OT-02/a", requirement: "Once a code was accepted, no older one is, although its half minute is not over for a slow clock.", try: codeOlder},
	{id: "OT-07/a", requirement: "The code that turned an app on is used up: it signs nobody in.", try: codeOfEnrolment},
	{id: "OT-07/b", requirement: "Of fifty confirmations of one enrolment at the same moment, one adds an app.", try: enrolmentRaced},
	{id: "SE-02/a", requirement: "The cookie of a pending sign-in is worth nothing once it has become a session.", try: pendingAfterwards},
}}

func TestReplay(t *testing.T) { run(t, &replay) }

// signedInOnce fails the attack unless one answer leads on, and to a session.
func (t *T) signedInOnce(answers []Answer) {
	t.Helper()
	sessions := map[string]bool{}
	for _, a := range answers {
		for _, c := range cookiesOf(a) {
			if c.Name == t.cookie("latchkey") && c.Value != "" {
				sessions[c.Value] = true
			}
		}
	}
	if n := count(answers, func(a Answer) bool { return a.To() == "/profile" || a.To() == "/security/recovery-codes" }); n != 1 || len(sessions) != 1 {
		t.Errorf("%d were let in, with %d sessions: %s", n, len(sessions), statuses(answers))
	}
}

// refused fails the attack if the browser has got a session, or its answer leads inside.
func (b *browser) refused(what string) {
	b.t.Helper()
	if b.Status == http.StatusOK && b.session() != "" || b.To() == "/profile" || b.Status == 0 || b.copy().get("/profile").Status == http.StatusOK {
		b.t.Errorf("%s was answered %d to %q", what, b.Status, b.To())
	}
}

func codeRaced(t *T) string {
	victim := t.user()
	first, code := t.half(victim), t.code(victim)
	var all []*request
	for range 50 {
		all = append(all, first.copy().request(http.MethodPost, "/login/code", "code", code))
	}
	t.signedInOnce(t.burst(all...))
	return "Of 50 requests with one code whose last bytes came together, exactly 1 signed in."
}

func codeElsewhere(t *T) string {
	victim := t.user()
	first, code := t.half(victim), t.code(victim)
	first.post("/login/code", "code", code)
	first.want(http.StatusSeeOther, "/profile")
	for range 3 {
		again := t.half(victim)
		again.post("/login/code", "code", code)
		again.refused("the code once more")
	}
	return "The code was refused in 3 further sign-ins, begun from other networks."
}

func codeInside(t *T) string {
	victim := t.user()
	in, code := t.half(victim), t.code(victim)
	in.post("/login/code", "code", code)
	token := in.want(http.StatusSeeOther, "/profile").session()
	in.post("/confirm", "password", victim.Password, "code", code)
	if in.want(http.StatusUnprocessableEntity, "").session() != token {
		t.Error("the session has a new token")
	}
	return "The code was refused by the page that asks for a proof, with the right password."
}

func codeFromInside(t *T) string {
	victim := t.user()
	in := t.signedIn(victim)
	code := t.code(victim)
	in.post("/confirm", "password", victim.Password, "code", code)
	in.want(http.StatusSeeOther, "/security")
	other := t.half(victim)
	other.post("/login/code", "code", code)
	other.refused("the code of a proof")
	return "The code that proved who holds the session was refused by the sign-in page."
}

func codeTogether(t *T) string {
	victim := t.user()
	first, code := t.half(victim), t.code(victim)
	first.post("/login/code", "code", code)
	first.want(http.StatusSeeOther, "/profile")
	other := t.browser()
	other.post("/login/with-code", "username", victim.Name, "password", victim.Password, "code", code)
	other.refused("password and code together")
	other.post("/login/with-code", "username", victim.Name, "password", victim.Password, "code", t.code(victim))
	other.want(http.StatusSeeOther, "/profile")
	return "The used code was refused together with the password, and the next one was taken."
}

// codeDoubled sends what an impatient person's browser sends.
func codeDoubled(t *T) string {
	victim := t.user()
	first, code := t.half(victim), t.code(victim)
	var all []*request
	for range 50 {
		all = append(all, first.twin().request(http.MethodPost, "/login/code", "code", code))
	}
	sessions := map[string]bool{}
	answers := t.burst(all...)
	for _, a := range answers {
		for _, c := range cookiesOf(a) {
			if c.Name == t.cookie("latchkey") {
				sessions[c.Value] = true
			}
		}
	}
	if len(sessions) != 1 {
		t.Errorf("%d sessions: %s", len(sessions), statuses(answers))
	}
	return "50 copies of one form from one browser got 1 session between them."
}

func codeOlder(t *T) string {
	victim := t.user()
	old := t.code(victim)
	first := t.half(victim)
	first.post("/login/code", "code", t.code(victim))
	first.want(http.StatusSeeOther, "/profile")
	other := t.half(victim)
	other.post("/login/code", "code", old)
	other.refused("the older code")
	return "The code of the half minute before was refused."
}

// enrol turns on the first app of somebody at the page that asks for it, and returns the
// code that did so.
func (b *browser) enrol(p *person) (code string) {
	b.t.Helper()
	b.get("/security/authenticators/new")
	p.Key = b.key()
	id := b.hidden("enrollment")
	code = b.t.code(p)
	b.post("/security/authenticators/new", "enrollment", id, "label", "Phone", "code", code)
	if b.Status != http.StatusSeeOther || b.session() == "" {
		b.t.Fatalf("the enrolment was answered %d to %q\n%s", b.Status, b.To(), text(b.Body))
	}
	return code
}

func codeOfEnrolment(t *T) string {
	victim := t.newcomer()
	in := t.browser().password(victim)
	code := in.enrol(victim)
	other := t.half(victim)
	other.post("/login/code", "code", code)
	other.refused("the code of the enrolment")
	return "The code that turned the app on was refused by the sign-in page, in the same half minute."
}

func enrolmentRaced(t *T) string {
	victim := t.newcomer()
	in := t.browser().password(victim)
	in.get("/security/authenticators/new")
	victim.Key = in.key()
	id, code := in.hidden("enrollment"), t.code(victim)
	var all []*request
	for range 50 {
		all = append(all, in.copy().request(http.MethodPost, "/security/authenticators/new", "enrollment", id, "label", "Phone", "code", code))
	}
	answers := t.burst(all...)
	t.signedInOnce(answers)
	for _, a := range answers {
		for _, c := range cookiesOf(a) {
			in.Cookies[c.Name] = c.Value
		}
	}
	if in.get("/security/authenticators/new"); strings.Contains(in.Body, victim.Key) {
		t.Error("the key is shown once more")
	}
	return "Of 50 confirmations whose last bytes came together, exactly 1 added the app and signed in."
}

func pendingAfterwards(t *T) string {
	victim := t.user()
	in := t.half(victim)
	before := in.copy()
	in.post("/login/code", "code", t.code(victim))
	in.want(http.StatusSeeOther, "/profile")
	before.get("/login/code")
	before.refused("the page of the code")
	before.post("/login/code", "code", t.code(victim))
	before.refused("a further code with the old cookie")
	return "The old cookie opens no page and takes no further code, not even a fresh one."
}
