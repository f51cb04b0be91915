package e2e

import (
	"fmt"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// askForHelp lets forty people ask for help, each at another hour, a month ago and lately. Lately a clock is wrong.
func askForHelp(a *apptest.App) {
	a.TB.Helper()
	a.Tx(func(tx *store.Tx) error {
		for i := range 80 {
			id, at := secret.ID(), a.Clock.Now().Add(-time.Duration(i%40)*time.Hour)
			text := "My phone is lost <script>alert(1)</script>"
			if i < 40 {
				at = at.Add(-40 * 24 * time.Hour)
			} else if i%2 == 0 {
				text = "Hello, the clock says another time than my phone. Please help!"
			}
			err := tx.AddUser(store.NewUser{ID: id, Username: fmt.Sprintf("person%02d", i), Name: fmt.Sprintf("Person %02d", i), Role: user.RoleUser, CreatedAt: at})
			if err != nil {
				return err
			}
			if _, err := tx.AddRequest(store.Request{ID: secret.ID(), UserID: id, Message: text, Made: at, Opens: at, Ends: at.Add(90 * 24 * time.Hour)}); err != nil {
				return err
			}
		}
		return nil
	})
}

// unfold opens what is folded, by a click.
func unfold(b *tab, words string) *tab {
	b.t.Helper()
	b.do("unfolding "+words, clicks(b.find("summary", words), 1))
	return b
}

// walkWords is what people ask for help with: too little of it, then enough.
func walkWords(t *testing.T) *tab {
	a := apptest.Start(t, apptest.Options{})
	b := signedIn(t, a, a.Admin)
	b.open("/admin/requests/words").inspect("words, not enough text")
	askForHelp(a)
	a.Clock.Add(time.Minute)
	b.open("/admin/requests/words")
	unfold(b, "Show as a table").inspect("words")
	b.open("/admin/requests?word=clock").inspect("requests with a word")
	b.open("/admin/requests?word=zebra").inspect("requests with a word, none")
	return b
}

// TestStory_WordsWithoutScript: an administrator sees that a clock is wrong, and who it concerns.
func TestStory_WordsWithoutScript(t *testing.T) {
	t.Parallel()
	need(t, headless)
	a := apptest.Start(t, apptest.Options{})
	askForHelp(a)
	b := signedIn(t, a, a.Admin).noScript()
	b.open("/admin/requests").follow("What people ask for help with").at("/admin/requests/words")
	b.sees("clock rose from 0% to 50% of requests (20 of 40, before 0 of 40)", "A clock may be wrong", "In 40 requests from")
	b.seesNot("hello", "please", "person", "lost-phone@")
	unfold(b, "Show as a table").sees("9 words, most frequent first", "phone 40 40 0", "clock 20 0 +20")
	b.follow("clock").at("/admin/requests?word=clock").sees("20 requests of the last 30 days", "Person 40", "Person 78").seesNot("Person 41")
	b.follow("Person 40").sees("the clock says another time")
	b.open("/admin/requests/words").follow("7 days").at("/admin/requests/words?days=7").sees("There were no requests in the 7 days before")
	b.follow("90 days").at("/admin/requests/words?days=90").sees("In 80 requests from")
}
