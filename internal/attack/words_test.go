package attack

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// writeToDesk lets as many people as there are messages ask for help.
func writeToDesk(a *apptest.App, messages []string) {
	a.TB.Helper()
	a.Tx(func(tx *store.Tx) error {
		for i, m := range messages {
			id, now := secret.ID(), a.Clock.Now()
			if err := tx.AddUser(store.NewUser{ID: id, Username: fmt.Sprintf("writer%03d", i), Role: user.RoleUser, CreatedAt: now}); err != nil {
				return err
			}
			_, err := tx.AddRequest(store.Request{ID: secret.ID(), UserID: id, Message: m, Made: now, Opens: now, Ends: now.Add(time.Hour)})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// TestWE07_WordsOfHostileTexts: sixty people write what is meant for the page, for a spreadsheet, for the
// memory and for the reader's eyes. Only plain words arrive.
func TestWE07_WordsOfHostileTexts(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	evil := []string{
		`<img src=x onerror=alert(1)> "quoted" 'single' &amp; {{7*7}} ${jndi:ldap://x} ' OR 1=1 -- ; DROP TABLE requests`,
		"=HYPERLINK(\"http://evil.test\") +cmd|' /C calc'!A0 -2+3 @SUM(A1) \t=1+1 ＝ＣＭＤ",
		"\u202egnp.exe\u202c zero\u200bwidth \u0000nul \xff\xfe bad",
		strings.Repeat("x", 400), strings.Repeat("a ", 200),
		"phishing at https://evil.test/login or evil@evil.test or evil.test",
	}
	var messages []string
	for i := range 60 {
		messages = append(messages, strings.ToValidUTF8(evil[i%len(evil)]+" phone", "?"))
	}
	writeToDesk(a, messages)
	b := a.Browser()
	b.SignIn(a.Admin)
	p := b.Get("/admin/requests/words").Is(http.StatusOK).Sees("Ten most frequent words", "In 60 requests")
	if n := p.Doc().Find("main img, main script, main [onerror], main a[href*='evil']").Length(); n > 0 {
		t.Errorf("%d elements of strangers", n)
	}
	for _, not := range []string{"evil", "http", "xxxx", "7*7", "A0", "\u202e", "\u200b", "writer0"} {
		if text := p.Doc().Find("main").Text(); strings.Contains(text, not) {
			t.Errorf("%q is on the page: %s", not, text)
		}
	}
	rows := apptest.Table(t, b.Get("/admin/requests/words.csv?days=7").Is(http.StatusOK).Body)
	if len(rows) < 10 || rows[0]["word"] != "phone" || rows[0]["requests"] != "60" || rows[0]["all_requests"] != "60" || rows[0]["requests_before"] != "0" {
		t.Errorf("%q", rows)
	}
	for _, r := range rows {
		if strings.ContainsFunc(r["word"], func(c rune) bool { return strings.ContainsRune("=+-@'\"<>;,\t ", c) }) || strings.Contains(r["word"], "evil") {
			t.Errorf("a word is %q", r["word"])
		}
	}
	if e := a.Newest(); e.Event != audit.WordsExported || e.ActorID != a.Admin.ID || apptest.Details(e.Details) != fmt.Sprintf("filter:>days=7 format:>csv rows:>%d", len(rows)) {
		t.Errorf("%+v", e)
	}
	// Whatever stands in the address is only looked for.
	for word, found := range map[string]string{
		"phone": "60 requests", "PHONE": "60 requests", "%3Cscript%3Ealert(1)%3C/script%3E": "none", "%27%20OR%201=1": "none", "two%20words": "none", "%25": "none", strings.Repeat("x", 254): "none",
	} {
		p := b.Get("/admin/requests?word=" + word).Is(http.StatusOK).Sees(found)
		if n := p.Doc().Find("main script").Length(); n > 0 {
			t.Errorf("%q became an element", word)
		}
	}
	b.Get("/admin/requests?word=phone").Sees("Older").SeesNot("Newest")
	b.Follow("Older →").Is(http.StatusOK).SeesNot("Older")
}

// TestWords_AddressesOfNoPage: what no page of ours could have asked for.
func TestWords_AddressesOfNoPage(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := a.Browser()
	b.SignIn(a.Admin)
	for _, path := range []string{
		"/admin/requests/words?days=31", "/admin/requests/words?days=-7", "/admin/requests/words?days=7&days=30", "/admin/requests/words?x=1", "/admin/requests/words.csv?days=all",
		"/admin/requests?word=a&days=31", "/admin/requests?word=a&after=x", "/admin/requests?word=a&after=-1-x", "/admin/requests?word=" + strings.Repeat("a", 255), "/admin/requests?word=a&show=open",
		"/admin/requests?word=%ff",
	} {
		b.Get(path).Is(http.StatusBadRequest)
	}
	b.Get("/admin/requests?word=").Redirects("/admin/requests")
	b.Get("/admin/requests?days=30").Redirects("/admin/requests")
	b.Get("/admin/requests/words").Is(http.StatusOK).Sees("Not enough text yet", "There were no requests in the last 30 days")
	if rows := apptest.Table(t, b.Get("/admin/requests/words.csv").Is(http.StatusOK).Body); len(rows) != 0 {
		t.Errorf("%q", rows)
	}
}
