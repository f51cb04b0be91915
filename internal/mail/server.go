package mail

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// Server is a mail server to hand messages to. It prints without its password;
// copies are independent.
type Server struct {
	host           string // name or address, without brackets
	port           int
	implicit       bool // TLS from the first byte (smtps, RFC 8314)
	user, password string
}

// hostName is what may stand for a server's name.
var hostName = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?$`)

// ParseServer reads smtp://user:password@host:587 or smtps://host:465; these are
// the default ports (RFC 8314). With smtp the connection must be upgraded by
// STARTTLS before anything is sent; only to this machine, and without a password,
// it stays plain.
//
// The error is one sentence that repeats nothing of text: a password with a / or @
// in it is taken for another part of the URL, and would stand in the log.
func ParseServer(text string) (Server, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return Server{}, errors.New("not of the form smtp://user:password@mail.example:587 or smtps://…; write @ / ? # % : in a password as %40 %2F %3F %23 %25 %3A")
	}
	if u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return Server{}, errors.New("there is something after the host and port")
	}
	s := Server{host: strings.ToLower(u.Hostname()), implicit: u.Scheme == "smtps"}
	if _, err := netip.ParseAddr(s.host); (err != nil || strings.Contains(s.host, "%")) && !hostName.MatchString(s.host) {
		return Server{}, errors.New("the host is not a name or an address")
	}
	if s.port, err = smtpPort(u); err != nil {
		return Server{}, err
	}
	s.user = u.User.Username()
	s.password, _ = u.User.Password()
	if (s.user == "") != (s.password == "") {
		return Server{}, errors.New("a user name needs a password, and a password a user name")
	}
	if strings.ContainsFunc(s.user+s.password, unicode.IsControl) {
		return Server{}, errors.New("the user name or password has control characters")
	}
	return s, nil
}

// smtpPort returns the port in u or the scheme's own.
func smtpPort(u *url.URL) (int, error) {
	if u.Port() == "" && !strings.HasSuffix(u.Host, ":") {
		if u.Scheme == "smtps" {
			return 465, nil
		}
		return 587, nil
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil || port == 0 {
		return 0, errors.New("the port must be from 1 to 65535")
	}
	return int(port), nil
}

// String returns the URL without user name and password.
func (s Server) String() string {
	scheme := "smtp://"
	if s.implicit {
		scheme = "smtps://"
	}
	return scheme + s.address()
}

// GoString keeps %#v from printing the password.
func (s Server) GoString() string { return s.String() }

// address is what to dial.
func (s Server) address() string { return net.JoinHostPort(s.host, strconv.Itoa(s.port)) }

// local reports whether the server is on this machine.
func (s Server) local() bool {
	ip, err := netip.ParseAddr(s.host)
	return s.host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

// upgrades reports whether nothing may be sent before STARTTLS. Somebody who sits on
// the way can strike the offer out of the server's greeting, so it is demanded and
// never merely used if there; a password is not sent in the clear anywhere.
func (s Server) upgrades() bool { return !s.implicit && (!s.local() || s.user != "") }
