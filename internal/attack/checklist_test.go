package attack

import (
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"latchkey/internal/apptest"
)

// TestUX_ChecklistTicksItselfOff: each line of the first administrator's list is done as
// soon as it is true, but backups, which a person ticks off; the list goes when it is done
// or not wanted.
func TestUX_ChecklistTicksItselfOff(t *testing.T) {
	t.Parallel()
	for _, mail := range []bool{false, true} {
		a := apptest.Start(t, apptest.Options{Mail: mail})
		desk := signedInAs(a, a.Admin)
		left := func() string {
			t.Helper()
			var all []string
			desk.Open("/admin").Doc().Find(".tasks .warn ~ a").Each(func(_ int, s *goquery.Selection) { all = append(all, s.Text()) })
			return strings.Join(all, "; ")
		}
		want := "Name this instance; Set the web address people use (currently " + a.URL + "); Set up mail; Add a second administrator; Make backups"
		if mail {
			want = strings.Replace(want, "Set up mail; ", "", 1)
		}
		if got := left(); got != want {
			t.Errorf("left: %s\nwant: %s", got, want)
		}
		change(t, a, `UPDATE users SET email_confirmed = FALSE WHERE id = $1`, a.Admin.ID)
		if got := left(); !strings.Contains(got, "; Confirm your email address") {
			t.Errorf("an address that nobody has confirmed is not left to do: %s", got)
		}
		change(t, a, `UPDATE users SET email_confirmed = TRUE WHERE id = $1`, a.Admin.ID)
		desk.Post(generalPath, "instance_name", "Acme Portal").Redirects(generalPath)
		desk.Post("/admin/checklist", "item", "backups").Redirects("/admin")
		a.AddUser("carl", apptest.Administrator)
		want = "Set the web address people use (currently " + a.URL + "); Set up mail"
		if mail {
			want = strings.TrimSuffix(want, "; Set up mail")
		}
		if got := left(); got != want {
			t.Errorf("left: %s\nwant: %s", got, want)
		}
		desk.Post("/admin/checklist", "item", "everything").Is(http.StatusBadRequest)
		desk.Open("/admin")
		desk.Submit("Hide this list").At("/admin").Sees("The list has been hidden.").SeesNot("Set up Acme Portal")
		if got := lastChange(t, a); got != "checklist_done:no>yes" {
			t.Errorf("the log says %q", got)
		}
	}
}
