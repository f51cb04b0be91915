package views

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"
)

// inputs are the attributes of each kind of field: what password managers rely on (PW-11).
var inputs = map[string]map[string]string{
	"username":         {"type": "text", "autocomplete": "username", "autocapitalize": "none", "autocorrect": "off", "spellcheck": "false", "enterkeyhint": "next"},
	"password":         {"type": "password", "autocomplete": "current-password", "autocapitalize": "none", "spellcheck": "false", "enterkeyhint": "go"},
	"current_password": {"type": "password", "autocomplete": "current-password", "autocapitalize": "none", "spellcheck": "false", "enterkeyhint": "go"},
	"new_password":     {"type": "password", "autocomplete": "new-password", "autocapitalize": "none", "spellcheck": "false"},
	"code":             {"type": "text", "inputmode": "numeric", "autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false", "enterkeyhint": "go"},
	"recovery_code":    {"type": "text", "autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
	"name":             {"type": "text", "autocomplete": "name"},
	"email":            {"type": "email", "autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"},
	"q":                {"type": "search", "autocomplete": "off"},
}

func TestPW11_PastingAndFillingIn(t *testing.T) {
	inspect(t, func(t *testing.T, doc *goquery.Document, name string) {
		about := strings.HasPrefix(name, "user-") || strings.HasPrefix(name, "stream-") || strings.HasPrefix(name, "group-") || strings.HasPrefix(name, "application-") // forms about somebody else, or something
		doc.Find("input[name]").Not("[type=hidden], [type=checkbox], [type=radio]").Each(func(_ int, s *goquery.Selection) {
			field, _ := s.Attr("name")
			want, ok := inputs[field]
			if about || !ok {
				want = map[string]string{"autocomplete": "off"}
			}
			if diff := cmp.Diff(want, chosen(s, want)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", field, diff)
			}
			if s.Is("[maxlength], [pattern], [readonly], [required], [type=number]") {
				t.Errorf("%s stops what is pasted", field)
			}
			if value, _ := s.Attr("value"); value != "" && s.Is("[type=password], [name=code], [name=recovery_code]") {
				t.Errorf("%s comes back filled in", field)
			}
		})
	})
}

func TestPW11_RulesForMakingUpAPassword(t *testing.T) {
	t.Parallel()
	html := render(t, NewPassword{Frame: gateFrame(), MinLength: 15, Username: "ada"})
	for _, want := range []string{`minlength="15"`, `passwordrules="minlength: 15; maxlength: 256; allowed: ascii-printable;"`,
		"At least 15 characters. A few random words work well.", `aria-describedby="new_password-hint"`} {
		if !strings.Contains(html, want) {
			t.Errorf("%s is missing", want)
		}
	}
}

// TestPasswordPagesNameTheUser looks for the field by which managers save to the
// right entry; it must not be sent.
func TestPasswordPagesNameTheUser(t *testing.T) {
	inspect(t, func(t *testing.T, doc *goquery.Document, _ string) {
		doc.Find("input[type=password]").Each(func(_ int, s *goquery.Selection) {
			user := s.Closest("form").Find("input[autocomplete=username]")
			if user.Length() != 1 {
				t.Errorf("%d user names beside a password", user.Length())
			}
			if user.Is("[aria-hidden]") == user.Is("[name]") {
				t.Error("the hidden user name would be sent")
			}
		})
	})
}

func chosen(s *goquery.Selection, like map[string]string) map[string]string {
	got := map[string]string{}
	for key := range like {
		if v, ok := s.Attr(key); ok {
			got[key] = v
		}
	}
	return got
}
