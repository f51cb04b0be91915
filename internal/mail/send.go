package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"
)

// How long a server may take: to answer the dial, and for everything.
const (
	dialTime  = 10 * time.Second
	wholeTime = 30 * time.Second
)

// Sender hands messages to one server. It keeps no connection and no state, so
// that many may send at once; nobody changes it meanwhile.
type Sender struct {
	// Server takes the messages.
	Server Server
	// From is the bare ASCII address in From and in the envelope.
	From string
	// Host is the host of the base URL, without a port: the right part of the
	// Message-ID, and our name in EHLO.
	Host string

	// For tests, which have their own certificates and no patience.
	roots *x509.CertPool
	whole time.Duration
	dial  func(ctx context.Context, network, address string) (net.Conn, error)
}

// Send delivers m to one address and returns when the server has taken it, has
// refused it, or 30 seconds have passed, 10 of them for the dial. Answer is what
// the server said when it took or refused the message, as one line of at most 200
// characters; empty if it never came to say. The error is one line and safe to
// show; Permanent tells whether to try again. Ctx ends the attempt early.
//
// The error may come although the server has the message, if the answer was lost.
func (s *Sender) Send(ctx context.Context, to string, m Message) (answer string, err error) {
	if mailbox(s.From) == "" || !ascii(s.From) {
		return "", &failure{step: "send", err: errNoSender}
	}
	to, err = recipient(to)
	if err != nil {
		return "", err
	}
	wire, err := s.compile(to, m, time.Now())
	if err != nil {
		return "", err
	}
	whole := wholeTime
	if s.whole > 0 {
		whole = s.whole
	}
	ctx, cancel := context.WithTimeout(ctx, whole)
	defer cancel()
	conn, err := s.connect(ctx)
	if err != nil {
		return fail(ctx, "connect to "+s.Server.address(), err)
	}
	defer conn.Close()
	// The SMTP client knows no context; a closed connection it notices.
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	client, answer, err := s.greet(ctx, conn)
	if err != nil {
		return answer, err
	}
	defer client.Quit()
	return s.transfer(ctx, client, to, wire)
}

// Try goes as far as a message could be sent, and sends none. It takes as long as Send at most, and its error
// is as safe to show.
func (s *Sender) Try(ctx context.Context) error {
	if mailbox(s.From) == "" || !ascii(s.From) {
		return &failure{step: "send", err: errNoSender}
	}
	ctx, cancel := context.WithTimeout(ctx, wholeTime)
	defer cancel()
	conn, err := s.connect(ctx)
	if err != nil {
		_, err = fail(ctx, "connect to "+s.Server.address(), err)
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	client, _, err := s.greet(ctx, conn)
	if err == nil {
		client.Quit()
	}
	return err
}

// connect dials, and with smtps makes the connection secret.
func (s *Sender) connect(ctx context.Context) (net.Conn, error) {
	dial := s.dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: dialTime}).DialContext
	}
	conn, err := dial(ctx, "tcp", s.Server.address())
	if err != nil || !s.Server.implicit {
		return conn, err
	}
	secured := tls.Client(conn, s.tls())
	if err := secured.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, err
	}
	return secured, nil
}

// tls is the configuration: the system's certificates, the server's name, TLS 1.2.
// There is no way to leave the check out.
func (s *Sender) tls() *tls.Config {
	return &tls.Config{ServerName: s.Server.host, RootCAs: s.roots, MinVersion: tls.VersionTLS12}
}

