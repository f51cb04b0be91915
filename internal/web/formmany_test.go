package web

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/problem"
)

func TestWE10_FormManyTakesOneFieldManyTimes(t *testing.T) {
	t.Parallel()
	r := post("user=b&action=x&user=a&user=b")
	r.URL.RawQuery = "user=c"
	form, users, err := bare(t, r).FormMany("user", 3, "action")
	if diff := cmp.Diff([]string{"b", "a"}, users) + cmp.Diff(Form{"action": "x"}, form); diff != "" || err != nil {
		t.Errorf("FormMany: %v\n%s", err, diff)
	}
	if _, users, err := bare(t, post("action=x")).FormMany("user", 3, "action"); err != nil || users != nil {
		t.Errorf("none: %v, %v", users, err)
	}
}

func TestWE10_FormManyRefusesWhatNoPageSends(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"one too many": "user=1&user=2&user=3&user=4", "doubled other field": "action=a&action=b", "unknown field": "user=1&role=admin",
		"array": "user[]=1", "NUL": "user=1&user=a%00", "not UTF-8": "user=%ff", "other not UTF-8": "action=%ff", "broken escape": "user=%zz",
	} {
		if form, users, err := bare(t, post(body)).FormMany("user", 3, "action"); form != nil || !problem.Is(err, problem.BadRequest) {
			t.Errorf("%s: %v, %v, %v; want a problem.BadRequest and no form", name, form, users, err)
		}
	}
}

// FuzzFormMany holds the bound and the strictness against any body.
func FuzzFormMany(f *testing.F) {
	for _, body := range []string{"", "user=1", "user=1&user=1", "user=1;user=2", "action=&user=%00", strings.Repeat("user=a&", 9)} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		form, users, err := bare(t, post(body)).FormMany("user", 4, "action")
		if err != nil {
			if form != nil {
				t.Errorf("an error and a form: %v", form)
			}
			return
		}
		seen := map[string]bool{}
		for _, u := range users {
			if seen[u] || !readable(u) {
				t.Errorf("%q twice, or not text", u)
			}
			seen[u] = true
		}
		if len(users) > 4 || len(form) > 1 || fmt.Sprint(form) != fmt.Sprint(Form{"action": form["action"]}) && len(form) > 0 {
			t.Errorf("%d users, form %v", len(users), form)
		}
	})
}
