package web

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"latchkey/internal/auth"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web/route"
)

// TestSE14_NoSessionOnAWord: the only door looks for itself whether the browser is
// remembered, whatever its caller says.
func TestSE14_NoSessionOnAWord(t *testing.T) {
	t.Parallel()
	token, validator := secret.Token(), secret.Token()
	for cookie, want := range map[string]bool{
		"": false, token: false, token + "." + secret.Token(): false, secret.Token() + "." + validator: false, token + "." + validator: true,
	} {
		var got error
		s := newSite(t, "http://localhost:1", func(s *Site) {
			s.Post("/x", route.Anyone, func(v *Visitor) error {
				got = v.Tx(func(tx *store.Tx) error {
					u, err := tx.User("u")
					if err != nil {
						return err
					}
					_, err = v.StartSession(tx, u, auth.Proofs{Password: v.Now, Remembered: true})
					return err
				})
				return got
			})
		})
		now := s.Now()
		err := s.DB.Tx(t.Context(), func(tx *store.Tx) error {
			if err := tx.SetSetting("remember_days", "1"); err != nil {
				return err
			}
			if err := tx.AddUser(store.NewUser{ID: "u", Username: "ada", Role: user.RoleUser, CreatedAt: now}); err != nil {
				return err
			}
			if err := tx.AddAuthenticator(store.Authenticator{ID: "a", UserID: "u", Label: "Phone", Created: now}); err != nil {
				return err
			}
			b := store.Browser{TokenHash: secret.HashToken(token), UserID: "u", ID: "b", Created: now, Ends: now.Add(time.Hour)}
			if err := tx.SaveBrowser(b); err != nil {
				return err
			}
			return tx.Remember(b.TokenHash, secret.HashToken(validator), "u", now.Add(time.Hour))
		})
		if err == nil {
			err = s.LoadSettings()
		}
		if err != nil {
			t.Fatal(err)
		}
		r := post("")
		r.URL.Path = "/x"
		r.Header.Set("Origin", "http://localhost:1")
		r.Header.Set("Cookie", "latchkey-browser="+cookie)
		s.ServeHTTP(httptest.NewRecorder(), r)
		if (got == nil) != want || got != nil && !strings.Contains(got.Error(), "not remembered") {
			t.Errorf("%q: %v, want a session: %v", cookie, got, want)
		}
	}
}