// greet brings a new connection to where a message may be sent. What the server
// said before STARTTLS is forgotten by the client (RFC 3207, 4.2).
func (s *Sender) greet(ctx context.Context, conn net.Conn) (*smtp.Client, string, error) {
	client, err := smtp.NewClient(conn, s.Server.host)
	step := "wait for the greeting of " + s.Server.address()
	if err == nil {
		step, err = "greet "+s.Server.address(), client.Hello(s.domain())
	}
	if err == nil && s.Server.upgrades() {
		step, err = "secure the connection to "+s.Server.address(), s.upgrade(client)
	}
	if err == nil && s.Server.user != "" {
		step, err = "sign in to "+s.Server.address(), s.authenticate(client)
	}
	if err != nil {
		answer, err := fail(ctx, step, err)
		return nil, answer, err
	}
	return client, "", nil
}

// upgrade makes the connection secret or fails. It does not look whether the server
// offers that, since one that does not refuses the command.
func (s *Sender) upgrade(client *smtp.Client) error {
	err := client.StartTLS(s.tls())
	if said, ok := errors.AsType[*textproto.Error](err); ok && said.Code >= 500 {
		return fmt.Errorf("%w: it says %q", errNoStartTLS, spoken(said.Code, said.Msg))
	}
	return err
}

// extensions asks the server once more what it offers: keywords, which may come in
// any case (RFC 5321, 2.4), in capitals, with what follows them. The client's own
// reading knows capitals only.
func (s *Sender) extensions(client *smtp.Client) (map[string]string, error) {
	id, err := client.Text.Cmd("EHLO %s", s.domain())
	if err != nil {
		return nil, err
	}
	client.Text.StartResponse(id)
	defer client.Text.EndResponse(id)
	_, answer, err := client.Text.ReadResponse(250)
	if err != nil {
		return nil, err
	}
	offered := map[string]string{}
	for line := range strings.Lines(answer) {
		// "AUTH=LOGIN" is how servers said it before RFC 4954, and some still do.
		keyword, rest, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(line))+" ", " ")
		if old, ok := strings.CutPrefix(keyword, "AUTH="); ok {
			keyword, rest = "AUTH", old+" "+rest
		}
		offered[keyword] += " " + rest
	}
	return offered, nil
}

// authenticate shows the password, in one of the two ways that every server has
// over TLS.
func (s *Sender) authenticate(client *smtp.Client) error {
	offered, err := s.extensions(client)
	if err != nil {
		return err
	}
	for _, mechanism := range strings.Fields(offered["AUTH"]) {
		switch mechanism {
		case "PLAIN":
			return client.Auth(smtp.PlainAuth("", s.Server.user, s.Server.password, s.Server.host, false))
		case "LOGIN":
			return client.Auth(smtp.LoginAuth(s.Server.user, s.Server.password, s.Server.host, false))
		}
	}
	return errNoAuth
}

// transfer is one mail transaction (RFC 5321, 3.3).
func (s *Sender) transfer(ctx context.Context, client *smtp.Client, to string, wire []byte) (string, error) {
	from := "<" + s.From + ">"
	client.SkipSMTPUTF8(true) // it would be asked for no matter who the recipient is
	if !ascii(to) {
		offered, err := s.extensions(client)
		if err != nil {
			return fail(ctx, "greet "+s.Server.address(), err)
		}
		if _, ok := offered["SMTPUTF8"]; !ok {
			return "", &failure{step: "name the recipient", err: errNoUTF8, permanent: true}
		}
		from += " SMTPUTF8"
	}
	if err := client.Mail(from); err != nil {
		return fail(ctx, "name the sender", err)
	}
	if err := client.Rcpt("<" + to + ">"); err != nil {
		return refuse(ctx, "name the recipient", err)
	}
	data, err := client.Data()
	if err != nil {
		return refuse(ctx, "announce the message", err)
	}
	if _, err = data.Write(wire); err == nil {
		err = data.Close()
	}
	if err != nil {
		return refuse(ctx, "hand over the message", err)
	}
	return spoken(250, data.(*smtp.DataCloser).ServerResponse()), nil
}

// ascii reports whether text needs no SMTPUTF8 (RFC 6531): asked for without need,
// the next server on the way may have to refuse the message.
func ascii(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r > 0x7e })
}
