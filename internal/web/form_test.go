package web

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"

	"latchkey/internal/problem"
)

func TestWE10_FormReadsTheBodyAlone(t *testing.T) {
	t.Parallel()
	r := post("username=anna&password=a%2Bb+c%C3%A9")
	r.URL.RawQuery = "username=ben&next=/x&code=1"
	form, err := bare(t, r).Form("username", "password", "code")
	if diff := cmp.Diff(Form{"username": "anna", "password": "a+b cé"}, form); diff != "" || err != nil {
		t.Errorf("Form: %v\n%s", err, diff)
	}
}

func TestWE10_FormRefusesWhatNoPageSends(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"unknown field": "username=a&role=admin", "array": "username[]=a", "doubled": "username=a&username=b", "doubled and empty": "username=&username=",
		"nameless": "=x", "case": "Username=a", "space": "username =a", "broken escape": "username=%zz", "cut escape": "username=%a",
		"semicolon": "username=a;password=b", "NUL": "username=a%00", "raw NUL": "username=a\x00", "not UTF-8": "username=%ff", "raw not UTF-8": "username=\xff",
		"surrogate": "username=%ed%a0%80", "JSON": `{"username":"a"}`, "method": "username=a&_method=DELETE",
	} {
		form, err := bare(t, post(body)).Form("username", "password")
		if form != nil || !problem.Is(err, problem.BadRequest) {
			t.Errorf("%s: %v, %v; want a problem.BadRequest and no form", name, form, err)
		}
	}
	for name, body := range map[string]string{"empty": "", "ampersands": "&&&", "no value": "username", "control characters": "username=%01%0a%e2%80%ae"} {
		if _, err := bare(t, post(body)).Form("username"); err != nil {
			t.Errorf("%s: %v; what is wrong with it the field's own rule says", name, err)
		}
	}
}

func TestFormIsBounded(t *testing.T) {
	t.Parallel()
	fits := "a=" + strings.Repeat("x", maxBody-2)
	if form, err := bare(t, post(fits)).Form("a"); err != nil || len(form["a"]) != maxBody-2 {
		t.Errorf("%d bytes: %v", len(fits), err)
	}
	_, err := bare(t, post(fits+"x")).Form("a")
	if e, ok := errors.AsType[*echo.HTTPError](err); !ok || e.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("%d bytes: %v, want 413", len(fits)+1, err)
	}
	r := post("")
	r.Body = io.NopCloser(io.MultiReader(strings.NewReader("a=1"), cut{}))
	if form, err := bare(t, r).Form("a"); form != nil || !problem.Is(err, problem.BadRequest) {
		t.Errorf("a body that breaks off: %v, %v", form, err)
	}
}

// cut is a connection that breaks.
type cut struct{}

func (cut) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestWE09_OnlyFormsAreRead(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]bool{
		"application/x-www-form-urlencoded": true, "application/x-www-form-urlencoded; charset=UTF-8": true, "Application/X-WWW-Form-Urlencoded": true,
		"": false, "application/json": false, "text/plain": false, "multipart/form-data; boundary=x": false, "application/xml": false,
		"application/x-www-form-urlencoded, application/json": false, "application/x-www-form-urlencoded/x": false, "application/x-www-form-urlencoded; a; b=": false, "*/*": false,
	} {
		r := post("")
		r.Header.Set("Content-Type", kind)
		if isForm(r) != want {
			t.Errorf("%q: %v", kind, !want)
		}
	}
	r := post("")
	r.Header.Del("Content-Type")
	if isForm(r) {
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
		form, err := bare(t, post(body)).Form("a", "b")
		if err != nil {
			if form != nil || !problem.Is(err, problem.BadRequest) && len(body) <= maxBody {
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
