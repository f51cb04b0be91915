package attack

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/internal/account/explain"
	"latchkey/internal/apptest"
	"latchkey/internal/store"
)

// TestAU13_WarningsAreNotCrowdedOut makes more warnings than are kept: those from
// before still work, and so does the newest.
func TestAU13_WarningsAreNotCrowdedOut(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	alice := a.AddUser("alice")
	var links []string
	for range 60 {
		links = append(links, alice.Link(store.PurposeNotMe))
		a.Clock.Add(time.Second)
	}
	for i, link := range links {
		kept := a.Browser().Get(link).Status == http.StatusSeeOther
		if want := i < 25 || i >= 35; kept != want {
			t.Errorf("the link of warning %d works: %v, want %v", i, kept, want)
		}
	}
	if n := number(t, a, `SELECT count(*) FROM links`); n != 50 {
		t.Errorf("%d links kept, want 50", n)
	}
}

// TestAU13_ExplainSaysWhoClosedIt is the same for the page and the command.
func TestAU13_ExplainSaysWhoClosedIt(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	told := func() (yes bool) {
		t.Helper()
		e, err := explain.Of(a.Site.Instance, alice.Now(), a.Clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		return e.Answer() == "The password is closed." && strings.HasPrefix(e.Reason().String(), "Alice said “This was not me” on ")
	}
	if told() {
		t.Error("closed before anything happened")
	}
	signedInAs(a, alice).Post("/security/not-me").Redirects("/not-me/done?way=administrator")
	if !told() {
		t.Error("it is not told that its owner closed it")
	}
}

// TestAU13_NotMeDoneSaysOnlyItsOwnWords: the page is for anybody.
func TestAU13_NotMeDoneSaysOnlyItsOwnWords(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := a.Browser()
	b.Get("/not-me/done").Is(200).Sees("Ask your administrator")
	b.Get("/not-me/done?way=forgot").Is(200).Sees("Ask your administrator") // no mail here
	b.Get("/not-me/done?way=%3Cb%3Ehello").Is(200).SeesNot("hello")
	b.Get("/not-me/done?text=hello").Is(400)
}
