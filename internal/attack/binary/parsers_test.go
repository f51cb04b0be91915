package binary

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// parsers is attacks with requests that are too big, too deep, or no text at all.
var parsers = family{"parser abuse", []attack{
	{id: "AV-01/a", requirement: "A form of more than 64 KiB is refused, whether or not it says how long it is.", try: bigForms},
	{id: "AV-01/b", requirement: "A head of more than 16 KiB, or of more than 100 lines, is refused.", try: bigHeads},
	{id: "AV-01/c", requirement: "A form of very many fields, or of very long names, is refused.", try: manyFields},
	{id: "AV-01/d", requirement: "A body that is compressed is refused, however small it is.", try: compressed},
	{id: "AV-01/e", requirement: "A form without end is cut off.", try: endlessForm},
	{id: "WE-12/a", requirement: "Text with NUL, control characters or invalid UTF-8 is refused in every field of a profile.", try: strangeText},
	{id: "WE-12/b", requirement: "An address with such text is answered without an error of the server.", try: strangeAddresses},
	{id: "WE-12/c", requirement: "A form that is not encoded as one is refused.", try: brokenForms},
	{id: "AV-08/a", requirement: "Nothing that a stranger sends makes an error of the server, and error pages tell nothing about it.", try: errorPages},
	{id: "PW-02/a", requirement: "A password of a megabyte, or of a hundred thousand marks, is refused without work.", try: hugePasswords},
}}

func TestParsers(t *testing.T) { run(t, &parsers) }

func bigForms(t *T) string {
	in := t.signedIn(t.user())
	for _, size := range []int{64<<10 + 1, 1 << 20} {
		for _, path := range []string{"/login", "/profile/edit", "/forgot", "/logout", "/nowhere"} {
			c := in.copy()
			body := "name=" + strings.Repeat("x", size)
			if c.send(c.request(http.MethodPost, path).body("application/x-www-form-urlencoded", body)); c.Status != http.StatusRequestEntityTooLarge && c.Status != http.StatusNotFound && c.Status != 0 {
				t.Errorf("%s with %d bytes is answered %d", path, size, c.Status)
			}
		}
	}
	c := in.copy()
	chunk := fmt.Sprintf("%x\r\n%s\r\n", 32<<10, strings.Repeat("x", 32<<10))
	c.send(c.request(http.MethodPost, "/login").set("Transfer-Encoding", "chunked").body("application/x-www-form-urlencoded", chunk+chunk+chunk+"0\r\n\r\n"))
	if c.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("chunks are answered %d", c.Status)
	}
	return "Forms of 64 KiB and a byte, of a megabyte, and of 96 KiB in chunks were answered 413 or cut off."
}

func bigHeads(t *T) string {
	for what, change := range map[string]func(*request){
		"one long line":  func(r *request) { r.set("X-Long", strings.Repeat("x", 20<<10)) },
		"a long cookie":  func(r *request) { r.set("Cookie", "a="+strings.Repeat("x", 20<<10)) },
		"a long address": func(r *request) { r.Path += "?" + strings.Repeat("x", 20<<10) },
		"many lines": func(r *request) {
			for range 150 {
				r.add("X-Many", "x")
			}
		},
	} {
		b := t.browser()
		r := b.request(http.MethodGet, "/login")
		change(r)
		if b.send(r); b.Status != http.StatusRequestHeaderFieldsTooLarge && b.Status != http.StatusBadRequest && b.Status != http.StatusRequestURITooLong && b.Status != 0 {
			t.Errorf("%s is answered %d", what, b.Status)
		}
	}
	if t.browser().get("/login").Status != http.StatusOK {
		t.Error("the next one is not served")
	}
	return "A line, a cookie and an address of 20 KiB and a head of 150 lines were refused, and the next request was served."
}

func manyFields(t *T) string {
	in := t.signedIn(t.user())
	for what, body := range map[string]string{
		"20,000 fields": strings.Repeat("a&", 20_000), "10,000 times one": strings.Repeat("name=x&", 9_000), "a long name": strings.Repeat("n", 60<<10) + "=x",
		"20,000 separators": strings.Repeat("&", 20_000), "20,000 equals": strings.Repeat("=", 20_000), "deep brackets": "name" + strings.Repeat("[a]", 10_000) + "=x",
	} {
		c := in.copy()
		if c.send(c.request(http.MethodPost, "/profile/edit").body("application/x-www-form-urlencoded", body)); c.Status != http.StatusBadRequest && c.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s are answered %d", what, c.Status)
		}
	}
	return "6 forms of thousands of fields, separators or brackets were refused."
}

func compressed(t *T) string {
	for _, kind := range []string{"gzip", "deflate", "br", "gzip, gzip", "x-gzip"} {
		b := t.browser()
		if b.send(b.request(http.MethodPost, "/login", "username", "nobody", "password", "").set("Content-Encoding", kind)); b.Status != http.StatusUnsupportedMediaType && b.Status != http.StatusBadRequest && b.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s is answered %d", kind, b.Status)
		}
	}
	b := t.browser()
	bomb := "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + strings.Repeat("\x00", 1000)
	if b.send(b.request(http.MethodPost, "/login").body("application/x-www-form-urlencoded", bomb).set("Content-Encoding", "gzip")); b.Status/100 != 4 {
		t.Errorf("a compressed body is answered %d", b.Status)
	}
	return "5 encodings and a gzip header were read as what they are not, or refused; nothing was unpacked."
}

