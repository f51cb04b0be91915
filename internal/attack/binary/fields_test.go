package binary

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// fields is attacks with forms that no page of ours has: fields too many, twice, in another
// place, or in another format.
var fields = family{"fields that no form has", []attack{
	{id: "WE-10/a", requirement: "A field that makes somebody more than they are is refused in every form of theirs.", try: ownForms},
	{id: "WE-10/b", requirement: "A field that is there twice is refused, whichever is first.", try: doubledFields},
	{id: "WE-10/c", requirement: "Fields in the address count for nothing.", try: fieldsInTheAddress},
	{id: "WE-10/d", requirement: "Fields with brackets, dots, capitals or spaces are other fields.", try: misspeltFields},
	{id: "WE-10/e", requirement: "A form in another format changes nothing, whatever the header says it is.", try: otherFormats},
	{id: "WE-10/f", requirement: "A new user gets no more than the form about one can give.", try: newUserFields},
	{id: "WE-10/g", requirement: "A user is who the cookie says, not a header or a field.", try: whoIsIt},
	{id: "AC-05/a", requirement: "No field of a form of an administrator gives somebody a password or a key.", try: administratorsFields},
}}

func TestFields(t *testing.T) { run(t, &fields) }

// profileForm is the form of one's own profile as its page has it.
func profileForm(name, email string) []string {
	return []string{"name", name, "email", email, "theme", "", "time_zone", ""}
}

// unchanged fails the attack unless the person is an ordinary user with the name and
// address of before.
func (t *T) unchanged(p *person) {
	t.Helper()
	out := t.command("user", "show", p.Name)
	if !strings.Contains(out, p.Email) || !strings.Contains(out, "Person "+p.Name) || strings.Contains(strings.ToLower(out), "administrator") {
		t.Errorf("changed:\n%s", out)
	}
}

func ownForms(t *T) string {
	victim := t.user()
	in := t.signedIn(victim)
	more := strings.Fields("role=admin role_id=1 admin=true is_admin=1 id=1 user_id=1 username=root disabled=0 email_confirmed=1 password=x password_hash=x cred_version=0 version=0 otp_secret=x groups=admins created=0 __proto__=1 constructor=1")
	for _, field := range more {
		name, value, _ := strings.Cut(field, "=")
		for path, fields := range map[string][]string{
			"/profile/edit": profileForm("Thief", victim.Email), "/security/password": {"current_password", victim.Password, "new_password", "seven tall storks wading"},
			"/security/recovery-codes/new": {}, "/security/sessions/end-others": {},
		} {
			if a := in.copy().post(path, append(fields, name, value)...); a.Status != http.StatusBadRequest {
				t.Errorf("%s with %s is answered %d", path, field, a.Status)
			}
		}
	}
	t.unchanged(victim)
	return "18 further fields (role, id, username, password_hash and the like) were refused in 4 forms, and nothing changed."
}

func doubledFields(t *T) string {
	victim := t.user()
	in := t.signedIn(victim)
	for _, fields := range [][]string{{"name", "Thief"}, {"name", "Person " + victim.Name}, {"email", "thief@evil.example"}, {"theme", "dark"}, {"time_zone", "UTC"}, {"name", ""}} {
		for _, all := range [][]string{append(profileForm("Person "+victim.Name, victim.Email), fields...), append(fields, profileForm("Person "+victim.Name, victim.Email)...)} {
			if a := in.copy().post("/profile/edit", all...); a.Status != http.StatusBadRequest {
				t.Errorf("%q is answered %d", all, a.Status)
			}
		}
	}
	t.unchanged(victim)
	return "12 forms with a field twice, before and behind the right one, were refused."
}

func fieldsInTheAddress(t *T) string {
	victim := t.user()
	query := "?" + form("username", victim.Name, "password", victim.Password)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		b := t.browser()
		b.send(b.request(method, "/login"+query))
		if b.pending()+b.session() != "" {
			t.Errorf("%s is answered %d to %q", method, b.Status, b.To())
		}
	}
	in := t.signedIn(victim)
	in.copy().post("/profile/edit?"+form(profileForm("Thief", "thief@evil.example")...), profileForm("Person "+victim.Name, victim.Email)...)
	t.unchanged(victim)
	in.copy().post("/profile/edit?" + form(profileForm("Thief", "thief@evil.example")...))
	if out := t.command("user", "show", victim.Name); strings.Contains(out, "Thief") || strings.Contains(out, "evil") {
		t.Errorf("changed:\n%s", out)
	}
	half := t.half(victim)
	half.post("/login/code?code=" + t.code(victim))
	half.refused("a code in the address")
	return "A name with its password, a code and a profile in the address did nothing."
}

