package mail

import (
	"fmt"
	"strings"
	"testing"
)

func TestParseServer(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		server   Server
		printed  string
		upgrades bool
	}{
		"smtp://mail.example":                         {Server{host: "mail.example", port: 587}, "smtp://mail.example:587", true},
		"smtp://MAIL.example:25/":                     {Server{host: "mail.example", port: 25}, "smtp://mail.example:25", true},
		"smtp://ada:s3cret@mail.example":              {Server{"mail.example", 587, false, "ada", "s3cret"}, "smtp://mail.example:587", true},
		"smtp://ada%40acme.example:p%2F%40%3A@mail.x": {Server{"mail.x", 587, false, "ada@acme.example", "p/@:"}, "smtp://mail.x:587", true},
		"smtps://mail.example":                        {Server{host: "mail.example", port: 465, implicit: true}, "smtps://mail.example:465", false},
		"smtps://ada:s3cret@192.0.2.1:4650":           {Server{"192.0.2.1", 4650, true, "ada", "s3cret"}, "smtps://192.0.2.1:4650", false},
		"smtp://localhost:1025":                       {Server{host: "localhost", port: 1025}, "smtp://localhost:1025", false},
		"smtp://127.0.0.1:25":                         {Server{host: "127.0.0.1", port: 25}, "smtp://127.0.0.1:25", false},
		"smtp://[::1]:25":                             {Server{host: "::1", port: 25}, "smtp://[::1]:25", false},
		"smtp://ada:s3cret@localhost":                 {Server{"localhost", 587, false, "ada", "s3cret"}, "smtp://localhost:587", true},
		"smtp://localhost.evil.example":               {Server{host: "localhost.evil.example", port: 587}, "smtp://localhost.evil.example:587", true},
		"smtp://127.0.0.1.evil.example":               {Server{host: "127.0.0.1.evil.example", port: 587}, "smtp://127.0.0.1.evil.example:587", true},
	} {
		got, err := ParseServer(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got != want.server || got.String() != want.printed || got.upgrades() != want.upgrades {
			t.Errorf("%s: host %q port %d user %q, printed %s, upgrades %v", text, got.host, got.port, got.user, got, got.upgrades())
		}
	}
}

// secretText is a password that no error and no print may hold.
const secretText = "hunter2hunter2"

func TestParseServer_RefusalsKeepThePassword(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", secretText, "mail.example:25", "//ada:" + secretText + "@mail.example", "http://ada:" + secretText + "@mail.example",
		secretText + "://mail.example", "smtp:ada:" + secretText + "@mail.example",
		"smtp://", "smtp://:587", "smtp://ada:" + secretText + "@", "smtp://ada:" + secretText + "@:587",
		"smtp://ada:" + secretText + "/x@mail.example", "smtp://ada:" + secretText + "@x@mail.example:port",
		"smtp://ada:" + secretText + "#x@mail.example", "smtp://ada:" + secretText + "?x@mail.example",
		"smtp://ada:%zz" + secretText + "@mail.example", "smtp://ada:" + secretText + " x@mail.example",
		"smtp://ada:" + secretText + "@mail.example:0", "smtp://ada:" + secretText + "@mail.example:65536",
		"smtp://ada:" + secretText + "@mail.example:", "smtp://ada:" + secretText + "@mail.example:25x",
		"smtp://ada:" + secretText + "@mail.example/" + secretText, "smtp://mail.example?password=" + secretText,
		"smtp://mail.example?", "smtp://mail.example#" + secretText, "smtp://ada@mail.example", "smtp://:" + secretText + "@mail.example",
		"smtp://ada:" + secretText + "%0d%0aRSET@mail.example", "smtp://ad%00a:" + secretText + "@mail.example",
		"smtp://ada:" + secretText + "@[fe80::1%25eth0]", "smtp://ada:" + secretText + "@mail_.-.example..", "smtp://a b", "smtp://mäil.example",
	} {
		got, err := ParseServer(text)
		if err == nil {
			t.Errorf("%q was taken as %s", text, got)
			continue
		}
		if strings.Contains(err.Error(), secretText) || strings.ContainsAny(err.Error(), "\r\n") || got != (Server{}) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestServer_PrintsWithoutThePassword(t *testing.T) {
	t.Parallel()
	server, err := ParseServer("smtp://ada:" + secretText + "@mail.example")
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []any{server, &server, Sender{Server: server}, &Sender{Server: server}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			if text := fmt.Sprintf(verb, value); strings.Contains(text, secretText) {
				t.Errorf("%s of %T holds the password: %s", verb, value, text)
			}
		}
	}
}

func FuzzParseServer(f *testing.F) {
	f.Add("smtp://ada:s3cret@mail.example:587")
	f.Add("smtps://[::1]:465")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseServer(text)
		if err != nil {
			return
		}
		again, err := ParseServer(s.String())
		if err != nil || again.host != s.host || again.port != s.port || again.implicit != s.implicit {
			t.Errorf("%q prints as %s, which reads as %v, %v", text, s, again, err)
		}
		if !s.implicit && !s.upgrades() && (s.password != "" || !s.local()) {
			t.Errorf("%q would go out in the clear", text)
		}
	})
}
