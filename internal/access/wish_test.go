package access

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"latchkey/internal/problem"
	"latchkey/internal/store"
)

func good() Wish {
	return Wish{
		Slug: "wiki", Name: " The wiki ", Hosts: []string{"Wiki.example.com", "", " wiki.example.com:443 ", "wiki.example.com:8443"}, Groups: []string{"ops", "eng", "ops"},
		Public: []string{"/open", " ", "/open", "/more/"}, LaunchURL: " https://wiki.example.com/home ", ProofMinutes: 1440,
	}
}

func TestWish_BecomesAnApplication(t *testing.T) {
	t.Parallel()
	own := address(t, "https://login.example.com")
	groups := []string{"ops", "eng", "ops"}
	w := good()
	w.Groups = groups
	a, err := w.Check(own)
	want := store.Application{
		Slug: "wiki", Name: "The wiki", Hosts: []string{"wiki.example.com", "wiki.example.com:8443"}, Groups: []string{"eng", "ops"},
		Public: []string{"/open", "/more/"}, LaunchURL: "https://wiki.example.com/home", ProofMinutes: 1440,
	}
	if fmt.Sprintf("%+v", a) != fmt.Sprintf("%+v", want) || err != nil {
		t.Errorf("%+v, %v\nwant %+v", a, err, want)
	}
	if !slices.Equal(groups, []string{"ops", "eng", "ops"}) {
		t.Errorf("the groups of the wish are %q now", groups)
	}
	w.Everyone, w.ProofMinutes, w.LaunchURL = true, 0, ""
	if a, err := w.Check(own); err != nil || !a.Everyone || len(a.Groups) > 0 || a.ProofMinutes != 0 || a.LaunchURL != "" {
		t.Errorf("for everyone: %+v, %v", a, err)
	}
	if got := Launch(a, own); got != "https://wiki.example.com/home" {
		t.Errorf("it begins at %s", got)
	}
	a.LaunchURL = ""
	if got := Launch(a, own); got != "https://wiki.example.com/" {
		t.Errorf("without a start page it begins at %s", got)
	}
	if got := Launch(store.Application{}, own); got != "" {
		t.Errorf("without hosts it begins at %s", got)
	}
}

// many makes lines that differ.
func many(n int, format string) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf(format, i))
	}
	return all
}

// TestWish_AtItsBounds: the most that is accepted, and one more.
func TestWish_AtItsBounds(t *testing.T) {
	t.Parallel()
	own := address(t, "https://login.example.com")
	long := func(n int) string {
		const begin = "https://wiki.example.com/"
		return begin + strings.Repeat("a", n-len(begin))
	}
	for _, c := range []struct {
		field string // "" where it is accepted
		with  func(*Wish)
		want  string
	}{
		{"", func(w *Wish) { w.Slug = strings.Repeat("a", 40) }, ""},
		{"slug", func(w *Wish) { w.Slug = strings.Repeat("a", 41) }, "up to 40"},
		{"slug", func(w *Wish) { w.Slug = "Wiki" }, "lower-case"},
		{"slug", func(w *Wish) { w.Slug = "" }, "Enter a short name"},
		{"slug", func(w *Wish) { w.Slug = "new" }, "cannot be “new”"},
		{"", func(w *Wish) { w.Name = strings.Repeat("é", 100) }, ""},
		{"name", func(w *Wish) { w.Name = strings.Repeat("é", 101) }, "100"},
		{"name", func(w *Wish) { w.Name = " " }, "Enter a name"},
		{"name", func(w *Wish) { w.Name = "a\x00" }, ""},
		{"", func(w *Wish) { w.Hosts = append(many(19, "h%d.example"), "wiki.example.com") }, ""},
		{"host", func(w *Wish) { w.Hosts = append(many(20, "h%d.example"), "wiki.example.com") }, "up to 20 hosts"},
		{"host", func(w *Wish) { w.Hosts = []string{" ", ""} }, "at least one host"},
		{"host", func(w *Wish) { w.Hosts = []string{"wiki.example.com", "a b"} }, "host name such as"},
		{"", func(w *Wish) { w.Groups = many(100, "g%d") }, ""},
		{"group", func(w *Wish) { w.Groups = many(101, "g%d") }, "up to 100 groups"},
		{"group", func(w *Wish) { w.Groups = []string{"eng", "No Group"} }, "There is no group “No Group”"},
		{"group", func(w *Wish) { w.Groups = []string{strings.Repeat("ä", 61)} }, "“" + strings.Repeat("ä", 60) + "…”"},
		{"group", func(w *Wish) { w.Groups = []string{strings.Repeat("ä", 60)} }, "“" + strings.Repeat("ä", 60) + "”"},
		{"", func(w *Wish) { w.Public = many(50, "/p%d") }, ""},
		{"public", func(w *Wish) { w.Public = many(51, "/p%d") }, "up to 50 public paths"},
		{"public", func(w *Wish) { w.Public = []string{"/a", "b"} }, "begins with /"},
		{"", func(w *Wish) { w.ProofMinutes = 1 }, ""},
		{"proof_minutes", func(w *Wish) { w.ProofMinutes = 1441 }, "1 to 1440"},
		{"proof_minutes", func(w *Wish) { w.ProofMinutes = -1 }, "1 to 1440"},
		{"", func(w *Wish) { w.LaunchURL = long(1000) }, ""},
		{"launch_url", func(w *Wish) { w.LaunchURL = long(1001) }, "Enter an address"},
		{"launch_url", func(w *Wish) { w.LaunchURL = "https://me@wiki.example.com/" }, "Enter an address"},
		{"launch_url", func(w *Wish) { w.LaunchURL = "https://wiki.example.com/a b" }, "Enter an address"},
		{"launch_url", func(w *Wish) { w.LaunchURL = "https://wiki.example.com/\x7f" }, "Enter an address"},
		{"launch_url", func(w *Wish) { w.LaunchURL = "https://wiki.example.com/a\tb" }, "Enter an address"},
		{"launch_url", func(w *Wish) { w.LaunchURL = "https://wiki.example.com/#a\x00" }, "Enter an address"},
		{"launch_url", func(w *Wish) { w.LaunchURL = "/home" }, "Enter an address"},
		{"launch_url", func(w *Wish) { w.LaunchURL = "https://%zz/" }, "Enter an address"},
		{"launch_url", func(w *Wish) { w.LaunchURL = "https://evil.example/" }, "one of the hosts"},
		{"launch_url", func(w *Wish) { w.LaunchURL = "http://wiki.example.com/" }, "over https"},
		{"launch_url", func(w *Wish) { w.LaunchURL = "javascript://wiki.example.com/" }, "over https"},
		{"", func(w *Wish) { w.LaunchURL = "https://WIKI.example.com:8443/" }, ""},
	} {
		w := good()
		c.with(&w)
		_, err := w.Check(own)
		p := problem.As(err)
		switch {
		case c.field == "" && err != nil:
			t.Errorf("%+v: %v", w, err)
		case c.field != "" && (p == nil || p.Field != c.field || !strings.Contains(p.Message, c.want)):
			t.Errorf("%+v: %v; want “%s” about %s", w, err, c.want, c.field)
		}
	}
	w := good() // every mistake is told, and none of a start page that has no host to be on
	w.Slug, w.Hosts, w.Public, w.ProofMinutes = "", nil, []string{"x"}, -1
	_, err := w.Check(own)
	for _, words := range []string{"Enter a short name", "at least one host", "begins with /", "1 to 1440"} {
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("“%s” is not told: %v", words, err)
		}
	}
	if strings.Contains(err.Error(), "start page") {
		t.Errorf("a start page without hosts: %v", err)
	}
}

