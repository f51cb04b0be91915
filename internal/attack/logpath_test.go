package attack

import (
	"net/http"
	"strings"
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
)

// TestLO04_NotFoundIsLoggedWithoutTokens: the log says what was not found, and nothing
// of a link that somebody mistyped.
func TestLO04_NotFoundIsLoggedWithoutTokens(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	ivan := a.AddUser("ivan", apptest.Invited)
	token := strings.TrimPrefix(ivan.Link(store.PurposeInvite), "/invite/")
	for path, logged := range map[string]string{
		"/wp-login.php?user=canary": "/wp-login.php", "/x/invite/" + token + "/": "/x/invite/…", "/Invite/x/" + token: "/Invite/…",
		"/invit/" + token: "/invit/…", "/invite" + token: "/…", "/x/reset/y/" + token: "/x/reset/…", "/static/gone.css": "/static/gone.css",
		"/line%0Abreak": "/…", "/admin/users": "/admin/users",
	} {
		a.Browser().Get(path)
		b := a.Browser()
		if path == "/admin/users" { // which is not there for everybody
			b.SignIn(a.AddUser("alice"))
		}
		b.Get(path).Is(http.StatusNotFound)
		if !strings.Contains(a.Log.String(), `"path":"`+logged+`"`) {
			t.Errorf("%s: %s is not in the log", path, logged)
		}
	}
	log := a.Log.String()
	for i := 0; i+8 <= len(token); i++ {
		if strings.Contains(log, token[i:i+8]) {
			t.Fatalf("a piece of the token is in the log: %s", token[i:i+8])
		}
	}
	if strings.Contains(log, "canary") {
		t.Error("the query string is in the log")
	}
}
