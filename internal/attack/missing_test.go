package attack

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	editing = regexp.MustCompile(`/edit$|^/admin/settings/|^/admin/backups$`)
	tellsOf = regexp.MustCompile(`(sealed=1)\.\S+|\S+\.(version|changed_at|flash)=\S*`) // that something was sent, and how it was sealed
)

// stored is what the state of a desk says of the values that people choose.
func stored(state string) []string {
	return strings.Split(tellsOf.ReplaceAllString(state, "$1"), "\n")
}

// TestWE10_AFieldThatIsMissingClearsNothing saves each form that edits, and sends it once more
// without one of its fields, and without any: everything stays.
func TestWE10_AFieldThatIsMissingClearsNothing(t *testing.T) {
	t.Parallel()
	d := sitDown(t)
	n := 0
	for _, f := range d.forms {
		if !editing.MatchString(f.path) || len(f.fields) == 0 {
			continue
		}
		n++
		d.send(t, f, f.values(func(url.Values) {})).Is(http.StatusSeeOther)
		before := stored(d.state(t))
		without := map[string]func(url.Values){"all": func(v url.Values) { clear(v) }}
		for i := 0; i < len(f.fields); i += 2 {
			name := f.fields[i]
			if !slices.Contains([]string{"version", "group", "events"}, name) { // the boxes without a tick are not sent
				without[name] = func(v url.Values) { v.Del(name) }
			}
		}
		for what, missing := range without {
			p := d.send(t, f, f.values(func(v url.Values) {
				missing(v)
				if version, ok := f.browser.Clone().Get(f.path).Doc().Find("input[name=version]").Attr("value"); ok {
					v.Set("version", version)
				}
			}))
			if diff := cmp.Diff(before, stored(d.state(t))); diff != "" {
				t.Fatalf("%s without %s is answered %d and changes\n%s", f.path, what, p.Status, diff)
			}
		}
	}
	if n < 10 {
		t.Errorf("only %d forms", n)
	}
}
