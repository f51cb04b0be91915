package binary

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the rows of docs/attacks.md whose attacks are run anew instead of comparing with them")

// families are the whole table.
var families = []*family{
	&guessing, &asking, &limits, &nearly, &settingUp, &replay, &recovery, &pending,
	&enrolment, &cookies, &csrf, &redirects, &fields, &parsers,
	&smuggling, &slow, &exhaustion, &links,

	&hosts, &enumeration, &objects, &stale, &applications, &streams, &door, &doorEnds, &lastAdmin,
	&staticFiles, &imports, &acts, &injection, &markup, &commands, &symlinks, &restored,
}

// all is every attack with the name of its family, by id.
func all() map[string]result {
	rows := map[string]result{}
	for _, f := range families {
		for _, a := range f.attacks {
			rows[a.id] = result{attack: a, family: f.name}
		}
	}
	return rows
}

func TestMain(m *testing.M) {
	flag.Parse()
	flag.Set("test.parallel", "8") // most of the time is spent waiting for answers
	code := m.Run()
	for _, wrong := range afterwards() {
		fmt.Println("FAIL: afterwards,", wrong)
		code = 1
	}
	stale, err := refresh(*update)
	for _, s := range stale {
		fmt.Println("FAIL: docs/attacks.md is stale, run make attack:", s)
		code = 1
	}
	if err != nil {
		fmt.Println("FAIL:", err)
		code = 1
	}
	Clean()
	os.Exit(code)
}

// TestTable_IsWholeAndThePageIsOfIt: ids are ids and are there once, a requirement is a
// sentence, and every attack stands on the page with the verdict that it held.
func TestTable_IsWholeAndThePageIsOfIt(t *testing.T) {
	t.Parallel()
	rows, id := readPage(), regexp.MustCompile(`^[A-Z]{2}-\d\d/[a-z]$`)
	seen := map[string]bool{}
	for _, f := range families {
		for _, a := range f.attacks {
			if !id.MatchString(a.id) || seen[a.id] {
				t.Errorf("%s is no id, or there twice", a.id)
			}
			seen[a.id] = true
			if !strings.HasSuffix(a.requirement, ".") {
				t.Errorf("%s: the requirement is no sentence", a.id)
			}
			want := strings.Join([]string{f.name, cell(a.requirement), "held", ""}, " | ")
			if !*update && !strings.HasPrefix(rows[a.id], want) {
				t.Errorf("docs/attacks.md is stale, run make attack: %s %q, want %q", a.id, rows[a.id], want)
			}
		}
	}
	for on := range rows {
		if !seen[on] && !*update {
			t.Errorf("docs/attacks.md has %s, which nobody tries", on)
		}
	}
}
