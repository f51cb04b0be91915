package binary

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// nearly is attacks with what is not quite a password, a code or a form.
var nearly = family{"nearly right", []attack{
	{id: "AU-15/a", requirement: "A field of a sign-in that is missing, empty, doubled or a list is a failure, never a step that was passed.", try: strangeFields},
	{id: "PW-15/a", requirement: "No password at all, and no word for none, signs in to a user who has none.", try: noPassword},
	{id: "PW-03/a", requirement: "A password that is cut, padded, or changed in case does not sign in.", try: nearlyThePassword},
	{id: "OT-16/a", requirement: "What is not the six digits of a code is none, however close it comes.", try: nearlyTheCode},
	{id: "AU-14/a", requirement: "A step of a sign-in that was not reached takes nothing: nobody starts in the middle.", try: startInTheMiddle},
}}

func TestNearly(t *testing.T) { run(t, &nearly) }

func strangeFields(t *T) string {
	victim := t.user()
	code := t.code(victim)
	tried := 0
	for _, body := range []string{
		"", "username=", "password=", form("username", victim.Name), form("username", victim.Name, "password", ""), form("password", victim.Password),
		form("username[]", victim.Name, "password", victim.Password), form("username", victim.Name, "password[]", victim.Password),
		form("username", victim.Name, "username", victim.Name, "password", victim.Password), form("username", victim.Name, "password", "x", "password", victim.Password),
		form("USERNAME", victim.Name, "PASSWORD", victim.Password), form("username", victim.Name, "password", victim.Password, "code", code),
	} {
		b := t.browser()
		b.send(b.request(http.MethodPost, "/login").body("application/x-www-form-urlencoded", body))
		if b.Status != http.StatusBadRequest && b.Status != http.StatusUnprocessableEntity || b.pending()+b.session() != "" {
			t.Errorf("%q is answered %d", body, b.Status)
		}
		tried++
	}
	half := t.half(victim)
	for _, body := range []string{"", "code=", form("code[]", code), form("code", "", "code", code), form("code", code, "code", code), form("CODE", code), form("code", code, "stage", "done"), form("recovery_code", "")} {
		b := half.copy()
		b.send(b.request(http.MethodPost, "/login/code").body("application/x-www-form-urlencoded", body))
		if b.Status != http.StatusBadRequest && b.Status != http.StatusUnprocessableEntity || b.session() != "" {
			t.Errorf("%q is answered %d to %q", body, b.Status, b.To())
		}
		tried++
	}
	half.post("/login/code", "code", code)
	half.want(http.StatusSeeOther, "/profile")
	return fmt.Sprintf("%d such forms of both steps were refused, and the right code then signed in.", tried)
}

func noPassword(t *T) string {
	victim, _ := t.invite("inga-without")
	words := []string{"", " ", "null", "undefined", "None", "nil", "0", "false", "\x00", "''", "*", "x", "!", "$argon2id$"}
	for _, word := range words {
		b := t.browser()
		if b.post("/login", "username", victim.Name, "password", word); b.Status == http.StatusSeeOther || b.pending()+b.session() != "" {
			t.Errorf("%q is answered %d to %q", word, b.Status, b.To())
		}
	}
	return fmt.Sprintf("%d words for nothing were refused for somebody who was invited and has no password.", len(words))
}

func nearlyThePassword(t *T) string {
	victim := t.user()
	right := victim.Password
	near := []string{right[:len(right)-1], right + "x", strings.ToUpper(right), " " + right, right + " ", right + "\x00", strings.ReplaceAll(right, " ", ""), strings.ReplaceAll(right, " ", "  ")}
	for _, word := range near {
		b := t.browser()
		if b.post("/login", "username", victim.Name, "password", word); b.Status == http.StatusSeeOther {
			t.Errorf("%q is answered %d to %q", word, b.Status, b.To())
		}
	}
	return fmt.Sprintf("%d words that differ from the password by a letter, case or space were refused.", len(near))
}

func nearlyTheCode(t *T) string {
	victim := t.user()
	half, code := t.half(victim), t.code(victim)
	near := []string{"+" + code, code + "0", "0" + code, code[:5], code + ".0", code + "e0", "0x" + code, code + "\x00", code + "%00", code + ";", code + "," + code, "'" + code + "'", code + "abc", strings.Repeat(code, 2)}
	for _, c := range near {
		b := half.copy()
		if b.post("/login/code", "code", c); b.session() != "" || b.Status == http.StatusSeeOther {
			t.Errorf("%q is answered %d to %q", c, b.Status, b.To())
		}
	}
	half.post("/login/code", "code", code)
	half.want(http.StatusSeeOther, "/profile")
	return fmt.Sprintf("%d spellings around the right code were refused and none counted; the code itself then signed in.", len(near))
}

func startInTheMiddle(t *T) string {
	victim := t.user()
	code := t.code(victim)
	steps := [][]string{
		{"/login/code", "code", code}, {"/login/recovery", "recovery_code", "0000-0000-0000-0000"}, {"/login/lost-phone", "message", "x", "contact", "x"},
		{"/security/authenticators/new", "enrollment", "x", "label", "Phone", "code", code}, {"/reset", "new_password", "seven tall storks wading"},
		{"/invite", "new_password", "seven tall storks wading"}, {"/lost-phone/new", "password", victim.Password}, {"/email"}, {"/not-me"}, {"/confirm", "password", victim.Password, "code", code},
	}
	for _, s := range steps {
		b := t.browser()
		b.post(s[0], s[1:]...)
		if b.Status != http.StatusSeeOther || !strings.HasPrefix(b.To(), "/login") || b.session() != "" {
			t.Errorf("%s is answered %d to %q", s[0], b.Status, b.To())
		}
	}
	first := t.half(victim)
	first.post("/login/code", "code", code)
	first.want(http.StatusSeeOther, "/profile")
	return fmt.Sprintf("%d forms from the middle of something were led to the sign-in page, and used up nothing.", len(steps))
}
