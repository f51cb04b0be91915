package binary

import (
	"fmt"
	"net/http"
	"testing"
)

// guessing is attacks that try many secrets at the same moment: every bucket lets as many
// through as it says, however the requests arrive.
var guessing = family{"guessing in bursts", []attack{
	{id: "AU-01/a", requirement: "Of a burst of passwords for one name, no more are checked than the limit says.", try: burstPasswords},
}}

func TestGuessing(t *testing.T) { run(t, &guessing) }

// burstPasswords sends 60 passwords for one name from as many networks, the right one
// among the last.
func burstPasswords(t *T) string {
	victim := t.user()
	var all []*request
	for i := range 60 {
		word := fmt.Sprintf("wrong herons wading %02d", i)
		if i == 59 {
			word = victim.Password
		}
		all = append(all, t.browser().request(http.MethodPost, "/login", "username", victim.Name, "password", word))
	}
	answers := t.burst(all...)
	checked := count(answers, status(http.StatusUnprocessableEntity, http.StatusSeeOther))
	if refused := count(answers, status(http.StatusTooManyRequests, http.StatusServiceUnavailable)); checked > 10 || checked+refused != len(answers) {
		t.Errorf("%d passwords were checked: %s", checked, statuses(answers))
	}
	return "Of 60 passwords from 60 networks whose last bytes came together, at most 10 were checked and the others were told to wait."
}
