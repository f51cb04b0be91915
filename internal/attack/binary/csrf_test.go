package binary

import (
	"net/http"
	"strings"
	"testing"
)

// csrf is attacks by pages of other sites, with the cookies of somebody who is signed in: on
// every form of the program.
var csrf = family{"forms of other sites", []attack{
	{id: "WE-04/a", requirement: "A form that does not say where it comes from is refused, on every route.", try: formsWith("no origin", func(r *request) { r.del("Origin").del("Sec-Fetch-Site") })},
	{id: "WE-04/b", requirement: "A form of another origin is refused, on every route.", try: formsWith("another origin", func(r *request) { r.set("Origin", "https://evil.example").del("Sec-Fetch-Site") })},
	{id: "WE-04/c", requirement: "A form with the origin null is refused, on every route.", try: formsWith("the origin null", func(r *request) { r.set("Origin", "null").del("Sec-Fetch-Site") })},
	{id: "WE-04/d", requirement: "A form that the browser calls cross-site is refused whatever its origin says, on every route.", try: formsWith("Sec-Fetch-Site: cross-site and our origin", func(r *request) { r.set("Sec-Fetch-Site", "cross-site") })},
	{id: "WE-04/e", requirement: "A form of a neighbouring host is refused, on every route.", try: formsWith("Sec-Fetch-Site: same-site", func(r *request) {
		r.set("Sec-Fetch-Site", "same-site").set("Origin", "https://other.login.example")
	})},
	{id: "WE-04/f", requirement: "An origin that looks like ours is another one.", try: originsLike},
	{id: "WE-04/g", requirement: "A foreign page signs nobody in as somebody else.", try: signInFromElsewhere},
	{id: "WE-04/h", requirement: "No other origin is ever allowed to read an answer.", try: noCORS},
	{id: "WE-04/i", requirement: "A link that a foreign page opens does not take the place of what somebody is in the middle of.", try: linkFromElsewhere},
	{id: "WE-05/a", requirement: "No form is sent by a GET.", try: formsByGet},
	{id: "WE-05/b", requirement: "Other methods are refused, on every route.", try: otherMethods},
	{id: "WE-05/c", requirement: "No header or field makes another method of a request.", try: overriddenMethods},
	{id: "WE-05/d", requirement: "Looking ahead of time, or by a picture, takes no message away and follows no link.", try: prefetched},
	{id: "WE-09/a", requirement: "A form in another format is refused, on every route.", try: formsOfOtherTypes},
}}

func TestCSRF(t *testing.T) { run(t, &csrf) }

// formsWith sends every form of the program as an administrator with a fresh proof, changed in
// one way, and wants each of them to be refused for that, before anything else is looked at.
func formsWith(what string, change func(*request)) func(t *T) string {
	return func(t *T) string {
		in := t.signedIn(t.admin())
		for _, r := range t.routes() {
			if r.method != http.MethodPost || r.access == "application" {
				continue
			}
			c := in.copy()
			sent := c.request(r.method, r.path(), "no_such_field", "1")
			change(sent)
			if c.send(sent); c.Status != http.StatusForbidden && c.Status != http.StatusNotFound || len(cookiesOf(c.Answer)) > 0 {
				t.Errorf("%s is answered %d", r.pattern, c.Status)
			}
		}
		if in.get("/profile").Status != http.StatusOK {
			t.Error("the session is over")
		}
		return "Every form of the program, sent with " + what + " and an administrator's cookies, was refused."
	}
}

func originsLike(t *T) string {
	in := t.signedIn(t.user())
	like := strings.Fields("https://login.example.evil.example https://evil-login.example https://login.example:444 http://login.example https://login.example. https://LOGIN.example.evil " +
		"https://login.example@evil.example https://login.example/ https://login.example%00 //login.example login.example https://xlogin.example https://login.exampl https:login.example file:// chrome-extension://x")
	for _, origin := range like {
		for _, site := range []string{"", "same-origin"} {
			r := in.copy().request(http.MethodPost, "/profile/edit", "name", "Thief", "email", "", "theme", "", "time_zone", "").set("Origin", origin).del("Sec-Fetch-Site")
			if site != "" {
				r.set("Sec-Fetch-Site", site)
			}
			if a := t.browser().send(r); a.Status != http.StatusForbidden {
				t.Errorf("%s with %q is answered %d", origin, site, a.Status)
			}
		}
	}
	return "15 origins that begin, end or read like ours were refused, also where the browser called them same-origin."
}

func signInFromElsewhere(t *T) string {
	thief, victim := t.user(), t.user()
	in := t.signedIn(victim)
	for _, b := range []*browser{in, t.browser()} {
		c := b.copy()
		r := c.request(http.MethodPost, "/login", "username", thief.Name, "password", thief.Password).set("Origin", "https://evil.example").set("Sec-Fetch-Site", "cross-site")
		if c.send(r); c.Status != http.StatusForbidden || len(cookiesOf(c.Answer)) > 0 {
			t.Errorf("answered %d", c.Status)
		}
	}
	if !in.in(victim) {
		t.Error("somebody else is signed in")
	}
	return "The right name and password from a foreign page set no cookie, with and without a session."
}

func noCORS(t *T) string {
	in := t.signedIn(t.user())
	for _, origin := range []string{"https://evil.example", "null", t.base} {
		for _, method := range []string{http.MethodGet, http.MethodOptions} {
			for _, path := range []string{"/", "/login", "/profile", "/profile/data.json", "/healthz", "/nowhere"} {
				a := in.copy().send(in.request(method, path).set("Origin", origin).set("Access-Control-Request-Method", "POST"))
				for name := range a.Header {
					if strings.HasPrefix(name, "Access-Control-") {
						t.Errorf("%s %s from %s: %s", method, path, origin, name)
					}
				}
			}
		}
	}
	return "No answer to 36 requests of 3 origins had a header that lets a script of another site read it."
}

