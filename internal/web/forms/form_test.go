package forms

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/problem"
)

func TestWE10_FormRefusesWhatNoPageSends(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"unknown field": "username=a&role=admin", "array": "username[]=a", "doubled": "username=a&username=b", "doubled and empty": "username=&username=",
		"nameless": "=x", "case": "Username=a", "space": "username =a", "broken escape": "username=%zz", "cut escape": "username=%a",
		"semicolon": "username=a;password=b", "NUL": "username=a%00", "raw NUL": "username=a\x00", "not UTF-8": "username=%ff", "raw not UTF-8": "username=\xff",
		"surrogate": "username=%ed%a0%80", "JSON": `{"username":"a"}`, "method": "username=a&_method=DELETE",
	} {
		form, err := Read([]byte(body), "username", "password")
		if form != nil || !problem.Is(err, problem.BadRequest) {
			t.Errorf("%s: %v, %v; want a problem.BadRequest and no form", name, form, err)
		}
	}
	for name, body := range map[string]string{"empty": "", "ampersands": "&&&", "no value": "username", "control characters": "username=%01%0a%e2%80%ae"} {
		if _, err := Read([]byte(body), "username"); err != nil {
			t.Errorf("%s: %v; what is wrong with it the field's own rule says", name, err)
		}
	}
}

func TestWE09_OnlyFormsAreRead(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]bool{
		"application/x-www-form-urlencoded": true, "application/x-www-form-urlencoded; charset=UTF-8": true, "application/x-www-form-urlencoded; charset=utf-7": false, "Application/X-WWW-Form-Urlencoded": true,
		"": false, "application/json": false, "text/plain": false, "multipart/form-data; boundary=x": false, "application/xml": false,
		"application/x-www-form-urlencoded, application/json": false, "application/x-www-form-urlencoded/x": false, "application/x-www-form-urlencoded; a; b=": false, "*/*": false,
	} {
		r := httptest.NewRequest(http.MethodPost, "/x", nil)
		r.Header.Set("Content-Type", kind)
		if IsForm(r) != want {
			t.Errorf("%q: %v", kind, !want)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/x", nil)
	r.Header.Del("Content-Type")
	if IsForm(r) {
		t.Error("a body without a type is read")
	}
}

// FuzzForm: the reader never panics, and what it returns has the fields that were
// asked for and no others, in text that can be stored.
func FuzzForm(f *testing.F) {
	for _, body := range []string{"a=1&b=2", "a=%ff", "a=%", "a=1;b", "a=\x00", "=&==&a", "a=1&a=2", "b=%F0%9F%98%80", strings.Repeat("a=1&", 100)} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		form, err := Read([]byte(body), "a", "b")
		if err != nil {
			if form != nil || !problem.Is(err, problem.BadRequest) {
				t.Errorf("%q: %v, %v", body, form, err)
			}
			return
		}
		for name, value := range form {
			if name != "a" && name != "b" || !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
				t.Errorf("%q: %s = %q", body, name, value)
			}
		}
	})
}

func TestWE10_FormManyTakesOneFieldManyTimes(t *testing.T) {
	t.Parallel()
	form, users, err := ReadMany([]byte("user=b&action=x&user=a&user=b"), "user", 3, "action")
	if diff := cmp.Diff([]string{"b", "a"}, users) + cmp.Diff(Form{"action": "x"}, form); diff != "" || err != nil {
		t.Errorf("FormMany: %v\n%s", err, diff)
	}
	if _, users, err := ReadMany([]byte("action=x"), "user", 3, "action"); err != nil || users != nil {
		t.Errorf("none: %v, %v", users, err)
	}
}

func TestWE10_FormManyRefusesWhatNoPageSends(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"one too many": "user=1&user=2&user=3&user=4", "doubled other field": "action=a&action=b", "unknown field": "user=1&role=admin",
		"array": "user[]=1", "NUL": "user=1&user=a%00", "not UTF-8": "user=%ff", "other not UTF-8": "action=%ff", "broken escape": "user=%zz",
	} {
		if form, users, err := ReadMany([]byte(body), "user", 3, "action"); form != nil || !problem.Is(err, problem.BadRequest) {
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
		form, users, err := ReadMany([]byte(body), "user", 4, "action")
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
