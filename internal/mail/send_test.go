package mail

import (
	"context"
	"errors"
	"net"
	netmail "net/mail"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/mail/mailtest"
)

// sender returns one that reaches address, over scheme and with the password of
// mailtest if user is set.
func sender(t *testing.T, scheme, user, address string) *Sender {
	t.Helper()
	u := url.URL{Scheme: scheme, Host: address}
	if user != "" {
		u.User = url.UserPassword(user, mailtest.Password)
	}
	server, err := ParseServer(u.String())
	if err != nil {
		t.Fatal(err)
	}
	return &Sender{Server: server, From: "latchkey@login.example", Host: "login.example"}
}

func resetMail() Message { return Compose(ResetPassword, facts(ResetPassword)) }

func TestSend_Delivers(t *testing.T) {
	t.Parallel()
	caught := mailtest.Start(t)
	m := resetMail()
	m.ID = "4t0q.1"
	before := time.Now().Add(-time.Minute)
	answer, err := sender(t, "smtp", "", caught.Address()).Send(t.Context(), "ada@acme.example", m)
	if err != nil || !strings.HasPrefix(answer, "250 ") {
		t.Fatalf("answer %q, %v", answer, err)
	}
	got := caught.Messages()
	if len(got) != 1 {
		t.Fatalf("%d messages arrived", len(got))
	}
	type seen struct {
		Sender           string
		Recipients       []string
		From, To, Subj   string
		Text, HTML       string
		Auto, ID, MIME   string
		First, Second    string
		Links            []string
		KnowsTheSoftware bool
	}
	h := got[0].Header
	want := seen{
		Sender: "latchkey@login.example", Recipients: []string{"ada@acme.example"},
		From: `"Acme Portal" <latchkey@login.example>`, To: "<ada@acme.example>", Subj: "Choose a new password",
		Text: m.Text(), HTML: m.HTML(), Auto: "auto-generated", ID: "<4t0q.1@login.example>", MIME: "1.0",
		First: "text/plain; charset=UTF-8", Second: "text/html; charset=UTF-8", Links: []string{"https://login.example/reset/h4YbU0w"},
	}
	have := seen{
		got[0].Sender, got[0].Recipients, got[0].From, got[0].To, got[0].Subject, got[0].Text, got[0].HTML,
		h.Get("Auto-Submitted"), h.Get("Message-Id"), h.Get("Mime-Version"),
		got[0].Parts[0].Get("Content-Type"), got[0].Parts[1].Get("Content-Type"), got[0].Links(),
		h.Get("User-Agent")+h.Get("X-Mailer") != "",
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if date, err := h.Date(); err != nil || date.Before(before) || date.After(time.Now()) {
		t.Errorf("date %v, %v", date, err)
	}
}

func TestSend_NewMessageIDs(t *testing.T) {
	t.Parallel()
	caught := mailtest.Start(t)
	s := sender(t, "smtp", "", caught.Address())
	for host, right := range map[string]string{
		"login.example": "@login.example>", "127.0.0.1": "@[127.0.0.1]>", "::1": "@[IPv6:::1]>", "[::1]": "@[IPv6:::1]>",
		"a b\r\nBcc: x@evil.example": "@localhost>", "": "@localhost>",
	} {
		s.Host = host
		if _, err := s.Send(t.Context(), "ada@acme.example", resetMail()); err != nil {
			t.Fatalf("%q: %v", host, err)
		}
		got := caught.Messages()
		if id := got[len(got)-1].Header.Get("Message-Id"); !strings.HasSuffix(id, right) || len(id) < 26+len(right) {
			t.Errorf("host %q: %s, want …%s", host, id, right)
		}
	}
	ids := map[string]bool{}
	for _, m := range caught.Messages() {
		ids[m.Header.Get("Message-Id")] = true
	}
	if len(ids) != 6 {
		t.Errorf("%d ids for 6 messages", len(ids))
	}
}

func TestSend_ServerDown(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	answer, err := sender(t, "smtp", "", listener.Addr().String()).Send(t.Context(), "ada@acme.example", resetMail())
	if answer != "" || err == nil || Permanent(err) || !strings.HasPrefix(err.Error(), "connect to 127.0.0.1:") {
		t.Errorf("answer %q, error %v", answer, err)
	}
}

// TestSend_SilentServer: at whichever point a server falls silent, sending ends in
// the time it has, and is tried again.
func TestSend_SilentServer(t *testing.T) {
	t.Parallel()
	for name, lines := range map[string][]string{
		"no greeting": nil, "no hello": {"220 hi"}, "no sender": {"220 hi", "250 hi"}, "no recipient": {"220 hi", "250 hi", "250 ok"},
		"no data": {"220 hi", "250 hi", "250 ok", "250 ok"}, "no receipt": {"220 hi", "250 hi", "250 ok", "250 ok", "354 go"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sender(t, "smtp", "", scripted(t, lines...))
			s.whole = 100 * time.Millisecond
			answer, err := s.Send(t.Context(), "ada@acme.example", resetMail())
			if answer != "" || !errors.Is(err, context.DeadlineExceeded) || Permanent(err) || !strings.Contains(err.Error(), "no answer in time") {
				t.Errorf("answer %q, error %v", answer, err)
			}
		})
	}
}

