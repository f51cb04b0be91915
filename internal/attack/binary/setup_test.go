package binary

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// settingUp is attacks on an instance that nobody has set up yet.
var settingUp = family{"the first administrator", []attack{
	{id: "AU-11/a", requirement: "Of fifty requests with the same setup code at the same moment, one makes an administrator.", try: setupRaced},
	{id: "AU-11/b", requirement: "The setup code is worth nothing afterwards, and the page is gone.", try: setupAgain},
}}

func TestSettingUp(t *testing.T) { run(t, &settingUp) }

func setupRaced(t *T) string {
	alone := t.own(proxied, true)
	var all []*request
	for i := range 50 {
		all = append(all, alone.setup(fmt.Sprintf("first-%02d", i)))
	}
	answers := alone.burst(all...)
	if n := count(answers, status(http.StatusSeeOther)); n != 1 {
		t.Errorf("%d were let in: %s", n, statuses(answers))
	}
	if n := strings.Count(alone.command("user", "list"), "first-"); n != 1 {
		t.Errorf("%d administrators", n)
	}
	return "Of 50 requests with the printed code whose last bytes came together, 1 made an administrator."
}

func setupAgain(t *T) string {
	alone := t.own(proxied, true)
	b := alone.browser()
	b.send(alone.setup("first"))
	b.want(http.StatusSeeOther, "/security/authenticators/new")
	p := &person{Name: "first"}
	b.enrol(p)
	again := alone.browser()
	if again.send(alone.setup("second")); again.Status != http.StatusNotFound {
		t.Errorf("the form is answered %d", again.Status)
	}
	if again.get("/setup"); again.Status != http.StatusNotFound {
		t.Errorf("the page is answered %d", again.Status)
	}
	if n := strings.Count(alone.command("user", "list"), "second"); n != 0 {
		t.Error("there is a second one")
	}
	return "The form and the page answered 404 once there was an administrator, with the same code."
}

// setup returns the form that makes the first administrator with the code that was printed.
func (t *T) setup(name string) *request {
	t.Helper()
	_, code, _ := strings.Cut(t.server.Setup, "code=")
	t.secret("a setup code", code)
	return t.browser().request(http.MethodPost, "/setup", "setup_code", code, "username", name, "name", "", "email", "", "new_password", "seven tall storks wading")
}