func misspeltFields(t *T) string {
	victim := t.user()
	in := t.signedIn(victim)
	for _, name := range []string{"name[]", "name[0]", "name.", "user.name", "Name", "NAME", " name", "name ", "name\x00", "n%61me%00", "ｎame"} {
		all := append(profileForm("x", victim.Email)[2:], name, "Thief")
		if a := in.copy().post("/profile/edit", all...); a.Status != http.StatusBadRequest {
			t.Errorf("%q is answered %d", name, a.Status)
		}
	}
	t.unchanged(victim)
	return "11 spellings of a field's name were refused."
}

func otherFormats(t *T) string {
	victim := t.user()
	in := t.signedIn(victim)
	json := `{"name":"Thief","email":"thief@evil.example","role":"admin","Role":"admin"}`
	for kind, body := range map[string]string{
		"application/json": json, "application/json; charset=utf-8": json, "text/json": json, "application/vnd.api+json": json,
		"application/xml": "<user><name>Thief</name><role>admin</role></user>", "text/xml": "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><name>&e;</name>",
		"application/x-www-form-urlencoded": json, "application/x-www-form-urlencoded; charset=utf-7": "name=Thief",
		"multipart/form-data; boundary=x": "--x\r\nContent-Disposition: form-data; name=\"role\"\r\n\r\nadmin\r\n--x--\r\n",
	} {
		c := in.copy()
		if c.send(c.request(http.MethodPost, "/profile/edit").body(kind, body)); c.Status != http.StatusUnsupportedMediaType && c.Status != http.StatusBadRequest {
			t.Errorf("%s is answered %d", kind, c.Status)
		}
	}
	t.unchanged(victim)
	return "9 formats (JSON, XML with an entity, multipart, JSON that is called a form, another character set) changed nothing."
}

func newUserFields(t *T) string {
	boss := t.signedIn(t.admin())
	base := []string{"username", "nils-of-fields", "name", "Nils", "email", "nils@people.example", "role", "user", "first_sign_in", "link"}
	for _, field := range []string{"password=seven tall storks", "password_hash=x", "otp_secret=JBSWY3DPEHPK3PXP", "id=1", "disabled=0", "email_confirmed=1", "cred_version=9", "role=admin", "enrol_by_link=0"} {
		name, value, _ := strings.Cut(field, "=")
		if a := boss.copy().post("/admin/users/new", append(base, name, value)...); a.Status != http.StatusBadRequest {
			t.Errorf("%s is answered %d", field, a.Status)
		}
	}
	for _, role := range []string{"root", "ADMIN", "administrator", "admin,user", "1", "admin\x00", "[admin]"} {
		fields := append([]string{}, base...)
		fields[7] = role
		if a := boss.copy().post("/admin/users/new", fields...); a.Status != http.StatusUnprocessableEntity && a.Status != http.StatusBadRequest {
			t.Errorf("role %q is answered %d", role, a.Status)
		}
	}
	if strings.Contains(t.command("user", "list"), "nils-of-fields") {
		t.Error("there is a user")
	}
	return "9 further fields and 7 made-up roles were refused, and nobody was added."
}

func whoIsIt(t *T) string {
	victim, thief := t.user(), t.user()
	in := t.signedIn(thief)
	for _, h := range []string{"X-User-Id", "X-User", "X-Remote-User", "Remote-User", "X-Forwarded-User", "X-Authenticated-User", "X-Latchkey-User", "Authorization"} {
		value := victim.Name
		if h == "Authorization" {
			value = "Basic dXJzdWxhOnNldmVu"
		}
		c := in.copy()
		if c.send(c.request(http.MethodGet, "/profile").set(h, value)); strings.Contains(c.Body, victim.Name) || !strings.Contains(c.Body, thief.Name) {
			t.Errorf("%s shows somebody else, %d", h, c.Status)
		}
		b := t.browser()
		if b.send(b.request(http.MethodGet, "/profile").set(h, value)); b.Status == http.StatusOK {
			t.Errorf("%s signs somebody in", h)
		}
	}
	if a := in.copy().get("/profile?" + url.Values{"user": {victim.Name}, "id": {"1"}}.Encode()); strings.Contains(a.Body, victim.Name) {
		t.Error("the address shows somebody else")
	}
	return "8 headers that name a user, Basic among them, showed nobody else and signed nobody in."
}

func administratorsFields(t *T) string {
	boss, victim := t.signedIn(t.admin()), t.user()
	at := t.about(victim)
	for _, path := range []string{"/edit", "/password-link", "/disable", "/sign-out", "/reset-two-step", "/notes"} {
		for _, field := range []string{"password", "new_password", "password_hash", "otp_secret", "code", "token"} {
			if a := boss.copy().post(at+path, "reason", "because", field, "seven tall storks wading"); a.Status != http.StatusBadRequest && a.Status != http.StatusNotFound {
				t.Errorf("%s with %s is answered %d", path, field, a.Status)
			}
		}
	}
	if !t.signedIn(victim).in(victim) {
		t.Error("the password or the key is another one")
	}
	return "6 fields were refused in 6 forms about a user, who then signed in as before."
}
