package attack

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"latchkey/internal/audit"
	"latchkey/internal/factor"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// TestAC05_LookingIsNotSigningIn: the visitor stays the administrator on every page of
// their own, and reading leaves no trace but its row in the log.
func TestAC05_LookingIsNotSigningIn(t *testing.T) {
	t.Parallel()
	a, grace, desk, base := lookedAt(t)
	before := belongings(t, a, grace.ID)
	for _, page := range lookedPages {
		desk.Open(base + page)
	}
	for _, path := range []string{"/profile", "/profile/edit", "/profile/data.json", "/security", "/security/activity", "/security/recovery-codes", "/security/recovery-codes.txt", "/confirm"} {
		if p := desk.Clone().Open(path); strings.Contains(p.Body, "Grace") || strings.Contains(p.Body, grace.Email) {
			t.Errorf("%s shows the user's things to the administrator", path)
		}
	}
	if !desk.SignedInAs(a.Admin) || desk.SignedInAs(grace) {
		t.Error("the session changed hands")
	}
	if diff := cmp.Diff(before, belongings(t, a, grace.ID)); diff != "" {
		t.Error(diff)
	}
	if grace.Now().Notices == 0 {
		t.Error("no notice is unseen")
	}
	a.Tx(func(tx *store.Tx) error {
		_, err := tx.SetRole(true, grace.ID, user.RoleAdmin)
		return err
	})
	mine := a.Browser()
	mine.SignIn(grace)
	mine.Get(base + "/as/profile").Redirects(base + "/view-as")
}

// TestAC05_LookingShowsNoSecretAndNoForm: nothing on the pages acts or leads to the
// administrator's own.
func TestAC05_LookingShowsNoSecretAndNoForm(t *testing.T) {
	t.Parallel()
	a, grace, desk, base := lookedAt(t)
	secrets := append([]string{factor.EncodeSecret(grace.Secret), "argon2"}, grace.Codes...)
	for _, page := range lookedPages {
		p := desk.Open(base + page)
		for _, s := range secrets {
			if strings.Contains(p.Body, s) {
				t.Errorf("%s shows %q", page, s)
			}
		}
		p.Doc().Find("form").Each(func(_ int, f *goquery.Selection) {
			if action, _ := f.Attr("action"); action != "/viewing/end" && action != "/logout" {
				t.Errorf("%s has a form to %s", page, action)
			}
		})
		p.Doc().Find("main a, main input, main button").Each(func(_ int, s *goquery.Selection) {
			href, _ := s.Attr("href")
			if !strings.HasPrefix(href, base+"/as/") && !(s.Is("button") && s.Text() == "Stop") {
				t.Errorf("%s has %s to %q", page, goquery.NodeName(s), href)
			}
		})
	}
	if len(entries(t, a, store.AuditFilter{Event: audit.RecoveryTried})) != 0 {
		t.Error("a code was tried")
	}
}
