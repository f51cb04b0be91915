package app

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/config"
	"latchkey/internal/mail"
	"latchkey/internal/password"
	"latchkey/views"
)

// TestFixed_SaysWhatFlagsDecided, which of them were given, and nothing secret.
func TestFixed_SaysWhatFlagsDecided(t *testing.T) {
	t.Parallel()
	base := &url.URL{Scheme: "https", Host: "login.example"}
	var c serveCommand
	for _, f := range c.flagValues(config.Config{PasswordCost: password.DefaultCost()}, base) {
		if !f.Default || f.Value == "" || f.Name == "" || "LATCHKEY_"+strings.ToUpper(strings.ReplaceAll(strings.TrimPrefix(f.Flag, "--"), "-", "_")) != f.Variable {
			t.Errorf("%+v", f)
		}
	}
	c.URL, c.TrustedProxies, c.LogFormat, c.SMTP = "https://login.example", "10.0.0.0/8", "json", "smtp://me:secret@mail.example:587"
	got := c.flagValues(config.Config{PasswordCost: password.MinCost(), LogJSON: true}, base)
	want := []views.FlagValue{
		{Name: "Base URL", Value: "https://login.example", Flag: "--url", Variable: "LATCHKEY_URL"},
		{Name: "Trusted proxies", Value: "10.0.0.0/8", Flag: "--trusted-proxies", Variable: "LATCHKEY_TRUSTED_PROXIES"},
		{Name: "Private networks for streams", Value: "none", Flag: "--stream-networks", Variable: "LATCHKEY_STREAM_NETWORKS", Default: true},
		{Name: "Log format", Value: "json", Flag: "--log-format", Variable: "LATCHKEY_LOG_FORMAT"},
		{Name: "Cost of new password hashes", Value: "argon2id:19MiB:2:1", Flag: "--password-hash", Variable: "LATCHKEY_PASSWORD_HASH"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFixed_SaysWhichFlagDecidedMail(t *testing.T) {
	t.Parallel()
	server, err := mail.ParseServer("smtp://me:secret@mail.example:587")
	if err != nil {
		t.Fatal(err)
	}
	sender := &mail.Sender{Server: server, From: "latchkey@login.example", Host: "login.example"}
	var c serveCommand
	if got := c.mailFlagValues(nil); got != nil {
		t.Errorf("without mail: %+v", got)
	}
	c.SMTPFile = "/etc/latchkey/smtp"
	want := []views.FlagValue{
		{Name: "Mail server", Value: "smtp://mail.example:587", Flag: "--smtp-file", Variable: "LATCHKEY_SMTP_FILE"},
		{Name: "Mail is sent from", Value: "latchkey@login.example", Flag: "--mail-from", Variable: "LATCHKEY_MAIL_FROM", Default: true},
	}
	if diff := cmp.Diff(want, c.mailFlagValues(sender)); diff != "" {
		t.Error(diff)
	}
	c.SMTPFile, c.MailFrom, sender.From = "", "help@example.com", "help@example.com"
	want[0].Flag, want[0].Variable = "--smtp", "LATCHKEY_SMTP"
	want[1].Value, want[1].Default = "help@example.com", false
	if diff := cmp.Diff(want, c.mailFlagValues(sender)); diff != "" {
		t.Error(diff)
	}
}