func linkFromElsewhere(t *T) string {
	victim, thief := t.user(), t.user()
	link := t.printedLink(thief)
	half := t.half(victim)
	r := half.request(http.MethodGet, link).set("Sec-Fetch-Site", "cross-site")
	if half.send(r); half.Status != http.StatusOK {
		t.Errorf("answered %d to %q", half.Status, half.To())
	}
	half.post("/login/code", "code", t.code(victim))
	if half.session() == "" || !half.in(victim) {
		t.Errorf("the sign-in is answered %d to %q", half.Status, half.To())
	}
	return "A foreign page that opened somebody else's link led to a question, and the sign-in under way went on."
}

func formsByGet(t *T) string {
	in := t.signedIn(t.admin())
	for _, r := range t.routes() {
		if r.method == http.MethodPost && r.access != "application" {
			c := in.copy()
			if c.get(r.path() + "?name=Thief&new_password=seven+tall+storks&role=admin&reason=x"); c.Status/100 == 5 || c.Status == 0 {
				t.Errorf("%s is answered %d", r.pattern, c.Status)
			}
		}
	}
	if in.get("/profile").Status != http.StatusOK {
		t.Error("the session is over")
	}
	return "Every form, sent by GET with an administrator's cookies, did nothing: the session went on."
}

func otherMethods(t *T) string {
	in := t.signedIn(t.admin())
	for _, r := range t.routes() {
		if r.access == "application" {
			continue
		}
		for _, method := range []string{"PUT", "DELETE", "PATCH"} {
			c := in.copy()
			if c.send(c.request(method, r.path())); c.Status != http.StatusMethodNotAllowed && c.Status != http.StatusForbidden && c.Status != http.StatusNotFound {
				t.Errorf("%s %s is answered %d", method, r.pattern, c.Status)
			}
		}
	}
	for _, method := range []string{"OPTIONS", "TRACE", "PROPFIND", "get", "POSTX", "GET\t"} {
		if a := t.browser().send(in.request(method, "/profile")); a.Status/100 != 4 && a.Status != 501 {
			t.Errorf("%s is answered %d", method, a.Status)
		}
	}
	return "PUT, DELETE and PATCH were refused on every route, and so were OPTIONS, TRACE, PROPFIND and misspelt methods."
}

func overriddenMethods(t *T) string {
	victim := t.user()
	in := t.signedIn(victim)
	for _, header := range []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X-Original-Method"} {
		a := in.copy().send(in.request(http.MethodGet, "/logout").set(header, "POST"))
		if a.Status != http.StatusNotFound && a.Status != http.StatusMethodNotAllowed {
			t.Errorf("%s is answered %d", header, a.Status)
		}
	}
	for _, query := range []string{"?_method=POST", "?_method=DELETE", "?method=post"} {
		if a := in.copy().get("/logout" + query); a.Status != http.StatusNotFound && a.Status != http.StatusMethodNotAllowed {
			t.Errorf("%s is answered %d", query, a.Status)
		}
	}
	if a := in.copy().post("/profile/edit", "name", "x", "email", "", "theme", "", "time_zone", "", "_method", "DELETE"); a.Status != http.StatusBadRequest {
		t.Errorf("_method in a form is answered %d", a.Status)
	}
	if !in.in(victim) {
		t.Error("the session is over")
	}
	return "4 headers, 3 addresses and a field that ask for another method changed none."
}

func prefetched(t *T) string {
	victim := t.user()
	link := t.printedLink(victim)
	b := t.browser()
	for _, h := range [][2]string{{"Sec-Purpose", "prefetch"}, {"Purpose", "prefetch"}, {"X-Moz", "prefetch"}, {"Sec-Fetch-Dest", "image"}, {"Sec-Fetch-Dest", "iframe"}, {"Sec-Fetch-Mode", "no-cors"}} {
		c := b.copy()
		if c.send(c.request(http.MethodGet, link).set(h[0], h[1])); c.pending() != "" {
			t.Errorf("%s: %s follows the link", h[0], h[1])
		}
	}
	b.get(link)
	b.want(http.StatusSeeOther, "/reset").post("/reset", "new_password", "seven tall storks wading")
	b.want(http.StatusSeeOther, "/login?notice=password-changed")
	return "6 ways to load a page unseen did not follow a link for a new password, which then worked."
}

func formsOfOtherTypes(t *T) string {
	in := t.signedIn(t.admin())
	bodies := map[string]string{
		"application/json": `{"name":"Thief","role":"admin"}`, "application/xml": "<name>Thief</name>", "text/plain": "name=Thief", "": "name=Thief",
		"multipart/form-data; boundary=x": "--x\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nThief\r\n--x--\r\n", "application/x-www-form-urlencoded, text/plain": "name=Thief",
	}
	for _, r := range t.routes() {
		if r.method != http.MethodPost || r.access == "application" {
			continue
		}
		for kind, body := range bodies {
			c := in.copy()
			c.send(c.request(r.method, r.path()).body(kind, body))
			file := strings.HasPrefix(kind, "multipart") && c.Status == http.StatusBadRequest || c.Status == http.StatusNotFound
			if c.Status != http.StatusUnsupportedMediaType && !file {
				t.Errorf("%s with %q is answered %d", r.pattern, kind, c.Status)
			}
		}
	}
	return "JSON, XML, plain text, multipart, two types and none were refused on every route that takes a form."
}