func TestSend_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	s := sender(t, "smtp", "", scripted(t, "220 hi"))
	ctx, cancel := context.WithCancel(t.Context())
	s.dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		cancel() // after the dial, where only the conversation is left
		return conn, err
	}
	if _, err := s.Send(ctx, "ada@acme.example", resetMail()); !errors.Is(err, context.Canceled) || Permanent(err) {
		t.Errorf("error %v", err)
	}
}

// TestSend_AddressThatTheServerCannotTake: the reason is said, and nothing is tried
// again.
func TestSend_AddressThatTheServerCannotTake(t *testing.T) {
	t.Parallel()
	ascii, lower := mailtest.StartASCII(t), mailtest.StartLower(t)
	s := sender(t, "smtp", "", ascii.Address())
	if _, err := s.Send(t.Context(), "zoë@acme.example", resetMail()); !errors.Is(err, errNoUTF8) || !Permanent(err) {
		t.Errorf("without SMTPUTF8: %v", err)
	}
	if _, err := s.Send(t.Context(), "ada@bücher.example", resetMail()); err != nil || len(ascii.Messages()) != 1 {
		t.Errorf("a domain in another script needs no SMTPUTF8: %v", err)
	}
	if _, err := sender(t, "smtp", "", lower.Address()).Send(t.Context(), "zoë@acme.example", resetMail()); err != nil || len(lower.Messages()) != 1 {
		t.Errorf("smtputf8 in lower case: %v", err)
	}
}

func TestSend_AddressesInOtherScripts(t *testing.T) {
	t.Parallel()
	caught := mailtest.Start(t)
	s := sender(t, "smtp", "", caught.Address())
	for to, want := range map[string]string{"ada@bücher.example": "ada@xn--bcher-kva.example", "zoë@acme.example": "zoë@acme.example"} {
		if _, err := s.Send(t.Context(), to, resetMail()); err != nil {
			t.Fatalf("%s: %v", to, err)
		}
		all := caught.Messages()
		got := all[len(all)-1]
		if to, err := netmail.ParseAddress(got.To); err != nil || to.Address != want || !cmp.Equal(got.Recipients, []string{want}) {
			t.Errorf("%s went to %q, header %q", to, got.Recipients, got.To)
		}
	}
}

func TestSend_BadSender(t *testing.T) {
	t.Parallel()
	for _, from := range []string{"", "latchkey", "a@b, c@d", "A <a@b>", "a@b\r\nBcc: c@d", "zoë@acme.example"} {
		s := sender(t, "smtp", "", "127.0.0.1:25")
		s.From, s.dial = from, noDial(t)
		if _, err := s.Send(t.Context(), "ada@acme.example", resetMail()); !errors.Is(err, errNoSender) || Permanent(err) {
			t.Errorf("%q: %v", from, err)
		}
	}
}

// noDial fails the test when something is dialled.
func noDial(t *testing.T) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		t.Error("the server was asked")
		return nil, errors.New("no")
	}
}
