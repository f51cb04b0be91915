package binary

import (
	"net/http"
	"strings"
	"testing"
)

// recovery is attacks with recovery codes that were used, replaced or are of somebody else.
var recovery = family{"recovery codes", []attack{
	{id: "OT-12/a", requirement: "Of fifty requests with the same recovery code at the same moment, one signs in.", try: recoveryRaced},
	{id: "OT-12/b", requirement: "A recovery code works for its own user only.", try: recoveryOfAnother},
	{id: "OT-12/c", requirement: "A recovery code that signed in once does not do so again, in any spelling.", try: recoveryAgain},
	{id: "OT-12/d", requirement: "New recovery codes replace the old ones, all at once.", try: recoveryReplaced},
}}

func TestRecovery(t *testing.T) { run(t, &recovery) }

func recoveryRaced(t *T) string {
	victim := t.user()
	t.signedIn(victim).codes(victim)
	first := t.half(victim)
	var all []*request
	for range 50 {
		all = append(all, first.copy().request(http.MethodPost, "/login/recovery", "recovery_code", victim.Recovery[3]))
	}
	t.signedInOnce(t.burst(all...))
	return "Of 50 requests with one recovery code whose last bytes came together, exactly 1 signed in."
}

func recoveryOfAnother(t *T) string {
	owner, victim := t.user(), t.user()
	t.signedIn(owner).codes(owner)
	other := t.half(victim)
	other.post("/login/recovery", "recovery_code", owner.Recovery[0])
	other.refused("somebody else's recovery code")
	own := t.half(owner)
	own.post("/login/recovery", "recovery_code", owner.Recovery[0])
	if own.session() == "" {
		t.Errorf("its owner was answered %d to %q", own.Status, own.To())
	}
	return "A recovery code was refused to somebody else, and then taken from its owner."
}

func recoveryAgain(t *T) string {
	victim := t.user()
	t.signedIn(victim).codes(victim)
	code := victim.Recovery[0]
	first := t.half(victim)
	first.post("/login/recovery", "recovery_code", code)
	if first.session() == "" {
		t.Fatalf("answered %d to %q", first.Status, first.To())
	}
	for _, spelled := range []string{code, strings.ToLower(code), strings.ReplaceAll(code, "-", ""), strings.ReplaceAll(code, "-", " ")} {
		again := t.half(victim)
		again.post("/login/recovery", "recovery_code", spelled)
		again.refused("the code spelled " + spelled)
	}
	return "The used code was refused as it was, in small letters, without its dashes and with spaces."
}

func recoveryReplaced(t *T) string {
	victim := t.user()
	in := t.signedIn(victim).codes(victim)
	old := victim.Recovery
	in.codes(victim)
	for _, code := range []string{old[0], old[9]} {
		other := t.half(victim)
		other.post("/login/recovery", "recovery_code", code)
		other.refused("a replaced code")
	}
	own := t.half(victim)
	own.post("/login/recovery", "recovery_code", victim.Recovery[9])
	if own.session() == "" {
		t.Errorf("a new code was answered %d to %q", own.Status, own.To())
	}
	return "The first and the last of the replaced codes were refused, and a new one was taken."
}
