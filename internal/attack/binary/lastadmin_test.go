package binary

import (
	"encoding/base32"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
)

// lastAdmin is attacks that leave an instance without anybody who could administer it, or with two first administrators.
var lastAdmin = family{"the last administrator", []attack{
	eachOther(couples, "AC-03/n", "Two administrators who make each other users leave one.", "demoted", func(t *T, b *browser, other *person, version string) *request {
		return b.request(http.MethodPost, t.about(other)+"/edit", "username", other.Name, "name", "", "email", "", "role", "user", "version", version)
	}),
	eachOther(couples, "AC-03/o", "Two administrators who disable each other leave one.", "disabled", func(t *T, b *browser, other *person, _ string) *request {
		return b.request(http.MethodPost, t.about(other)+"/disable", "reason", "x")
	}),
	eachOther(couples, "AC-03/p", "Two administrators who delete each other leave one.", "deleted", func(t *T, b *browser, other *person, _ string) *request {
		return b.request(http.MethodPost, t.about(other)+"/delete", "reason", "x", "confirm_username", other.Name)
	}),
	eachOther(oneCouple, "AC-03/q", "Two administrators who reset each other's two-step verification leave one.", "reset", func(t *T, b *browser, other *person, _ string) *request {
		return b.request(http.MethodPost, t.about(other)+"/reset-two-step", "reason", "x")
	}),
	eachOther(couples, "AC-03/r", "Two administrators who disable everybody at once leave one.", "disabled in bulk", func(t *T, b *browser, other *person, _ string) *request {
		return b.request(http.MethodPost, "/admin/users/bulk", "user", t.id(other), "action", "disable", "confirm", "1", "seen", "1", "reason", "x")
	}),
	eachOther(couples, "AC-03/s", "Two administrators who delete everybody that matches leave one.", "deleted in bulk", func(t *T, b *browser, other *person, _ string) *request {
		return b.request(http.MethodPost, "/admin/users/bulk", "all", "1", "q", other.Name, "action", "delete", "confirm", "1", "seen", "1", "reason", "x")
	}),
	{id: "AC-03/t", requirement: "An administrator and a command that take each other's way leave one.", on: couples, try: func(t *T) string {
		pair := t.couple()
		b := t.signedIn(pair[0])
		var commands sync.WaitGroup
		for _, args := range [][]string{{"user", "disable", pair[0].Name}, {"user", "set-role", pair[0].Name, "user"}, {"user", "delete", pair[0].Name}, {"user", "reset-two-step", pair[0].Name}} {
			commands.Go(func() { t.server.Run("", args...) })
		}
		var all []*request
		for range 20 {
			all = append(all, b.copy().request(http.MethodPost, t.about(pair[1])+"/disable", "reason", "x"))
		}
		t.burst(all...)
		commands.Wait()
		t.holds(t.usable() == 1, "%d are left", t.usable())
		return "20 forms against one and 4 commands against the other: 1 administrator is left."
	}},
	{id: "AC-03/u", requirement: "The last administrator takes nothing from themselves, by page or command.", on: couples, try: func(t *T) string {
		pair := t.couple()
		last := pair[0]
		t.command("user", "disable", pair[1].Name)
		b := t.signedIn(last)
		version := b.get(t.about(last) + "/edit").found(`name="version" value="(\d+)"`)
		app := b.get("/security").found(`/security/authenticators/([^/"]+)/re`)
		for path, fields := range map[string][]string{
			t.about(last) + "/disable": {"reason", "x"}, t.about(last) + "/delete": {"confirm_username", last.Name, "reason", "x"}, t.about(last) + "/reset-two-step": {"reason", "x"},
			t.about(last) + "/edit":                       {"username", last.Name, "name", "", "email", "", "role", "user", "version", version},
			"/admin/users/bulk":                           {"all", "1", "action", "disable", "confirm", "1", "seen", "100", "reason", "x"},
			"/profile/delete":                             {"confirm_username", last.Name},
			"/security/authenticators/" + app + "/remove": {},
		} {
			b.copy().post(path, fields...)
			t.holds(t.usable() == 1, "POST %s leaves %d", path, t.usable())
		}
		for _, args := range [][]string{{"user", "disable", last.Name}, {"user", "delete", last.Name}, {"user", "set-role", last.Name, "user"}, {"user", "reset-two-step", last.Name}} {
			_, err := t.server.Run("", args...)
			t.holds(err != nil && t.usable() == 1, "%v: %v, %d are left", args, err, t.usable())
		}
		t.holds(b.in(last), "the last administrator is signed out")
		return "7 forms and 4 commands: each refused, and the administrator is there."
	}},
	{id: "AU-11/o", requirement: "No code that is empty, absent, guessed or replaced makes an administrator.", on: &house{name: "set-up guessed", empty: true, base: proxied.base, flags: proxied.flags}, try: func(t *T) string {
		old := t.setupCode()
		link := t.command("setup-code")
		if !regexp.MustCompile(`code=[a-z0-9]{26}`).MatchString(link) {
			t.Errorf("a command prints no link: %q", link)
		}
		n := 0
		for _, code := range []string{"", " ", "0", "null", "true", "%00", old, old[:25], old + "0", "*", "' OR 1=1 --"} {
			a := t.browser().post("/setup", "setup_code", code, "username", "eve", "name", "", "email", "", "new_password", "six quiet foxes at dawn")
			t.holds(a.Status == 422 || a.Status == 400, "%q: %d", code, a.Status)
			n++
		}
		for _, body := range []string{"username=eve&name=&email=&new_password=six+quiet+foxes+at+dawn", "setup_code[]=x&username=eve&name=&email=&new_password=six+quiet+foxes+at+dawn", "setup_code=&setup_code=" + old + "&username=eve&name=&email=&new_password=six+quiet+foxes+at+dawn"} {
			b := t.browser()
			b.send(b.request(http.MethodPost, "/setup").body("application/x-www-form-urlencoded", body))
			t.holds(b.Status == 422 || b.Status == 400, "%s: %d", body, b.Status)
			n++
		}
		t.holds(len(t.listed()) == 0, "there are users")
		return fmt.Sprintf("%d forms, one with a code that a newer one replaced: nobody is added.", n)
	}},
}}

