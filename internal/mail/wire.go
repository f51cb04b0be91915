package mail

import (
	"bytes"
	"fmt"
	netmail "net/mail"
	"net/netip"
	"regexp"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"golang.org/x/net/idna"

	"latchkey/internal/secret"
)

const (
	maxSubject = 60 // what most lists of messages show
	maxLeft    = 64 // of a Message-ID
)

// idLeft is a dot-atom (RFC 5322, 3.6.4) of letters and digits.
var idLeft = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`)

// recipient returns the one address to send to, its domain in ASCII. It is
// checked here again, although only checked addresses are stored: a second address,
// a header or an SMTP command in it would be sent to somebody else (CVE-2023-7028).
func recipient(to string) (string, error) {
	if to == "" || mailbox(to) == "" {
		return "", &failure{step: "send", err: errNoAddress, permanent: true}
	}
	local, domain, _ := strings.Cut(to, "@")
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil {
		return "", &failure{step: "send", err: errNoAddress, permanent: true}
	}
	return local + "@" + ascii, nil
}

// compile returns the complete message as it goes over the wire.
func (s *Sender) compile(to string, m Message, now time.Time) ([]byte, error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	// Addresses as values: the forms that take text parse it, and a name could add
	// an address of its own.
	msg.FromMailAddress(&netmail.Address{Name: header(m.Instance, maxValue), Address: s.From})
	msg.ToMailAddress(&netmail.Address{Address: to})
	msg.Subject(header(m.Subject, maxSubject))
	msg.SetDateWithValue(now.UTC())
	msg.SetMessageIDWithValue(messageID(m.ID) + "@" + s.domain())
	// Keeps absence notes and mailing lists from answering (RFC 3834).
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(gomail.TypeTextPlain, m.Text())
	msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML())
	var wire bytes.Buffer
	if _, err := msg.WriteTo(&wire); err != nil {
		return nil, fmt.Errorf("write the message: %w", err)
	}
	return wire.Bytes(), nil
}

// messageID returns id if it may stand in a Message-ID, else a new one.
func messageID(id string) string {
	if len(id) > maxLeft || !idLeft.MatchString(id) {
		return secret.ID()
	}
	return id
}

// domain returns Host as it stands in a Message-ID and in EHLO: a name, or an
// address in brackets (RFC 5321, 4.1.3).
func (s *Sender) domain() string {
	if ip, err := netip.ParseAddr(strings.Trim(s.Host, "[]")); err == nil && ip.Zone() == "" {
		if ip.Is4() {
			return "[" + ip.String() + "]"
		}
		return "[IPv6:" + ip.String() + "]"
	}
	if !hostName.MatchString(s.Host) {
		return "localhost"
	}
	return s.Host
}
