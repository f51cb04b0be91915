package viewas_test

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"latchkey/internal/apptest"
)

// facts are the headings of a page, the names of what it lists and what it says of the
// user, the events among it with their times, without what only the user can press.
func facts(p *apptest.Page) (all []string) {
	p.Doc().Find("main h1, main h2, main dt, main .rows strong, main .rows li > span:not(:has(strong)), main .pager a").Each(func(_ int, s *goquery.Selection) {
		if text := strings.Join(strings.Fields(s.Text()), " "); text != "Your data" { // there is nothing but buttons
			all = append(all, text)
		}
	})
	return all
}

// TestPages_AreThoseOfTheUser: an administrator sees the pages that the user has.
func TestPages_AreThoseOfTheUser(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	a.Set("two_step", "optional")
	grace := a.AddUser("grace", apptest.NoPhone) // the administrator has one, and fewer sessions
	hers, desk := a.Browser(), a.Browser()
	hers.SignIn(grace)
	a.Browser().SignIn(grace) // both read of it: it was in another browser than hers
	desk.SignIn(a.Admin)
	base := "/admin/users/" + grace.ID
	desk.Post(base+"/view-as", "reason", "She asked for help").Redirects(base + "/as/profile")
	for _, page := range []struct{ hers, desk string }{
		{"/profile", "/as/profile"}, {"/security", "/as/security"}, {"/security/activity", "/as/activity"},
	} {
		want, got := facts(hers.Open(page.hers)), facts(desk.Open(base+page.desk))
		if len(want) < 2 || cmp.Diff(want, got) != "" {
			t.Errorf("%s (-hers +the administrator's):\n%s", page.hers, cmp.Diff(want, got))
		}
	}
}
