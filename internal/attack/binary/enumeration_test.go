package binary

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// classes are people of whom a stranger must not learn that they exist: nobody, somebody, and those who cannot sign in.
func (t *T) classes() []string {
	disabled, deleted, reset, admin := t.user(), t.user(), t.user(), t.admin()
	t.done(t.furnish().boss.copy().post(t.about(disabled)+"/disable", "reason", "left"))
	t.done(t.furnish().boss.copy().post(t.about(deleted)+"/delete", "reason", "left", "confirm_username", deleted.Name))
	t.done(t.furnish().boss.copy().post(t.about(reset)+"/reset-two-step", "reason", "lost phone"))
	invited := "invited" + t.tag()
	t.done(t.furnish().boss.copy().post("/admin/users/new", "username", invited, "name", "", "email", "", "role", "user", "first_sign_in", "link"))
	return []string{"nobody" + t.tag(), t.user().Name, disabled.Name, deleted.Name, invited, reset.Name, admin.Name}
}

// tag is a word that no other attack has.
func (t *T) tag() string {
	n := t.next.Add(1)
	return fmt.Sprintf("%c%c%c", 'a'+n/26/26%26, 'a'+n/26%26, 'a'+n%26)
}

var varies = regexp.MustCompile(`\b[a-z0-9]{9,14}\b|[A-Za-z0-9_-]{43}`)

// told is everything that an answer tells: status, headers, names of cookies and the page, without what is new each
// time and without the name that was typed.
func told(r Answer, name string) string {
	h := r.Header.Clone()
	h.Del("Date")
	h.Del("Content-Length")
	var all []string
	for k, v := range h {
		all = append(all, k+": "+strings.Join(v, "|"))
	}
	slices.Sort(all)
	return fmt.Sprint(r.Status, " ", varies.ReplaceAllString(strings.ReplaceAll(strings.Join(all, "\n")+"\n\n"+r.Body, name, "NAME"), "VARIES"))
}

// alike compares what each class is told, with the first.
func (t *T) alike(classes []string, ask func(name string) Answer) {
	t.Helper()
	var first string
	for i, name := range classes {
		got := told(ask(name), name)
		if i == 0 {
			first = got
		}
		t.holds(got == first, "class %d is told apart: %s", i, differ(got, first))
	}
}

const wrongPassword = "a wrong one altogether"

var enumeration = family{"enumeration", []attack{
	{id: "AU-05/n", requirement: "A failed sign-in tells nobody whether there is such a user.", try: func(t *T) string {
		all := t.classes()
		t.alike(all, func(name string) Answer {
			return t.browser().post("/login", "username", name, "password", wrongPassword)
		})
		return fmt.Sprintf("%d classes of people, the same bytes: 422.", len(all))
	}},
	{id: "AU-05/o", requirement: "A password and a code together tell nobody which of them was wrong.", try: func(t *T) string {
		all := t.classes()
		t.alike(all, func(name string) Answer {
			return t.browser().post("/login/with-code", "username", name, "password", wrongPassword, "code", "000000")
		})
		right := t.user()
		got := told(t.browser().post("/login/with-code", "username", right.Name, "password", housePassword, "code", t.wrongCode(right)), right.Name)
		want := told(t.browser().post("/login/with-code", "username", right.Name, "password", wrongPassword, "code", t.code(right)), right.Name)
		t.holds(got == want, "a right password with a wrong code is told apart from a wrong password with a right code")
		return fmt.Sprintf("%d classes of people and the two halves, the same bytes.", len(all))
	}},
	{id: "AU-05/p", requirement: "A page that says to wait says so for names that nobody has as well.", try: func(t *T) string {
		all := []string{"nobody" + t.tag(), t.user().Name}
		var last [2]string
		for i, name := range all {
			var rs []Answer
			for range 11 {
				rs = append(rs, t.browser().post("/login", "username", name, "password", ""))
			}
			for range 11 {
				rs = append(rs, t.browser().post("/login", "username", name, "password", "x"))
			}
			last[i] = regexp.MustCompile(`\d+ seconds?|Retry-After: \d+|\d\d:\d\d|20\d\d-\d\d-\d\dT[0-9:]*`).ReplaceAllString(told(rs[len(rs)-1], name), "WAIT")
			t.holds(rs[len(rs)-1].Status == 429, "%s: %v", name, statuses(rs))
		}
		t.holds(last[0] == last[1], "told apart: %s", differ(last[0], last[1]))
		return "22 tries for a name that is taken and one that is not: the same 429."
	}},
	{id: "MA-05/n", requirement: "Asking for a new password tells nobody whether there is such a user.", try: func(t *T) string {
		all := append(t.classes(), "nobody"+t.tag()+"@example.org", t.user().Email)
		t.alike(all, func(name string) Answer { return t.browser().post("/forgot", "username", name) })
		return fmt.Sprintf("%d classes of people, the same bytes.", len(all))
	}},
	{id: "AU-06/n", requirement: "An answer about a name that nobody has takes the work of a hash as well.", try: func(t *T) string {
		all := t.classes()
		for i, name := range all {
			fastest := time.Hour
			for range 2 {
				began := time.Now()
				t.browser().post("/login", "username", name, "password", wrongPassword)
				fastest = min(fastest, time.Since(began))
			}
			// A hash of 19 MiB takes 15 ms on a fast machine, and an answer without one less than 3.
			t.holds(fastest > 8*time.Millisecond, "class %d is answered in %s: nothing was hashed", i, fastest)
		}
		return fmt.Sprintf("%d classes of people: none is answered without a hash.", len(all))
	}},
	{id: "FD-01/n", requirement: "A stranger is not told which applications there are.", try: func(t *T) string {
		t.furnish()
		b := t.browser()
		for _, path := range []string{"/apps/enter?app=APP&host=APP.example&state=" + strings.Repeat("A", 43), "/applications", "/.latchkey/start?to=/"} {
			got, want := told(b.get(strings.ReplaceAll(path, "APP", "vault")), "vault"), told(b.get(strings.ReplaceAll(path, "APP", "vaulx")), "vaulx")
			t.holds(got == want, "%s: told apart: %s", path, differ(got, want))
		}
		return "Asked for by name on 3 paths: the same bytes."
	}},
	{id: "AU-05/q", requirement: "A form of a stranger never tells whether an address is taken.", try: func(t *T) string {
		taken := t.user().Email
		for _, path := range []string{"/login", "/forgot"} {
			t.alike([]string{"nobody" + t.tag() + "@example.org", taken, strings.ToUpper(taken), strings.Replace(taken, "@", "＠", 1)}, func(name string) Answer {
				if path == "/forgot" {
					return t.browser().post(path, "username", name)
				}
				return t.browser().post(path, "username", name, "password", wrongPassword)
			})
		}
		return "4 spellings on 2 forms, the same bytes."
	}},
}}

func TestEnumeration(t *testing.T) { run(t, &enumeration) }

// differ shows where two texts begin to differ.
func differ(a, b string) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	from := max(i-60, 0)
	return fmt.Sprintf("%q, %q", a[from:min(i+100, len(a))], b[from:min(i+100, len(b))])
}
