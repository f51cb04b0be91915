package app

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/config"
	"latchkey/internal/user"
	"latchkey/views"
)

// TestFixed_SaysWhatFlagsDecided, which of them were given, and nothing secret.
func TestFixed_SaysWhatFlagsDecided(t *testing.T) {
	t.Parallel()
	base := &url.URL{Scheme: "https", Host: "login.example"}
	var c serveCommand
	for _, f := range c.fixed(config.Config{PasswordCost: user.DefaultCost()}, base) {
		if !f.Default || f.Value == "" || f.Name == "" || "LATCHKEY_"+strings.ToUpper(strings.ReplaceAll(strings.TrimPrefix(f.Flag, "--"), "-", "_")) != f.Variable {
			t.Errorf("%+v", f)
		}
	}
	c.URL, c.TrustedProxies, c.LogFormat, c.SMTP = "https://login.example", "10.0.0.0/8", "json", "smtp://me:secret@mail.example:587"
	got := c.fixed(config.Config{PasswordCost: user.MinCost(), LogJSON: true}, base)
	want := []views.Fixed{
		{Name: "Base URL", Value: "https://login.example", Flag: "--url", Variable: "LATCHKEY_URL"},
		{Name: "Trusted proxies", Value: "10.0.0.0/8", Flag: "--trusted-proxies", Variable: "LATCHKEY_TRUSTED_PROXIES"},
		{Name: "Form of the log", Value: "json", Flag: "--log-format", Variable: "LATCHKEY_LOG_FORMAT"},
		{Name: "Cost of new password hashes", Value: "argon2id:19MiB:2:1", Flag: "--password-hash", Variable: "LATCHKEY_PASSWORD_HASH"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
