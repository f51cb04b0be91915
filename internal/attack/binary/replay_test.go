package binary

import (
	"net/http"
	"testing"
)

// replay is attacks that use once more what can be used once: through the same door,
// through another, and many times at the same moment.
var replay = family{"replay", []attack{
	{id: "OT-01/a", requirement: "Of fifty requests with the same right code at the same moment, one signs in.", try: replayCodeRaced},
}}

func TestReplay(t *testing.T) { run(t, &replay) }

// replayCodeRaced begins 50 sign-ins of one person and ends them with one code.
func replayCodeRaced(t *T) string {
	victim := t.user()
	first := t.browser().password(victim).want(http.StatusSeeOther, "/login/code")
	code := t.code(victim)
	var all []*request
	for range 50 {
		all = append(all, first.copy().request(http.MethodPost, "/login/code", "code", code))
	}
	answers := t.burst(all...)
	if n := count(answers, func(a Answer) bool { return a.To() == "/profile" }); n != 1 {
		t.Errorf("%d sign-ins with one code: %s", n, statuses(answers))
	}
	return "Of 50 requests with one code whose last bytes came together, exactly 1 signed in."
}
