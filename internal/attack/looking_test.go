package attack

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
)

// Any page on the web can make a browser ask for one of ours, with its cookies. Nothing
// that somebody is in the middle of, and nothing that is shown once, may be lost by that.

// link is a route that takes one-time links of a kind, and where it leads.
type link struct {
	route   string
	purpose store.Purpose
	to      string
}

func links() []link {
	return []link{
		{"/invite/:token", store.PurposeInvite, "/invite"},
		{"/reset/:token", store.PurposePassword, "/reset"},
		{"/email/:token", store.PurposeEmail, "/email"},
		{"/not-me/:token", store.PurposeNotMe, "/not-me"},
		{"/lost-phone/cancel/:token", store.PurposeCancel, "/lost-phone/cancel"},
		{"/lost-phone/new/:token", store.PurposePhone, "/lost-phone/new"},
	}
}

// glance is a way to make a browser ask for a page without its reader asking for it.
type glance struct {
	name, method string
	header       map[string]string
	// navigates says that the reader sees the page: a link elsewhere leads here.
	navigates bool
}

func glances() []glance {
	fetch := func(site, mode, dest string) map[string]string {
		return map[string]string{"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest}
	}
	with := func(all map[string]string, name, value string) map[string]string { all[name] = value; return all }
	return []glance{
		{"HEAD", http.MethodHead, fetch("none", "navigate", "document"), false},
		{"link on another site", http.MethodGet, fetch("cross-site", "navigate", "document"), true},
		{"link on a neighbouring site", http.MethodGet, fetch("same-site", "navigate", "document"), true},
		{"picture", http.MethodGet, fetch("cross-site", "no-cors", "image"), false},
		{"frame", http.MethodGet, fetch("cross-site", "navigate", "iframe"), false},
		{"prefetch by another site", http.MethodGet, with(fetch("cross-site", "navigate", "document"), "Sec-Purpose", "prefetch;prerender"), false},
		{"address bar that loads ahead", http.MethodGet, with(fetch("none", "navigate", "document"), "Purpose", "prefetch"), false},
		{"Firefox that loads ahead", http.MethodGet, with(fetch("same-origin", "no-cors", "empty"), "X-Moz", "prefetch"), false},
		{"old browser on another site", http.MethodGet, map[string]string{"Referer": "https://evil.example/"}, true},
	}
}

func (g glance) at(b *apptest.Browser, path string) *apptest.Page {
	r := b.Request(g.method, path, nil)
	for name := range r.Header {
		if strings.HasPrefix(name, "Sec-Fetch-") {
			r.Header.Del(name)
		}
	}
	for name, value := range g.header {
		r.Header.Set(name, value)
	}
	return b.Send(r)
}

// mayChange are the columns that looking writes: until when a session is good that was
// used, which is noted at most once a minute and only makes it longer; and the mark by
// which /readyz finds out whether the database can be written, in a table without columns
// of anybody.
var mayChange = map[string][]string{"sessions": {"last_seen_at", "idle_until"}, "meta": nil}

// contents is what the tables hold, each in one text, without what may change.
func contents(t *testing.T, a *apptest.App) map[string]string {
	t.Helper()
	db, all := open(t, a), map[string]string{}
	for _, table := range a.Tables() {
		if columns, some := mayChange[table]; some && columns == nil {
			continue
		}
		rows, err := db.Query(`SELECT * FROM ` + table)
		if err != nil {
			t.Fatal(err)
		}
		columns, _ := rows.Columns()
		var text []string
		for rows.Next() {
			values, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			for i, c := range columns {
				if slices.Contains(mayChange[table], c) {
					values[i] = nil
				}
			}
			text = append(text, fmt.Sprint(values...))
		}
		slices.Sort(text)
		all[table] = strings.Join(text, "\n")
	}
	return all
}

// TestWE05_LookingTakesNothingAway asks for every page as everybody, in every way that is
// not its reader's: the database stays as it is, and no cookie goes or changes. What may
// be added: a pending sign-in by a link that somebody clicks who is in the middle of
// nothing, and the cookie that tells two browsers apart (web.Visitor.MarkBrowser).
func TestWE05_LookingTakesNothingAway(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	bystander := a.AddUser("bystander")
	a.Tx(func(tx *store.Tx) error {
		_, err := tx.AddRequest(store.Request{ID: bystander.ID, UserID: bystander.ID})
		return err
	})
	a.Tx(func(tx *store.Tx) error {
		_, err := tx.AddApproval(store.Approval{ID: bystander.ID, UserID: bystander.ID, Kind: "password-link"})
		return err
	})
	all := guests(t, a)
	admin := all["administrator"].browser
	admin.Post("/admin/users/"+bystander.ID+"/disable", "reason", "").Is(http.StatusSeeOther)
	admin.Post("/admin/users/"+bystander.ID+"/enable", "reason", "").Is(http.StatusSeeOther)
	admin.Post("/admin/users/"+bystander.ID+"/password-link", "reason", "").Is(http.StatusSeeOther)
	all["user"].browser.Post("/security/recovery-codes/new").Redirects("/security/recovery-codes")
	all["pending enrolment"].browser.Get(toEnrol).Is(http.StatusOK)
	tokens := map[string]string{}
	for i, l := range links() {
		u := a.AddUser(fmt.Sprint("linked", i))
		if l.purpose == store.PurposeInvite {
			u = a.AddUser("newcomer", apptest.Invited)
		}
		link := u.Link(l.purpose)
		tokens[l.route] = link[strings.LastIndex(link, "/")+1:]
	}
	routes, err := a.Site.Routes()
	if err != nil {
		t.Fatal(err)
	}
	before := contents(t, a)
	if !strings.Contains(before["recovery_sheets"], " ") || before["pending_authenticators"] == "" {
		t.Fatal("nothing is under way that could be lost")
	}
	for _, kind := range []string{
		"nobody", "user", "administrator", "session with an enrolment to do", "pending code", "pending enrolment", "link followed", "link with a question followed",
	} {
		g := all[kind]
		for _, look := range glances() {
			for _, r := range routes {
				path, isLink := r.Path, tokens[r.Path] != ""
				if r.Method != look.method || isLink && look.navigates && g.browser.Pending() == "" {
					continue
				}
				id := bystander.ID
				if isLink {
					path = strings.Replace(path, ":token", tokens[path], 1)
				}
				path = strings.NewReplacer(":id", id, ":note", id, ":session", id, ":seq", "3", ":token", strings.Repeat("B", 43), ":name", "none.css", ":group", "none").Replace(path)
				b := g.browser.Clone()
				b.Cookies[a.CookieName("latchkey-shown")] = "x"
				had := maps.Clone(b.Cookies)
				if p := look.at(b, path); p.Status >= 500 {
					t.Fatalf("%s, %s at %s: %d", kind, look.name, path, p.Status)
				}
				for name, value := range had {
					if b.Cookies[name] != value {
						t.Errorf("%s, %s at %s: the cookie %s goes", kind, look.name, r.Path, name)
					}
				}
			}
			for table, now := range contents(t, a) {
				if now != before[table] {
					t.Errorf("%s, %s: the table %s changes:\n%s", kind, look.name, table, differing(before[table], now))
					before[table] = now
				}
			}
		}
	}
}

// differing are the lines of two texts that only one of them has.
func differing(before, after string) string {
	var all []string
	for sign, texts := range map[string][2]string{"-": {before, after}, "+": {after, before}} {
		for line := range strings.Lines(texts[0]) {
			if !strings.Contains(texts[1], strings.TrimSpace(line)) {
				all = append(all, sign+strings.TrimSpace(line))
			}
		}
	}
	return strings.Join(all, "\n")
}