func TestGroupNames_AtTheirBounds(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"a": "", "z": "", "9": "", strings.Repeat("a", 40): "", "-0-": "", "a`": "lower-case", "a{": "lower-case", "a/": "lower-case", "a:": "lower-case", "": "Enter a name", strings.Repeat("a", 41): "up to 40", "A": "lower-case", "new": "cannot be called “new”", "news": ""} {
		err := CheckGroupName(name)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v; want “%s”", name, err, want)
		}
	}
	for label, want := range map[string]string{" A label ": "A label", strings.Repeat("é", 100): strings.Repeat("é", 100), "": ""} {
		if got, err := CheckGroupLabel(label); got != want || err != nil {
			t.Errorf("%q: %q, %v", label, got, err)
		}
	}
	if _, err := CheckGroupLabel(strings.Repeat("é", 101)); err == nil {
		t.Error("a label of 101 characters")
	}
}

// TestPublic_AtItsBounds: a prefix of 200 characters, and one more.
func TestPublic_AtItsBounds(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]bool{200: true, 201: false} {
		if got, err := CheckPublic("/" + strings.Repeat("a", n-1)); (err == nil) != want || want && len(got) != n {
			t.Errorf("%d characters: %v", n, err)
		}
	}
	if maxProof := MaxProofMinutes; maxProof != 1440 {
		t.Errorf("a proof can be %d minutes old", maxProof)
	}
}

// TestJudge_NamesSomeGroups: five of them, then that there are others.
func TestJudge_NamesSomeGroups(t *testing.T) {
	t.Parallel()
	var groups []store.Group
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		groups = append(groups, store.Group{Name: name})
	}
	for n, want := range map[int]string{
		2: "It is open to members of a or b, and Ada is in none of these groups.",
		5: "It is open to members of a, b, c, d or e, and Ada is in none of these groups.",
		6: "It is open to members of a, b, c, d, e or other groups, and Ada is in none of these groups.",
	} {
		if got := without(store.Application{Name: "Wiki"}, "Ada", groups[:n]); got != want {
			t.Errorf("%d groups: %s", n, got)
		}
	}
	for names, want := range map[string]string{"": "", "a": "a", "a b": "a and b", "a b c": "a, b and c"} {
		if got := listed(strings.Fields(names), " and "); got != want {
			t.Errorf("%q: %q", names, got)
		}
	}
}

// TestSplitHost_RefusesAtOnce what holds more than a host and a port, whatever reads it later.
func TestSplitHost_RefusesAtOnce(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "a/b", "a?b", "a#b", "a@b", "a\\b", "a b", "a\tb", ":80", ":", "a:", "a:0", "a:00", "a:65536", "a:080", "[::1", "[::1]:", "[1.2.3.4]", "[fe80::1%a]", "a:b:80", "::1"} {
		if name, port, err := splitHost(s); err == nil && !(s == ":80" && name == "") {
			t.Errorf("%q is %q and %q", s, name, port)
		}
		if got := RequestHost(s); got != "" {
			t.Errorf("a request to %q is one to %q", s, got)
		}
	}
	for s, want := range map[string]string{"a:443": "a", "A": "a", "a:80": "a:80", "[::1]:443": "[::1]", "[::1]": "[::1]", "*": "", "a.*": ""} {
		if got := RequestHost(s); got != want {
			t.Errorf("a request to %q is one to %q, want %q", s, got, want)
		}
	}
}
