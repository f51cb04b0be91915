package auth

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/user"
)

func parsed(ip string) netip.Addr {
	a, _ := netip.ParseAddr(ip)
	return a.Unmap()
}

// TestSettings_AtTheirBounds: the last value that is accepted and the first that is not, and
// what is said of it.
func TestSettings_AtTheirBounds(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 9990) + "\n" + strings.Repeat("b", 9)
	for name, c := range map[string]struct{ good, bad []string }{
		"password_min":    {[]string{"8", "64"}, []string{"7", "65", "", "x", "8.0"}},
		"session_idle":    {[]string{"5", "10080"}, []string{"4", "10081"}},
		"session_max":     {[]string{"5", "129600"}, []string{"4", "129601"}},
		"remember_days":   {[]string{"0", "90"}, []string{"-1", "91"}},
		"invite_days":     {[]string{"1", "14"}, []string{"0", "15"}},
		"lost_phone_wait": {[]string{"0", "168"}, []string{"-1", "169"}},
		"audit_keep_days": {[]string{"0", "30", "3650"}, []string{"29", "3651", "1"}},
		"delete_self":     {[]string{"yes", "no"}, []string{"", "true", "Yes"}},
		"backups_done":    {[]string{"yes", "no"}, []string{"", "1"}},
		"checklist_done":  {[]string{"yes", "no"}, []string{"", "1"}},
		"instance_name":   {[]string{"A", strings.Repeat("ä", 40)}, []string{"", strings.Repeat("ä", 41), "a\u202eb"}},
		"contact_name":    {[]string{"", strings.Repeat("ä", 100)}, []string{strings.Repeat("ä", 101), "a\tb"}},
		"contact_phone": {[]string{"", "123", "+44 20 7946 0000", "(020) 7946-0000", "1" + strings.Repeat(" ", 37) + "23", "123 ext. 45", "020/7946"},
			[]string{"12", "1" + strings.Repeat(" ", 38) + "23", "call me", "1-2", "tel:123", "123;456"}},
		"contact_link": {[]string{"", "https://help.example", "http://help.example/a?b=c#d", "https://help.example/@team", "mailto:help@example.com", "https://a.example/" + strings.Repeat("a", 182)},
			[]string{"ftp://a.example", "https://", "https:a.example", "https://me@a.example/", "https://a.example/a b", "https://a.example/<", "javascript:alert(1)", "mailto:", "mailto:nobody",
				"mailto:a@example.com?bcc=b@example.com", "a@example.com&x", "nonsense", "https://a.example/" + strings.Repeat("a", 183), "//a.example", "https://a.example/|", "https://%zz"}},
		"help_text":    {[]string{"", "One.\n\nTwo.", long}, []string{long + "a", "a\x00"}},
		"privacy_text": {[]string{"", "One.\n\nTwo.", long}, []string{long + "a", "a\x00"}},
		"accent":       {[]string{"", "#1d70b8"}, []string{"red", "#12"}},
		"logo": {[]string{"", LogoName(strings.Repeat("0a", 32), 320, 96, 2048)},
			[]string{"x", LogoName(strings.Repeat("0a", 31), 320, 96, 2048), LogoName(strings.Repeat("0a", 32), 10000, 96, 2048)}},
	} {
		for _, value := range c.good {
			s := DefaultSettings()
			if err := s.Set(name, value); err != nil || s.Values()[name] != value {
				t.Errorf("%s = %.60q became %.60q, %v", name, value, s.Values()[name], err)
			}
			if again, err := ParseSettings(s.Values()); err != nil || again != s {
				t.Errorf("%s = %.60q is not what was stored: %v\n%s", name, value, err, cmp.Diff(s, again))
			}
		}
		for _, value := range c.bad {
			s := DefaultSettings()
			if err := s.Set(name, value); err == nil || s != DefaultSettings() {
				t.Errorf("%s = %.60q is accepted as %.60q: %v", name, value, s.Values()[name], err)
			}
		}
	}
}

