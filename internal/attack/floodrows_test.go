package attack

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/auth"
	"latchkey/internal/secret"
	"latchkey/internal/store"
)

// TestLO08_NothingIsWrittenBelowABlock: an IPv6 site that is stopped goes on from networks
// that it never used before.
func TestLO08_NothingIsWrittenBelowABlock(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Proxied: true})
	for i := range auth.LimitOf(auth.BucketWide).Free {
		guess(a.Browser().From(fmt.Sprintf("2001:db8:1:%x::1", i/20)), fmt.Sprint("name", i)).Is(422)
	}
	before := rows(t, a)
	for i := range 200 {
		guess(a.Browser().From(fmt.Sprintf("2001:db8:1:%x::1", 1000+i)), fmt.Sprint("other", i)).Is(http.StatusTooManyRequests)
	}
	after := rows(t, a)
	for i, part := range strings.Fields(after) {
		if was := strings.Fields(before)[i]; was != part && !strings.HasPrefix(part, "audit") {
			t.Errorf("%s, it was %s", part, was)
		}
	}
	if n := number(t, a, `SELECT count(*) FROM audit_log WHERE event = 'login.blocked'`); n > 5 {
		t.Errorf("%d audit rows", n)
	}
}

// TestLO08_AnonymousRequestsFillNothing sends requests of every kind that anybody can
// send, from one network, and counts what is left of them.
func TestLO08_AnonymousRequestsFillNothing(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true, Proxied: true})
	a.AddUser("alice")
	before := number(t, a, `SELECT (SELECT count(*) FROM limits) + (SELECT count(*) FROM audit_log)`)
	const each = 150
	for i := range each {
		b := a.Browser().From("198.51.100.7")
		token := secret.Token()
		for _, name := range []string{"latchkey", "latchkey-pending", "latchkey-browser", "latchkey-form"} {
			b.Cookies[a.CookieName(name)] = token
		}
		name := fmt.Sprint("nobody", i)
		guess(b, name)
		guess(b, "alice")
		b.Post("/login/with-code", "username", name, "password", tooLong, "code", "000000")
		b.Post("/forgot", "username", name)
		b.Post("/login/code", "code", "000000")
		b.Post("/login/lost-phone", "message", "help", "contact", "me")
		b.Post("/setup", "setup_code", token, "username", name, "new_password", newPassword)
		for _, path := range []string{"/", "/login", "/profile", "/admin", "/invite/" + token, "/reset/" + token, "/not-me/" + token,
			"/email/" + token, "/lost-phone/new/" + token, "/lost-phone/cancel/" + token, "/" + token} {
			b.Get(path)
		}
		a.Clock.Add(time.Second)
	}
	a.Post()
	a.Tx(func(tx *store.Tx) error { return tx.DropExpired(a.Clock.Now()) })
	after := number(t, a, `SELECT (SELECT count(*) FROM limits) + (SELECT count(*) FROM audit_log)`)
	// 30 names in ten minutes and their rows, ten of both together, the networks, and a
	// row a minute for the rest. 10,800 requests in ten minutes left 75 rows.
	if n := after - before; n > 120 {
		t.Errorf("%d requests left %d rows: %s", each*18, n, rows(t, a))
	}
	for _, table := range []string{"mails", "sessions", "pending_sign_ins", "kept_forms", "requests", "browsers"} {
		if n := number(t, a, `SELECT count(*) FROM `+table); n != 0 {
			t.Errorf("%d rows in %s", n, table)
		}
	}
}
