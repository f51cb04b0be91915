package requestwords_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/requestwords"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// BenchmarkWords measures the page at 100,000 requests of 2,000 people in 180 days: everything read, as when
// the server starts, and then one minute after the other, with a new request in each.
func BenchmarkWords(b *testing.B) {
	a := apptest.Start(b, apptest.Options{})
	var users []string
	a.Tx(func(tx *store.Tx) error {
		for i := range 2000 {
			id := secret.ID()
			users = append(users, id)
			name := "person" + strings.Repeat("x", i%7) + id[:8]
			if err := tx.AddUser(store.NewUser{ID: id, Username: name, Name: "Jürgen " + name, Email: name + "@example.org", EmailKey: name + "@example.org", Role: user.RoleUser, CreatedAt: a.Clock.Now()}); err != nil {
				return err
			}
		}
		return nil
	})
	ask := func(tx *store.Tx, at time.Time) error {
		var text []string
		for range 12 {
			text = append(text, vocabulary[min(rand.IntN(len(vocabulary)), rand.IntN(len(vocabulary)))])
		}
		q := store.Request{ID: secret.ID(), UserID: users[rand.IntN(len(users))], Message: strings.Join(text, " "), Made: at, Opens: at, Ends: at}
		if _, err := tx.AddRequest(q); err != nil {
			return err
		}
		_, err := tx.Decide(q.ID, store.RequestRefused, store.Request{DecidedID: a.Admin.ID, DecidedName: a.Admin.Username, Decided: at, Reason: "Called back and checked."})
		return err
	}
	for range 100 {
		a.Tx(func(tx *store.Tx) error {
			for range 1000 {
				if err := ask(tx, a.Clock.Now().Add(-time.Duration(rand.Int64N(int64(179*24*time.Hour))))); err != nil {
					return err
				}
			}
			return nil
		})
	}
	words := requestwords.New(a.Site.Instance)
	b.Run("everything", func(b *testing.B) {
		for b.Loop() {
			if err := words.Job().Run(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("a minute later", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			a.Clock.Add(time.Minute)
			a.Tx(func(tx *store.Tx) error { return ask(tx, a.Clock.Now()) })
			b.StartTimer()
			s, err := words.Summary(b.Context(), a.Clock.Now(), 90, 10)
			if err != nil || len(s.Top) != 10 {
				b.Fatal(s, err)
			}
		}
	})
	b.Run("kept", func(b *testing.B) {
		for b.Loop() {
			if _, err := words.Summary(b.Context(), a.Clock.Now(), 90, 10); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("requests with a word", func(b *testing.B) {
		for b.Loop() {
			if _, n, err := words.Requests(b.Context(), a.Clock.Now(), "phone", 90, requestwords.Found{}, 50); err != nil || n == 0 {
				b.Fatal(n, err)
			}
		}
	})
}

// vocabulary is a few thousand words, the first ones real.
var vocabulary = func() []string {
	all := strings.Fields("phone lost new broken stolen holiday laptop number clock code battery screen handy verloren kaputt gestohlen please help the and my is")
	for i := range 3000 {
		word := ""
		for n := i + 1; n > 0; n /= 20 {
			word += []string{"ka", "lo", "mi", "ter", "schö", "über", "ing", "tion", "pre", "an", "or", "el", "is", "un", "str", "ge", "ver", "ha", "qui", "zo"}[n%20]
		}
		all = append(all, word)
	}
	return all
}()
