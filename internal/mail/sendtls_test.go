package mail

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"strings"
	"testing"

	"latchkey/internal/mail/mailtest"
)

func TestSend_STARTTLSAndPassword(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(testing.TB) *mailtest.Server{
		"smtp": mailtest.StartSTARTTLS, "smtps": mailtest.StartTLS,
		"smtp, lower case": mailtest.StartSTARTTLSLower, "smtps, lower case": mailtest.StartTLSLower,
	} {
		scheme, _, _ := strings.Cut(name, ",")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			caught := start(t)
			s := sender(t, scheme, mailtest.User, caught.Address())
			s.roots = caught.Roots()
			if _, err := s.Send(t.Context(), "ada@acme.example", resetMail()); err != nil || len(caught.Messages()) != 1 {
				t.Fatalf("%d messages, %v", len(caught.Messages()), err)
			}
			stranger := sender(t, scheme, "somebody", caught.Address())
			stranger.roots = caught.Roots()
			answer, err := stranger.Send(t.Context(), "ada@acme.example", resetMail())
			if !strings.HasPrefix(answer, "535 ") || err == nil || Permanent(err) || strings.Contains(err.Error(), mailtest.Password) {
				t.Errorf("a wrong user name: answer %q, %v", answer, err)
			}
			s.roots = x509.NewCertPool()
			_, err = s.Send(t.Context(), "ada@acme.example", resetMail())
			if _, unknown := errors.AsType[x509.UnknownAuthorityError](err); !unknown || Permanent(err) {
				t.Errorf("an unknown certificate: %v", err)
			}
			if len(caught.Messages()) != 1 {
				t.Errorf("%d messages arrived, want the first alone", len(caught.Messages()))
			}
		})
	}
}

// TestSend_NothingInTheClear: a server on the network that does not offer
// STARTTLS, or whose offer was struck out on the way, gets neither password nor
// message, and neither does one on this machine that would get a password.
func TestSend_NothingInTheClear(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"smtp://mail.example", "smtp://ada:" + secretText + "@mail.example", "smtp://ada:" + secretText + "@127.0.0.1"} {
		caught := mailtest.Start(t)
		server, err := ParseServer(text)
		if err != nil {
			t.Fatal(err)
		}
		s := &Sender{Server: server, From: "latchkey@login.example", Host: "login.example"}
		s.dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, caught.Address())
		}
		if _, err := s.Send(t.Context(), "ada@acme.example", resetMail()); !errors.Is(err, errNoStartTLS) || Permanent(err) {
			t.Errorf("%s: %v", server, err)
		}
		if len(caught.Messages()) != 0 {
			t.Errorf("%s: the message went out in the clear", server)
		}
	}
}
