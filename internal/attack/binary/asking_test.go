package binary

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// asking is bursts of requests for what the program does for somebody who has not signed in.
var asking = family{"asking for help in bursts", []attack{
	{id: "MA-07/a", requirement: "Of a burst of requests for a reset of one user, from many networks, no more than three are mailed.", try: burstForgot},
	{id: "MA-07/b", requirement: "One network gets no more than ten resets an hour out of a burst, for however many users.", try: burstForgotNetwork},
	{id: "AU-01/l", requirement: "Of a burst of requests for help with a lost phone, one waits for an administrator.", try: burstLostPhone},
}}

func TestAsking(t *testing.T) { run(t, &asking) }

func burstForgot(t *T) string {
	victim := t.reachable()
	var all []*request
	for range 30 {
		all = append(all, t.browser().request(http.MethodPost, "/forgot", "username", victim.Name))
	}
	answers := t.burst(all...)
	if n := count(answers, func(a Answer) bool { return a.To() == "/forgot?notice=sent" }); n != len(answers) {
		t.Errorf("answered %s: the answer must be the same over the limit", statuses(answers))
	}
	t.settled()
	if n := t.links(victim, "/reset/"); n > 3 || n == 0 {
		t.Errorf("%d resets were mailed", n)
	}
	return "Of 30 requests from 30 networks for one user, all answered alike, at most 3 were mailed."
}

func burstForgotNetwork(t *T) string {
	from := t.address()
	var all []*request
	var people []*person
	for range 12 {
		p := t.reachable()
		people = append(people, p)
		for range 3 {
			all = append(all, t.browser().from(from).request(http.MethodPost, "/forgot", "username", p.Name))
		}
	}
	t.burst(all...)
	mailed := func() (n int) {
		for _, p := range people {
			n += t.links(p, "/reset/")
		}
		return n
	}
	t.settled()
	if n := mailed(); n > 10 || n == 0 {
		t.Errorf("%d resets were mailed", n)
	}
	return "Of 36 requests for 12 users from one address at most 10 were mailed."
}

func burstLostPhone(t *T) string {
	victim, admin := t.user(), t.admin()
	first := t.half(victim)
	var all []*request
	for i := range 20 {
		all = append(all, first.copy().request(http.MethodPost, "/login/lost-phone", "message", fmt.Sprint("My phone is gone, number ", i), "contact", "telephone 555 0100"))
	}
	t.burst(all...)
	queue := t.signedIn(admin)
	queue.get("/admin/requests")
	if n := strings.Count(text(queue.Body), victim.Name); n != 1 {
		t.Errorf("%d requests wait\n%s", n, text(queue.Body))
	}
	return "Of 20 requests at the same moment 1 waits in the queue of the administrators."
}
