package binary

import (
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
)

// holds fails the attack unless something is so, and goes on.
func (t *T) holds(is bool, format string, args ...any) bool {
	t.Helper()
	if !is {
		t.Errorf(format, args...)
	}
	return is
}

// found is the first group of a pattern in the page, or "".
func (a Answer) found(pattern string) string {
	if m := regexp.MustCompile(pattern).FindStringSubmatch(a.Body); m != nil {
		return m[1]
	}
	return ""
}

// foundAll is the first group of each place where a pattern is in the page.
func (a Answer) foundAll(pattern string) (all []string) {
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(a.Body, -1) {
		all = append(all, m[1])
	}
	return all
}

// leadsTo is a question about an answer: whether it leads to a path.
func leadsTo(path string) func(Answer) bool {
	return func(a Answer) bool {
		to, _, _ := strings.Cut(a.To(), "?")
		return a.Status == http.StatusSeeOther && to == path
	}
}

// known is what attacks of one house share, made by the first of them that needs it.
type known struct {
	things sync.Once
	it     *things
	guard  sync.Mutex
	ids    map[string]string // of people, by name
	turn   sync.Mutex        // of attacks with two administrators
	former []*person         // those of the one before
}

var knowns sync.Map // of *house to *known

func (t *T) known() *known {
	k, _ := knowns.LoadOrStore(t.house, &known{})
	return k.(*known)
}

// id is the id of a person, as addresses of the administration have it.
func (t *T) id(p *person) string {
	t.Helper()
	k := t.known()
	k.guard.Lock()
	defer k.guard.Unlock()
	if k.ids[p.Name] == "" {
		k.ids = map[string]string{}
		for _, u := range t.listed() {
			k.ids[u.Username] = u.ID
		}
	}
	if k.ids[p.Name] == "" {
		t.Fatalf("%s has no id", p.Name)
	}
	return k.ids[p.Name]
}

// listed is everybody, as a command lists them.
func (t *T) listed() (all []listedUser) {
	t.Helper()
	t.must(json.Unmarshal([]byte(t.command("user", "list", "--json")), &all))
	return all
}

type listedUser struct {
	ID, Username, Name, Role, Status string
	Authenticators                   int
}

// about is the address of somebody's page in the administration, and what is below it.
func (t *T) about(p *person) string { t.Helper(); return "/admin/users/" + t.id(p) }

// done checks that a form did what it is for.
func (t *T) done(a Answer) Answer {
	t.Helper()
	if to := a.To(); a.Status != http.StatusSeeOther || strings.HasPrefix(to, "/confirm") || to == "/login" || to == "/login?notice=expired" {
		t.Fatalf("answered %d to %q\n%s", a.Status, to, text(a.Body))
	}
	return a
}

// edit sends the form about somebody with one field changed.
func (t *T) edit(boss *browser, p *person, field, value string) Answer {
	t.Helper()
	page := boss.get(t.about(p) + "/edit")
	fields := map[string]string{"username": p.Name, "name": "Person " + p.Name, "email": p.Email, "version": boss.hidden("version")}
	for _, radio := range regexp.MustCompile(`<input[^>]*name="role"[^>]*>`).FindAllString(page.Body, -1) {
		if strings.Contains(radio, "checked") {
			fields["role"] = regexp.MustCompile(`value="([a-z]+)"`).FindStringSubmatch(radio)[1]
		}
	}
	fields[field] = value
	var all []string
	for name, value := range fields {
		all = append(all, name, value)
	}
	return t.done(boss.post(t.about(p)+"/edit", all...))
}

// passwordLink is the path of a new password link for somebody.
func (t *T) passwordLink(boss *browser, p *person) string {
	t.Helper()
	a := t.done(boss.post(t.about(p)+"/password-link", "reason", "forgot", "how", "link"))
	link := linkOnPage.FindString(boss.get(a.To()).Body)
	if !strings.HasPrefix(link, t.base+"/") {
		t.Fatalf("no link on the page\n%s", text(boss.Body))
	}
	return strings.TrimPrefix(link, t.base)
}

var linkOnPage = regexp.MustCompile(`[a-z]+://[^\s"<>]*/(?:reset|invite)/[A-Za-z0-9_-]+`)

// logged is what the server has written to its log.
func (t *T) logged() string {
	t.Helper()
	log, err := os.ReadFile(t.server.LogFile)
	t.must(err)
	return string(log)
}
