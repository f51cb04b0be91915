package binary

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// imports is attacks with files: hashes that cost too much, shapes that grow, and rows that ask for more than a row may.
var imports = family{"imports and evil hashes", []attack{
	{id: "PW-08/n", requirement: "A hash whose cost, length or kind is out of bounds is refused by its row, before anything is computed.", try: func(t *T) string {
		boss, file := t.signedIn(t.admin()), "username,password_hash\n"
		const salt, tag = "AAECAwQFBgcICQoLDA0ODw", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
		evil := []string{
			"$argon2id$v=19$m=19456,t=0,p=1$" + salt + "$" + tag, "$argon2id$v=19$m=19456,t=2,p=0$" + salt + "$" + tag, "$argon2id$v=19$m=4294967295,t=2,p=1$" + salt + "$" + tag, "$argon2id$v=19$m=1048576,t=20,p=1$" + salt + "$" + tag, "$argon2id$v=19$m=0,t=2,p=1$" + salt + "$" + tag, "$argon2id$v=19$m=-1,t=2,p=1$" + salt + "$" + tag,
			"$argon2id$v=19$m=19456,t=4294967295,p=1$" + salt + "$" + tag, "$argon2id$v=19$m=19456,t=2,p=255$" + salt + "$" + tag, "$argon2id$v=19$m=99999999999999999999,t=2,p=1$" + salt + "$" + tag, "$argon2id$v=16$m=19456,t=2,p=1$" + salt + "$" + tag, "$argon2id$m=19456,t=2,p=1$" + salt + "$" + tag, "$argon2id$v=19$m=19456,t=2$" + salt + "$" + tag,
			"$argon2id$v=19$m=19456,m=8,t=2,p=1$" + salt + "$" + tag, "$argon2id$v=19$m=19456,t=2,p=1$$" + tag, "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$", "$argon2id$v=19$m=19456,t=2,p=1$AAEC$" + tag, "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$AAEC", "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$" + strings.Repeat("A", 4000), "$argon2id$v=19$m=19456,t=2,p=1$!!$" + tag, "$argon2id$v=19$m=0x4c00,t=2,p=1$" + salt + "$" + tag, "$argon2id$v=19$m= 19456,t=2,p=1$" + salt + "$" + tag,
			"$2b$31$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW", "$2b$15$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW", "$2b$03$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW", "$2b$00$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW", "$2b$-1$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW", "$2x$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW", "$2$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW", "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31l", "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lWW", "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31l=",
			"$pbkdf2-sha256$2147483647$c2FsdHNhbHRzYWx0$SqQeIAiDgbGcHs5AlKHM4lDlm90TQpmElZusRZF/1OU", "$pbkdf2-sha256$0$c2FsdHNhbHRzYWx0$SqQeIAiDgbGcHs5AlKHM4lDlm90TQpmElZusRZF/1OU", "pbkdf2_sha256$999999999$salt$SqQeIAiDgbGcHs5AlKHM4lDlm90TQpmElZusRZF/1OU=", "$scrypt$ln=40,r=8,p=1$c2FsdA$c2FsdA", "$6$rounds=999999999$salt$x", "$1$salt$x", "$argon2x$v=19$m=19456,t=2,p=1$" + salt + "$" + tag, "plain:secret", "!", "*", "x", "{SSHA}abcd", "5f4dcc3b5aa765d61d8327deb882cf99", "$", "$$$$",
		}
		for i, hash := range evil {
			file += fmt.Sprintf("evil%d,\"%s\"\n", i, hash)
		}
		batch := t.uploaded(boss, "evil.csv", file)
		boss.post("/admin/users/import", "batch", batch, "import", "good")
		for _, u := range t.listed() {
			t.holds(!strings.HasPrefix(u.Username, "evil"), "%s was added", u.Username)
		}
		return fmt.Sprintf("%d hashes: nobody is added.", len(evil))
	}},
	{id: "EX-03/n", requirement: "A file that grows without end, or is of another kind, ends with a sentence and adds nobody.", try: func(t *T) string {
		t = t.own(proxied, false) // others add users, and two files are read at a time
		boss := t.signedIn(t.admin())
		files := map[string]string{
			"one cell": "username,name,password_hash\nbomb," + strings.Repeat("x", 8<<20) + ",x\n", "many columns": "username" + strings.Repeat(",x", 200000) + "\n", "many quotes": "username\n" + strings.Repeat(`"`, 2<<20), "rows without end": "username,email\n" + strings.Repeat("b,c\n", 300000),
			"deep JSON": strings.Repeat("[", 500000), "deep objects": strings.Repeat(`{"a":`, 200000), "JSON numbers": `[{"username":1e999999999}]`, "line breaks": "[" + strings.Repeat("\n", 4<<20), "UTF-16 without end": "\xff\xfe" + strings.Repeat("\x00", 4<<20), "nothing": "", "a null": "null", "NUL": strings.Repeat("\x00", 1<<20),
			"gzip": "\x1f\x8b\x08\x00" + strings.Repeat("x", 1000), "zip": "PK\x03\x04" + strings.Repeat("x", 1000), "a spreadsheet": "PK\x03\x04\x14\x00\x06\x00[Content_Types].xml", "PDF": "%PDF-1.7\n", "HTML": "<!doctype html><script>alert(1)</script>", "SVG": `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`, "XML": `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>`, "a program": "\x7fELF\x02\x01\x01", "a broken database": "SQLite format 3\x00" + strings.Repeat("\xff", 5000), "a picture": "\x89PNG\r\n\x1a\n",
		}
		before := len(t.listed())
		for name, content := range files {
			c := boss.copy()
			a := c.upload("/admin/users/import", "file", "x", content)
			t.holds(a.Status == 422 || a.Status == 400 || a.Status == 413 || a.Status == 415 || a.Status == 303, "%s: %d", name, a.Status)
			t.holds(!strings.Contains(a.Body, "<script>alert") && !strings.Contains(a.Body, "root:x:0"), "%s: the file comes back", name)
			if a.Status == 303 {
				to, _ := url.Parse(a.To())
				c.post("/admin/users/import", "batch", to.Query().Get("batch"), "import", "good")
			}
		}
		t.holds(len(t.listed()) == before, "somebody was added")
		t.holds(t.browser().get("/healthz").Status == 200, "the server is not well")
		return fmt.Sprintf("%d files: none ends the server or adds anybody.", len(files))
	}},
	{id: "EX-03/o", requirement: "A file that is too large is cut off, and of many at once few are read.", try: func(t *T) string {
		boss := t.signedIn(t.admin())
		c := boss.copy()
		a := c.upload("/admin/users/import", "file", "x.csv", "username,email\n"+strings.Repeat("x", 17<<20))
		t.holds(a.Status == 422 || a.Status == 413 || a.Status == 400 || a.Status == 0, "17 MiB: %d", a.Status)
		t.holds(boss.copy().get("/admin/users/import").Status == 200, "the page is gone")
		return "17 MiB: refused, and the next page is served."
	}},
	{id: "WE-11/n", requirement: "A row gives nobody more than a row may: no id, no odd role, no doubled column.", try: func(t *T) string {
		boss := t.signedIn(t.admin())
		hash := `"` + houseHash() + `"`
		n := 0
		for _, file := range []string{
			"username,role,password_hash\nodda,root," + hash + "\n", "username,role,password_hash\noddb,Admin ;user," + hash + "\n", "username,username,password_hash\nmapc,root," + hash + "\n", "username,role,role,password_hash\nmapd,user,admin," + hash + "\n", "username,disabled,password_hash\nmape,perhaps," + hash + "\n", "username,email,password_hash\nmapf,\"a@example.org,b@example.org\"," + hash + "\n",
			"username,otp_secret,password_hash\nmapg,not base32!," + hash + "\n", "username,groups,password_hash\nmaph,no-such-group," + hash + "\n", "username,password_hash\n../map," + hash + "\n", "username,password_hash\nmаp," + hash + "\n", "username,password_hash\nroot," + hash + "\n", "username,password_hash\nmap\u202ei," + hash + "\n", `[{"username":"mapj","username":"root","password_hash":` + hash + `}]`, `[{"username":["mapk"],"password_hash":` + hash + `}]`, `[{"username":{"a":"mapl"},"password_hash":` + hash + `}]`, `[{"username":"mapm","role":true,"password_hash":` + hash + `}]`,
			"username,password\nmapn,secret-canary\n", "username,email\nmapo,o@example.org\n",
		} {
			c := boss.copy()
			if a := c.upload("/admin/users/import", "file", "x.csv", file); a.Status == 303 {
				to, _ := url.Parse(a.To())
				c.post("/admin/users/import", "batch", to.Query().Get("batch"), "import", "good")
			}
			n++
		}
		for _, u := range t.listed() {
			if strings.HasPrefix(u.Username, "map") || u.Username == "root" || strings.HasPrefix(u.Username, "odd") && u.Role != "user" {
				t.Errorf("%s was added as %s", u.Username, u.Role)
			}
		}
		return fmt.Sprintf("%d rows with an odd role, name, flag, secret or a column twice: two are added, as users, and nobody else.", n)
	}},
	{id: "LO-04/n", requirement: "What may be a secret in a file is repeated nowhere.", try: func(t *T) string {
		boss := t.signedIn(t.admin())
		t.secret("a password in a file", "canary-of-a-password")
		t.secret("a hash in a file", "Canary9QeIAiDgbGcHs5AlKHM4lDlm90TQpmElZusRZF")
		for _, file := range []string{"canary-of-a-password,x\na,b\n", "username;password\nleak;canary-of-a-password\n", "username,password_hash\nleak,$argon2id$v=19$m=1,t=1,p=1$AAEC$Canary9QeIAiDgbGcHs5AlKHM4lDlm90TQpmElZusRZF\n", "username,otp_secret,password_hash\nleak,canary-of-a-password,x\n", "username,role,password_hash\nleak,canary-of-a-password,x\n", "$argon2id$Canary9QeIAiDgbGcHs5AlKHM4lDlm90TQpmElZusRZF,username\n"} {
			c := boss.copy()
			a := c.upload("/admin/users/import", "file", "x.csv", file)
			body := a.Body
			if a.Status == 303 {
				body += c.get(a.To()).Body
			}
			t.holds(!strings.Contains(body, "canary-of-a-password") && !strings.Contains(body, "Canary9Q"), "%.40q comes back", file)
		}
		return "6 files with a password, hash or key where it belongs and where not: no page repeats it, nor log nor audit log."
	}},
	{id: "AC-04/r", requirement: "A file that was read belongs to the administrator who sent it, and is taken once.", try: func(t *T) string {
		t = t.own(proxied, false) // where nobody else sends files
		ann, bob := t.signedIn(t.admin()), t.signedIn(t.admin())
		name := "once" + t.tag()
		batch := t.uploaded(ann, "x.csv", "username,password_hash\n"+name+",\""+houseHash()+"\"\n")
		t.holds(bob.get("/admin/users/import?batch="+batch).Status == 404, "another sees it: %d", bob.Status)
		for _, decision := range []string{"all", "good", "continue", "cancel"} {
			t.holds(bob.post("/admin/users/import", "batch", batch, "import", decision).Status == 404, "another decides %s: %d", decision, bob.Status)
		}
		var all []*request
		for range 50 {
			all = append(all, ann.copy().request(http.MethodPost, "/admin/users/import", "batch", batch, "import", "all"))
		}
		t.burst(all...)
		n := strings.Count(t.command("export", "audit", "--format", "jsonl"), `"subject_name":"`+name+`"`)
		t.holds(n == 1, "%d events about the one user of the file", n)
		return "Another administrator: 404 for 5 requests; then 50 decisions whose last bytes came together: 1 user, 1 event."
	}},
}}

func TestImports(t *testing.T) { run(t, &imports) }

// upload sends a form with one file.
func (b *browser) upload(path, field, name, content string) Answer {
	b.t.Helper()
	const edge = "edge-of-a-part"
	body := "--" + edge + "\r\nContent-Disposition: form-data; name=\"" + field + "\"; filename=\"" + name + "\"\r\nContent-Type: application/octet-stream\r\n\r\n" + content + "\r\n--" + edge + "--\r\n"
	return b.send(b.request(http.MethodPost, path).body("multipart/form-data; boundary="+edge, body))
}

// uploaded sends a file with users and returns the id under which it waits.
func (t *T) uploaded(boss *browser, name, content string) string {
	t.Helper()
	to, err := url.Parse(t.done(boss.upload("/admin/users/import", "file", name, content)).To())
	t.must(err)
	if to.Query().Get("batch") == "" {
		t.Fatalf("the file leads to %s", to)
	}
	return to.Query().Get("batch")
}