func endlessForm(t *T) string {
	conn, err := t.server.Dial("")
	t.must(err)
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	r := t.browser().request(http.MethodPost, "/login").set("Transfer-Encoding", "chunked")
	r.Body = ""
	_, err = conn.Write(r.bytes())
	t.must(err)
	sent, chunk := 0, fmt.Sprintf("%x\r\n%s\r\n", 8<<10, strings.Repeat("a=b&", 2<<10))
	for ; sent < 64; sent++ { // half a megabyte
		if _, err := conn.Write([]byte(chunk)); err != nil {
			break
		}
	}
	if answer, err := ReadAnswer(bufio.NewReader(conn), http.MethodPost); err == nil && answer.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("answered %d", answer.Status)
	}
	return "A form that went on for half a megabyte was answered 413 or cut off."
}

func strangeText(t *T) string {
	victim := t.user()
	in := t.signedIn(victim)
	n := 0
	for _, text := range []string{"a\x00b", "a\xff\xfeb", "a\xc0\xafb", "a\xed\xa0\x80b", "a\x07b", "a\x1b[31mb", "a\x7fb", "a\u0085b", "a\u202eb", "a\u2066b", "a\u200fb", "a\u2028b", "a\r\nSet-Cookie: x=y"} {
		for i := 1; i < 8; i += 2 {
			fields := profileForm("Person "+victim.Name, victim.Email)
			fields[i] = text
			if a := in.copy().post("/profile/edit", fields...); a.Status != http.StatusBadRequest && a.Status != http.StatusUnprocessableEntity {
				t.Errorf("%q in %s is answered %d", text, fields[i-1], a.Status)
			}
			n++
		}
	}
	t.unchanged(victim)
	return fmt.Sprintf("%d forms with such text in a field were refused.", n)
}

func strangeAddresses(t *T) string {
	in := t.signedIn(t.admin())
	for _, text := range []string{"%00", "%ff%fe", "%c0%af", "%0d%0aSet-Cookie:x=y", "%e2%80%ae", "..%2f..%2fetc%2fpasswd", "%27%20OR%201=1--", "%25s%25n", "9223372036854775808", "-1", "1e9", strings.Repeat("9", 400), strings.Repeat("%2f", 500)} {
		for _, path := range []string{"/login?next=", "/setup?code=", "/confirm?next=", "/security/activity?before=", "/admin/users?q=", "/admin/users?after=", "/admin/audit?actor=", "/admin/audit?before=", "/invite/", "/reset/", "/static/", "/admin/users/", "/admin/groups/", "/admin/applications/"} {
			if a := in.copy().get(path + text); a.Status == 0 || a.Status >= 500 || strings.Contains(a.Header.Get("Set-Cookie"), "x=y") {
				t.Errorf("%s%s is answered %d", path, text, a.Status)
			}
		}
	}
	return "13 such texts in 14 addresses were answered without a 500 and split no header."
}

func brokenForms(t *T) string {
	in := t.signedIn(t.user())
	for _, body := range []string{"name=%zz", "name=%", "name=%f", "name=a;email=b", "=&=&=%", "%", "name=%u0041", "name=\xff"} {
		c := in.copy()
		if c.send(c.request(http.MethodPost, "/profile/edit").body("application/x-www-form-urlencoded", body)); c.Status != http.StatusBadRequest {
			t.Errorf("%q is answered %d", body, c.Status)
		}
	}
	return "8 broken encodings were refused with 400."
}

func errorPages(t *T) string {
	in := t.signedIn(t.admin())
	for _, path := range []string{"/nowhere", "/admin/users/x", "/static/x", "/login/x", "/%zz", "/admin.php", "/.git/config", "/.env", "/debug/pprof/", "/metrics", "//", "/profile/", "/latchkey.key", "/latchkey.db"} {
		a := in.copy().get(path)
		for _, word := range []string{"goroutine", "panic", ".go:", "sqlite", "SELECT", "/internal/", "no such", t.server.Data} {
			if strings.Contains(a.Body, word) {
				t.Errorf("%s tells %q", path, word)
			}
		}
		if a.Status != http.StatusNotFound && a.Status != http.StatusBadRequest {
			t.Errorf("%s is answered %d", path, a.Status)
		}
	}
	return "14 addresses where others have something to find were answered 404 or 400, with a page that names nothing inside."
}

func hugePasswords(t *T) string {
	victim := t.user()
	for what, word := range map[string]string{"60,000 letters": strings.Repeat("x", 60_000), "257 letters": strings.Repeat("x", 257), "9,000 marks": "e" + strings.Repeat("\u0301", 6_000), "1,025 bytes": strings.Repeat("\u00e9", 513)} {
		b := t.browser()
		if b.post("/login", "username", victim.Name, "password", word); b.Status != http.StatusUnprocessableEntity && b.Status != http.StatusBadRequest {
			t.Errorf("%s are answered %d", what, b.Status)
		}
	}
	b := t.browser()
	if b.post("/login", "username", victim.Name, "password", strings.Repeat("x", 1<<20)); b.Status != http.StatusRequestEntityTooLarge && b.Status != 0 {
		t.Errorf("a megabyte is answered %d", b.Status)
	}
	t.half(victim)
	return "Passwords of 257 letters to a megabyte were refused; the owner's still worked."
}