func TestSettings_OfAContact(t *testing.T) {
	t.Parallel()
	var s Settings
	for name, value := range map[string]string{"contact_name": " The help desk ", "contact_phone": " 020 7946 0000 ", "contact_link": "help@example.com"} {
		if err := s.Set(name, value); err != nil {
			t.Error(err)
		}
	}
	if want := (Contact{"The help desk", "020 7946 0000", "mailto:help@example.com"}); s.Contact != want {
		t.Errorf("%+v, want %+v", s.Contact, want)
	}
	if got := s.Contact.Words(); got != "The help desk, 020 7946 0000, help@example.com" {
		t.Errorf("in words: %q", got)
	}
	if got := (Contact{Phone: "123"}).Words(); got != "123" {
		t.Errorf("in words: %q", got)
	}
	hash := strings.Repeat("0a", 32)
	if h, w, y, ok := ParseLogo(LogoName(hash, 320, 96, 2048)); h != hash || w != 320 || y != 96 || !ok {
		t.Errorf("%s, %d, %d, %v", h, w, y, ok)
	}
	for _, name := range []string{"", hash, hash + " 320", hash + " x96"} {
		if _, _, _, ok := ParseLogo(name); ok {
			t.Errorf("%q is a logo", name)
		}
	}
}

// TestSettings_MistakesNameTheField: with a sentence that says what it is about.
func TestSettings_MistakesNameTheField(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"delete_self": "Whether people can delete their own account must be yes or no", "password_min": "The shortest password must be a number from 8 to 64",
		"session_idle": "The minutes until an idle session ends must be a number from 5 to 10080", "session_max": "The longest session must be",
		"remember_days": "The days a browser can skip the code must be", "invite_days": "The days an invitation works must be",
		"lost_phone_wait": "The hours before a lost phone can be replaced must be", "backups_done": "backups_done must be yes or no",
		"contact_name": "Name or team", "help_text": "Your text about help", "privacy_text": "Your text about privacy",
	} {
		s := DefaultSettings()
		if err := s.Set(name, "\x00"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want “%s”", name, err, want)
		}
	}
}

// TestSettings_SentTogether: only what was sent changes, and the two lengths of a session
// have to fit.
func TestSettings_SentTogether(t *testing.T) {
	t.Parallel()
	s := DefaultSettings()
	got, err := s.With(SignInNames(), map[string]string{"session_idle": "60", "session_max": "60", "remember_days": "7", "instance_name": "not asked for"})
	want := s
	want.SessionMax, want.RememberDays = time.Hour, 7
	if err != nil || got != want {
		t.Errorf("%v\n%s", err, cmp.Diff(want, got))
	}
	for _, c := range []struct {
		names  []string
		values map[string]string
		want   string // in the mistake, "" for none
		not    string
	}{
		{SignInNames(), map[string]string{"session_idle": "60", "session_max": "59"}, "must not be shorter", "number"},
		{SignInNames(), map[string]string{"session_max": "60", "session_idle": "x", "invite_days": "99"}, "invitation", "shorter"},
		{[]string{"session_idle"}, map[string]string{"session_idle": "2000"}, "", ""},
		{SignInNames(), map[string]string{"session_idle": "x", "session_max": "5"}, "idle session", "shorter"},
	} {
		_, err := s.With(c.names, c.values)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), c.not)) {
			t.Errorf("%v: %v, want “%s” and not “%s”", c.values, err, c.want, c.not)
		}
	}
}

func TestSettings_HaveNames(t *testing.T) {
	t.Parallel()
	names := SettingNames()
	for name := range DefaultSettings().Values() {
		if !slices.Contains(names, name) {
			t.Errorf("%s is stored and not named", name)
		}
	}
	if len(names) != len(DefaultSettings().Values()) || len(GeneralNames()) != 8 || len(SignInNames()) != 8 {
		t.Errorf("%d names: %q", len(names), names)
	}
	s := DefaultSettings()
	if s.SessionMax != 24*time.Hour || s.SessionIdle != time.Hour || s.InviteDays != 3 || s.AuditKeepDays != 365 || s.PasswordMin != 12 || s.InviteFor() != 72*time.Hour {
		t.Errorf("the defaults are %+v", s)
	}
}

func TestFactsOf(t *testing.T) {
	t.Parallel()
	made := time.Unix(1e9, 0)
	if got, want := FactsOf(user.User{Role: user.RoleAdmin, Disabled: true, DeletedAt: made, Authenticators: 2, Created: made, EnrolByLink: true, MustEnrol: true}),
		(Facts{user.RoleAdmin, true, true, 2, made, true, true}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := FactsOf(user.User{Role: user.RoleUser}); got != (Facts{Role: user.RoleUser}) {
		t.Errorf("of somebody new: %+v", got)
	}
	if CanBeRemembered(user.RoleAdmin) || !CanBeRemembered(user.RoleUser) {
		t.Error("who can be remembered")
	}
}
