package mail

import (
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// facts is everything that a message could be told.
func facts(k Kind) Facts {
	f := Facts{
		Instance: "Acme Portal", BaseURL: "https://login.example", Username: "ada",
		At: time.Date(2026, 11, 23, 8, 41, 5, 0, time.FixedZone("EST", -5*3600)),
		IP: "192.0.2.7", Browser: "Firefox on Linux",
		Link:  Link{Path: "/reset/h4YbU0w", Lifetime: 30 * time.Minute},
		NotMe: Link{Path: "/not-me/Qm3xT1k", Lifetime: 7 * 24 * time.Hour},
		Left:  7, Opens: time.Date(2026, 11, 24, 8, 41, 0, 0, time.UTC),
	}
	switch k {
	case TwoStepOn, TwoStepAppRemoved:
		f.Detail = "Phone"
	case TwoStepReset, Disabled, LostPhoneRefused:
		f.Detail = "Called back on the known number"
	case AddressAsked, AddressChanged:
		f.Detail = "ada@new.example"
	case AdminNotMe:
		f.Detail, f.Link = "Password changed", Link{Path: "/admin/users/4t0q"}
	case ApprovalAsked, ApprovalGiven:
		f.What, f.Detail = "reset your two-step verification", "New phone"
	case AdminApproval:
		f.What, f.Link = "reset the two-step verification of ada", Link{Path: "/admin/requests/approvals/4t0q"}
	case AdminRequest:
		f.Link = Link{Path: "/admin/requests/17"}
	case LostPhoneAsked:
		f.Link = Link{Path: "/cancel/h4YbU0w", Lifetime: 48 * time.Hour}
	case Invitation:
		f.Link = Link{Path: "/invite/h4YbU0w", Lifetime: 24 * time.Hour}
	}
	return f
}

// TestCompose_Rules holds every message against the rules for words, addresses and
// links that hold for all of them.
func TestCompose_Rules(t *testing.T) {
	t.Parallel()
	banned := regexp.MustCompile(`(?i)\baccounts?\b|log ?in|log ?out|\b2fa\b|\bmfa\b|\botp\b|!|\{|\}|please`)
	for _, w := range all() {
		m := Compose(w.kind, facts(w.kind))
		if n := utf8.RuneCountInString(m.Subject); n == 0 || n > maxSubject {
			t.Errorf("%s: the subject has %d characters: %q", w.kind, n, m.Subject)
		}
		lines := strings.Split(strings.ReplaceAll(strings.TrimSpace(m.Text()), "\n\n", "\n"), "\n")
		if len(lines) > 8 {
			t.Errorf("%s: %d lines, want at most 8:\n%s", w.kind, len(lines), m.Text())
		}
		if found := banned.FindString(strings.ReplaceAll(m.Subject+m.Text(), "https://login.example", "")); found != "" && !(found == "account" && w.kind == Deleted) {
			t.Errorf("%s says %q", w.kind, found)
		}
		if !strings.HasSuffix(m.Lead, ".") || strings.Count(m.Lead, ". ") > 0 && w.kind != Invitation {
			t.Errorf("%s: the notice is not one sentence: %q", w.kind, m.Lead)
		}
		if last := lines[len(lines)-1]; !strings.HasSuffix(last, "https://login.example") {
			t.Errorf("%s: the signature has no URL: %q", w.kind, last)
		}
		for _, p := range m.Paragraphs {
			if p.Link != "" && !strings.Contains(p.Text, "The link works for ") && !w.admins {
				t.Errorf("%s: no lifetime is told for %s", w.kind, p.Link)
			}
		}
	}
}

// TestCompose_NotMe: people who are told of a change that was not theirs are always
// given a page, or at least an administrator to tell.
func TestCompose_NotMe(t *testing.T) {
	t.Parallel()
	for _, k := range []Kind{PasswordChanged, TwoStepOn, TwoStepAppRemoved, TwoStepReset, RecoveryUsed, RecoveryMade,
		NewBrowser, RememberedStolen, RememberedEnded, TooManyFailures, AddressAsked, AddressChanged, LostPhoneAsked, LostPhoneApproved} {
		f := facts(k)
		if text := Compose(k, f).Text(); !strings.Contains(text, "\nhttps://login.example/not-me/Qm3xT1k\n") {
			t.Errorf("%s has no way to say that it was not me:\n%s", k, text)
		}
		f.NotMe = Link{}
		if text := Compose(k, f).Text(); !strings.Contains(text, "tell your administrator") {
			t.Errorf("%s without a link does not say whom to tell:\n%s", k, text)
		}
	}
}

func TestCompose_MissingFactsLeaveTheirWordsOut(t *testing.T) {
	t.Parallel()
	odd := regexp.MustCompile(`  | \.|,\.|“”|\{|0001|%!|\n\n\n`)
	for _, w := range all() {
		m := Compose(w.kind, Facts{Instance: "Acme Portal", BaseURL: "https://login.example"})
		if found := odd.FindString(m.Text()); found != "" {
			t.Errorf("%s has %q in it:\n%s", w.kind, found, m.Text())
		}
		if !m.Until.IsZero() {
			t.Errorf("%s has an end although nothing is known", w.kind)
		}
	}
}

func TestCompose_UnknownKindStillTells(t *testing.T) {
	t.Parallel()
	m := Compose("no-such-kind", facts(""))
	if m.Subject != "Something changed" || m.Lead != "Something about ada changed." {
		t.Errorf("subject %q, lead %q", m.Subject, m.Lead)
	}
}

func TestCompose_Until(t *testing.T) {
	t.Parallel()
	f := facts(ResetPassword)
	if got, want := Compose(ResetPassword, f).Until, f.At.Add(30*time.Minute); !got.Equal(want) {
		t.Errorf("until %v, want %v", got, want)
	}
	if got := Compose(PasswordChanged, f).Until; !got.IsZero() {
		t.Errorf("a notice ends at %v: it must reach its reader however late", got)
	}
}

// TestCompose_AdministratorsPlaceIsNotTold: the features pass the place of the person who
// acted; a user is not told where an administrator sits.
func TestCompose_AdministratorsPlaceIsNotTold(t *testing.T) {
	t.Parallel()
	for _, k := range []Kind{Invitation, ConfirmAddress, TwoStepReset, Disabled, LostPhoneApproved, LostPhoneRefused} {
		if text := Compose(k, facts(k)).Text(); strings.Contains(text, "192.0.2.7") || strings.Contains(text, "Firefox") {
			t.Errorf("%s tells where the administrator was:\n%s", k, text)
		}
	}
}

func TestCodesLeft(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{
		-1: "You have no recovery codes left. Make new ones as soon as you can.",
		0:  "You have no recovery codes left. Make new ones as soon as you can.",
		1:  "You have 1 recovery code left. Make new ones soon.",
		3:  "You have 3 recovery codes left. Make new ones soon.",
		4:  "You have 4 recovery codes left.",
	} {
		if got := codesLeft(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestSpan(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		30 * time.Minute: "30 minutes", 90 * time.Minute: "90 minutes", time.Hour: "1 hour", 2 * time.Hour: "2 hours",
		24 * time.Hour: "24 hours", 48 * time.Hour: "2 days", 7 * 24 * time.Hour: "7 days",
	} {
		if got := span(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

// TestMessagesSayWhoToContact: where a message sends its reader to an administrator, it
// says who that is; elsewhere it does not.
func TestMessagesSayWhoToContact(t *testing.T) {
	t.Parallel()
	said := 0
	for _, w := range all() {
		f := facts(w.kind)
		f.Contact, f.NotMe = "IT service desk, 01225 713000, help@example.com", Link{}
		m := Compose(w.kind, f)
		asks, says := false, false
		for _, p := range m.Paragraphs {
			asks = asks || strings.Contains(p.Text, "k your administrator") || strings.Contains(p.Text, "l your administrator")
			says = says || p.Text == "Contact: IT service desk, 01225 713000, help@example.com."
		}
		if asks != says {
			t.Errorf("%s: asks %t, says %t", w.kind, asks, says)
		}
		if says {
			said++
		}
		f.Contact = ""
		for _, p := range Compose(w.kind, f).Paragraphs {
			if strings.Contains(p.Text, "Contact:") {
				t.Errorf("%s: %q", w.kind, p.Text)
			}
		}
	}
	if said < 3 {
		t.Errorf("only %d messages send their reader to an administrator", said)
	}
}

// TestTimesAreInTheReadersZone: every time of a message is in the zone that its reader
// chose, and names it.
func TestTimesAreInTheReadersZone(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"Europe/Berlin": " CET", "America/Sao_Paulo": " UTC-03", "Asia/Kolkata": " IST"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range all() {
			f := facts(w.kind)
			f.Zone = zone
			for _, p := range Compose(w.kind, f).Paragraphs {
				if strings.Contains(p.Text, "2026, ") && !strings.Contains(p.Text, want) || strings.HasSuffix(p.Text, " UTC.") {
					t.Errorf("%s in %s: %q", w.kind, name, p.Text)
				}
			}
		}
	}
}
