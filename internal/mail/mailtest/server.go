// Package mailtest is a mail server for tests: it runs in the process of the test,
// takes what it is given, and shows it as a reader's program would.
package mailtest

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// The only user name and password that a secured server takes.
const (
	User     = "latchkey"
	Password = "correct horse/@ battery"
)

// Server is a running mail server on 127.0.0.1. It may be used by several
// goroutines at once.
type Server struct {
	t        testing.TB
	listener net.Listener
	roots    *x509.CertPool // of a secured server

	mutex    sync.Mutex
	messages []Message
	arrived  chan struct{} // closed and replaced at each message
	refuse   func(to string) error
}

// Start runs a plain server without passwords, such as a relay on the same
// machine, until the test ends. Its address is for smtp://.
func Start(t testing.TB) *Server { return start(t, kind{}) }

// StartSTARTTLS runs a server that demands STARTTLS and then User and Password,
// for smtp://. Its certificate is signed by Roots.
func StartSTARTTLS(t testing.TB) *Server { return start(t, kind{secured: true}) }

// StartTLS runs a server that speaks TLS from the first byte and demands User and
// Password, for smtps://. Its certificate is signed by Roots.
func StartTLS(t testing.TB) *Server { return start(t, kind{secured: true, implicit: true}) }

// StartSTARTTLSLower is StartSTARTTLS, with its keywords in lower case.
func StartSTARTTLSLower(t testing.TB) *Server { return start(t, kind{secured: true, lower: true}) }

// StartTLSLower is StartTLS, with its keywords in lower case.
func StartTLSLower(t testing.TB) *Server {
	return start(t, kind{secured: true, implicit: true, lower: true})
}

// StartASCII is Start without SMTPUTF8.
func StartASCII(t testing.TB) *Server { return start(t, kind{ascii: true}) }

// StartLower is Start, with its keywords in lower case.
func StartLower(t testing.TB) *Server { return start(t, kind{lower: true}) }

// kind is what a server is like.
type kind struct{ secured, implicit, lower, ascii bool }

// lowered is a listener whose server says its keywords in lower case, as RFC 5321
// (2.4) allows; in what comes after STARTTLS it can change nothing.
type lowered struct{ net.Listener }

func (l lowered) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return loweredConn{conn}, nil
}

type loweredConn struct{ net.Conn }

func (c loweredConn) Write(p []byte) (int, error) {
	if bytes.HasPrefix(p, []byte("250")) {
		p = bytes.ToLower(p)
	}
	return c.Conn.Write(p)
}

func start(t testing.TB, k kind) *Server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("start a mail server: %v", err)
	}
	s := &Server{t: t, listener: listener, arrived: make(chan struct{})}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		if k.secured {
			return &signedOut{session{server: s}, false}, nil
		}
		return &session{server: s}, nil
	}))
	server.Domain = "mail.example"
	server.EnableSMTPUTF8 = !k.ascii
	server.ErrorLog = log.New(io.Discard, "", 0) // broken connections are part of tests
	if k.secured {
		var certificate tls.Certificate
		certificate, s.roots = selfSigned(t)
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}}
	}
	if k.implicit {
		listener = tls.NewListener(listener, server.TLSConfig)
	}
	if k.lower {
		listener = lowered{listener}
		server.AllowInsecureAuth = k.implicit // the server does not see the TLS below
	}
	var done sync.WaitGroup
	done.Go(func() { server.Serve(listener) })
	t.Cleanup(func() { server.Close(); done.Wait() })
	return s
}

// Address is host:port, to put behind smtp:// or smtps://.
func (s *Server) Address() string { return s.listener.Addr().String() }

// Roots is what to trust to reach a secured server, nil for a plain one.
func (s *Server) Roots() *x509.CertPool { return s.roots }

// Refuse asks f at every recipient from now on: nil takes the recipient, any
// *smtp.SMTPError is answered as it is. A nil f takes everybody again. See Refusal.
func (s *Server) Refuse(f func(to string) error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.refuse = f
}

// Refusal is an answer such as 550 or 451, with class.1.1 as its enhanced code.
func Refusal(code int, text string) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 1, 1}, Message: text}
}

// Messages returns what has arrived, oldest first.
func (s *Server) Messages() []Message {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return slices.Clone(s.messages)
}

// Wait returns the first n messages as soon as they are there; the test fails
// after ten seconds. It is for mail sent by a worker. Call it from the test's own
// goroutine.
func (s *Server) Wait(n int) []Message {
	s.t.Helper()
	for late := time.After(10 * time.Second); ; {
		s.mutex.Lock()
		messages, arrived := slices.Clone(s.messages), s.arrived
		s.mutex.Unlock()
		if len(messages) >= n {
			return messages[:n]
		}
		select {
		case <-arrived:
		case <-late:
			s.t.Fatalf("%d messages arrived, want %d", len(messages), n)
		}
	}
}

// keep stores a message that has arrived whole.
func (s *Server) keep(m Message) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.messages = append(s.messages, m)
	close(s.arrived)
	s.arrived = make(chan struct{})
}

// asked is the refusal for a recipient, if there is one.
func (s *Server) asked(to string) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.refuse == nil {
		return nil
	}
	return s.refuse(to)
}

// session is one conversation.
type session struct {
	server *Server
	from   string
	to     []string
}

func (c *session) Reset()        { c.from, c.to = "", nil }
func (c *session) Logout() error { return nil }

func (c *session) Mail(from string, _ *smtp.MailOptions) error {
	c.from = from
	return nil
}

func (c *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if err := c.server.asked(to); err != nil {
		return err
	}
	c.to = append(c.to, to)
	return nil
}

func (c *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m, err := read(raw)
	if err != nil {
		// A real server takes anything; a test wants to know at once.
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "cannot read the message: " + err.Error()}
	}
	m.Sender, m.Recipients = c.from, slices.Clone(c.to)
	c.server.keep(m)
	return nil
}

// signedOut is a conversation that needs TLS and the password first.
type signedOut struct {
	session
	in bool
}

func (c *signedOut) AuthMechanisms() []string { return []string{sasl.Plain} }

func (c *signedOut) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != User || password != Password {
			return smtp.ErrAuthFailed
		}
		c.in = true
		return nil
	}), nil
}

func (c *signedOut) Mail(from string, options *smtp.MailOptions) error {
	if !c.in {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "Authentication required"}
	}
	return c.session.Mail(from, options)
}
