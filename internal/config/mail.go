package config

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"latchkey/internal/mail"
	"latchkey/internal/user"
)

// mailServer reads --smtp, or the file that holds it. The value may hold a password
// and is never repeated.
func (s Serve) mailServer() (*mail.Server, error) {
	text, flag := s.SMTP, "--smtp"
	if s.SMTPFile != "" {
		if text != "" {
			return nil, errors.New("--smtp and --smtp-file: use only one of them")
		}
		flag = "--smtp-file"
		var err error
		if text, err = secretFrom(s.SMTPFile); err != nil {
			return nil, fmt.Errorf("--smtp-file: %w", err)
		}
	}
	if text == "" {
		return nil, nil
	}
	server, err := mail.ParseServer(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	return &server, nil
}

// mailFrom checks --mail-from. The sender of an envelope has to be ASCII: not every
// server takes another, and then it takes no message at all.
func (s Serve) mailFrom() (string, error) {
	if s.MailFrom == "" {
		return "", nil
	}
	address, _, err := user.CheckEmail(s.MailFrom)
	if err != nil || strings.ContainsFunc(address, func(r rune) bool { return r > unicode.MaxASCII }) {
		return "", errors.New("--mail-from: not an address such as latchkey@example.com")
	}
	return address, nil
}
