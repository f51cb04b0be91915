package mail

import (
	"strings"
	"testing"
	"unicode/utf8"

	"latchkey/internal/mail/mailtest"
)

// hostileFacts has value in every place but the ones the operator decides.
func hostileFacts(k Kind, value string) Facts {
	f := facts(k)
	f.Username, f.IP, f.Browser, f.Detail = value, value, value, value
	return f
}

// TestMA06_HostileFacts sends every kind of message with every attempt in every
// value to a real server, and looks at the whole of what arrives.
func TestMA06_HostileFacts(t *testing.T) {
	t.Parallel()
	if len(attempts) < 25 {
		t.Fatalf("%d attempts", len(attempts))
	}
	for name, value := range attempts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			caught := mailtest.Start(t)
			for _, w := range all() {
				m := Compose(w.kind, hostileFacts(w.kind, value))
				arrives(t, caught, m)
				ours(t, m)
				if got, most := len(m.Paragraphs), len(Compose(w.kind, facts(w.kind)).Paragraphs); got > most {
					t.Errorf("%s has %d paragraphs, harmless %d", w.kind, got, most)
				}
			}
		})
	}
}

// TestMA06_HostileInstance: the operator's own name for the site may hold a dot or
// a slash, but it adds nothing to a message either.
func TestMA06_HostileInstance(t *testing.T) {
	t.Parallel()
	for name, value := range attempts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			caught := mailtest.Start(t)
			for _, k := range []Kind{Invitation, ConfirmAddress, AdminRequest, Test} {
				f := facts(k)
				f.Instance = value
				m := Compose(k, f)
				arrives(t, caught, m)
				for _, text := range append([]string{m.Lead}, texts(m)...) {
					if strings.ContainsFunc(text, unseen) || utf8.RuneCountInString(text) > 450 {
						t.Errorf("%s: %.500q", k, text)
					}
				}
			}
		})
	}
}

// TestMA06_HostileMessage: what comes back out of a queue goes through Send's own
// guards, as if Compose had done nothing.
func TestMA06_HostileMessage(t *testing.T) {
	t.Parallel()
	for name, value := range attempts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			arrives(t, mailtest.Start(t), Message{Kind: Test, ID: value, Instance: value, Subject: value, Lead: "A.",
				Paragraphs: []Paragraph{{Text: value}, {Text: "B.", Link: "https://login.example/"}}})
		})
	}
}

// TestMA01_LinksStayOnTheSite: whatever is given as a path, the host is that of
// the base URL.
func TestMA01_LinksStayOnTheSite(t *testing.T) {
	t.Parallel()
	for name, value := range attempts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, w := range all() {
				f := facts(w.kind)
				f.Link.Path, f.NotMe.Path = value, value
				m := Compose(w.kind, f)
				for _, p := range m.Paragraphs {
					if p.Link != "" && !strings.HasPrefix(p.Link, "https://login.example/") {
						t.Errorf("%s leads to %q", w.kind, p.Link)
					}
				}
				if w.kind == LostPhoneAsked { // it has both links
					arrives(t, mailtest.Start(t), m)
				}
			}
		})
	}
}

// TestMA02_OneRecipient: an address that is more than one, or more than an address,
// is not even asked about.
func TestMA02_OneRecipient(t *testing.T) {
	t.Parallel()
	more := []string{
		"", " ", "ada", "@acme.example", "ada@", " ada@acme.example", "ada@acme.example ", "ada@acme.example\n",
		"<ada@acme.example>", "Ada <ada@acme.example>", `"ada"@acme.example`, "ada@acme.example;x@evil.example",
		"ada@acme.example x@evil.example", "ada@acme.example,x@evil.example", "ada@acme.example>\r\nRCPT TO:<x@evil.example",
		"ada@acme.example\r\nBcc: x@evil.example", "ada@acme.example%0d%0aBcc:x@evil.example", "ada@acme.example> NOTIFY=NEVER",
		"ada@acme.example＠evil.example", "ada@[192.0.2.1]", "ada@acme..example", "ada\u202e@acme.example", "ada@acme.example\x00",
		"@evil.example:ada@acme.example", "x@evil.example@acme.example", "ada(x@evil.example)@acme.example",
		strings.Repeat("a", 65) + "@acme.example", "ada@" + strings.Repeat("a.", 130) + "example",
	}
	for _, value := range attempts {
		more = append(more, value, "ada@"+value)
	}
	s := sender(t, "smtp", "", "127.0.0.1:25")
	s.dial = noDial(t)
	for _, to := range more {
		if answer, err := s.Send(t.Context(), to, resetMail()); err == nil || !Permanent(err) || answer != "" {
			t.Errorf("%.80q was sent to: %q, %v", to, answer, err)
		}
	}
}

// ours checks that a composed message has one line for each sentence and leads
// nowhere else, and that nobody else speaks in it.
func ours(t *testing.T, m Message) {
	t.Helper()
	for _, text := range append([]string{m.Subject, m.Lead}, texts(m)...) {
		if strings.ContainsFunc(text, unseen) || utf8.RuneCountInString(text) > 450 {
			t.Errorf("%s: %.500q", m.Kind, text)
		}
		if strings.Count(text, "“") > 1 || strings.Count(text, "”") > 1 {
			t.Errorf("%s: a quotation ends early: %q", m.Kind, text)
		}
		if plain := strings.ToLower(text); strings.Contains(plain, "evil.example") || strings.Contains(plain, "evil。") {
			t.Errorf("%s leads elsewhere: %q", m.Kind, text)
		}
	}
}

func texts(m Message) (all []string) {
	for _, p := range m.Paragraphs {
		all = append(all, p.Text)
	}
	return all
}
