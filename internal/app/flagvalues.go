package app

import (
	"cmp"
	"net/url"

	"latchkey/internal/config"
	"latchkey/internal/mail"
	"latchkey/internal/password"
	"latchkey/views"
)

// flagValues are what the flags decided, for the settings page that shows it. Nothing of it
// is secret: neither paths nor the mail server's password are among it.
func (c *serveCommand) flagValues(settings config.Config, base *url.URL) []views.FlagValue {
	format := "text"
	if settings.LogJSON {
		format = "json"
	}
	return []views.FlagValue{
		{Name: "Base URL", Value: base.String(), Flag: "--url", Variable: "LATCHKEY_URL", Default: c.URL == ""},
		{Name: "Trusted proxies", Value: cmp.Or(c.TrustedProxies, "none"), Flag: "--trusted-proxies", Variable: "LATCHKEY_TRUSTED_PROXIES", Default: c.TrustedProxies == ""},
		{Name: "Log format", Value: format, Flag: "--log-format", Variable: "LATCHKEY_LOG_FORMAT", Default: c.LogFormat == ""},
		{Name: "Cost of new password hashes", Value: settings.PasswordCost.String(), Flag: "--password-hash", Variable: "LATCHKEY_PASSWORD_HASH", Default: settings.PasswordCost == password.DefaultCost()},
	}
}

// mailFlagValues are the same of mail, for the page that tests it; nil without a mail server.
// from is who sends, with its default in place.
func (c *serveCommand) mailFlagValues(from *mail.Sender) []views.FlagValue {
	if from == nil {
		return nil
	}
	server := views.FlagValue{Name: "Mail server", Value: from.Server.String(), Flag: "--smtp", Variable: "LATCHKEY_SMTP"}
	if c.SMTPFile != "" {
		server.Flag, server.Variable = "--smtp-file", "LATCHKEY_SMTP_FILE"
	}
	return []views.FlagValue{server, {Name: "Mail is sent from", Value: from.From, Flag: "--mail-from", Variable: "LATCHKEY_MAIL_FROM", Default: c.MailFrom == ""}}
}