func TestLastAdmin(t *testing.T) { run(t, &lastAdmin) }

var setupLink = regexp.MustCompile(`code=([a-z0-9]+)`)

// setupCode is the one that the server printed.
func (t *T) setupCode() string {
	t.Helper()
	m := setupLink.FindStringSubmatch(t.server.Setup)
	if m == nil {
		t.Fatalf("no code in %q", t.server.Setup)
	}
	return m[1]
}

// couples is a server on which there are two administrators at a time. On oneCouple nobody else was one before: who was
// counts for a week where two have to approve.
var (
	couples   = &house{name: "couples", empty: true, base: proxied.base, flags: proxied.flags}
	oneCouple = &house{name: "one couple", empty: true, base: proxied.base, flags: proxied.flags}
)

// couple returns two administrators, the only ones until the attack is over.
func (t *T) couple() (pair [2]*person) {
	t.Helper()
	k := t.known()
	k.turn.Lock()
	t.Cleanup(k.turn.Unlock)
	file := "username,role,password_hash,otp_secret\n"
	for i := range pair {
		key := base32.StdEncoding.EncodeToString(fmt.Appendf(nil, "%20s", t.tag()))
		pair[i] = &person{Name: "pair-" + t.tag(), Password: housePassword, Key: key}
		file += fmt.Sprintf("%s,admin,\"%s\",%s\n", pair[i].Name, houseHash(), key)
	}
	path := filepath.Join(t.TempDir(), "pair.csv")
	t.must(os.WriteFile(path, []byte(file), 0o600))
	t.command("import", path)
	for _, p := range k.former {
		t.server.Run("", "user", "set-role", p.Name, "user") // whoever is in the recycle bin is none already
	}
	k.former = pair[:]
	if t.usable() != 2 {
		t.Fatalf("%d administrators to begin with", t.usable())
	}
	return pair
}

// usable counts the administrators who could sign in.
func (t *T) usable() (n int) {
	t.Helper()
	for _, u := range t.listed() {
		if u.Role == "admin" && u.Status == "active" && u.Authenticators > 0 {
			n++
		}
	}
	return n
}

// eachOther is an attack in which two administrators send 25 forms each against the other, at the same moment.
func eachOther(on *house, id, requirement, what string, form func(t *T, b *browser, other *person, version string) *request) attack {
	return attack{id: id, requirement: requirement, on: on, try: func(t *T) string {
		pair := t.couple()
		var all []*request
		for i, p := range pair {
			b, other := t.signedIn(p), pair[1-i]
			version := b.get(t.about(other) + "/edit").found(`name="version" value="(\d+)"`)
			for range 25 {
				all = append(all, form(t, b.copy(), other, version))
			}
		}
		answers := t.burst(all...)
		t.holds(t.usable() == 1, "%d are left: %s", t.usable(), statuses(answers))
		return fmt.Sprintf("25 forms from each, whose last bytes came together: one of the two is %s, the other is left.", what)
	}}
}
