package mail

import (
	"errors"
	"net"
	"testing"

	"github.com/wneessen/go-mail/smtp"

	"latchkey/internal/mail/mailtest"
)

// TestAuthenticate_Mechanisms looks at the choice alone; the ways to a connection
// that may be given a password are in send_test.go.
func TestAuthenticate_Mechanisms(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lines []string
		want  error
	}{
		"plain":        {[]string{"220 hi", "250 hi", "250-hi\r\n250 AUTH PLAIN LOGIN", "235 ok"}, nil},
		"only login":   {[]string{"220 hi", "250 hi", "250-hi\r\n250 AUTH XOAUTH2 LOGIN", "334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "235 ok"}, nil},
		"none we know": {[]string{"220 hi", "250 hi", "250-hi\r\n250 AUTH XOAUTH2 NTLM"}, errNoAuth},
		"none":         {[]string{"220 hi", "250 hi", "250 hi"}, errNoAuth},
		"lower case":   {[]string{"220 hi", "250 hi", "250-hi\r\n250 auth plain", "235 ok"}, nil},
		"mixed case":   {[]string{"220 hi", "250 hi", "250-hi\r\n250-Auth Login\r\n250 Size 1000", "334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "235 ok"}, nil},
		"the old way":  {[]string{"220 hi", "250 hi", "250-hi\r\n250 AUTH=LOGIN", "334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "235 ok"}, nil},
		"both ways":    {[]string{"220 hi", "250 hi", "250-hi\r\n250-AUTH NTLM\r\n250 auth=plain", "235 ok"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := scripted(t, c.lines...)
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			s := sender(t, "smtp", mailtest.User, address)
			client, err := smtp.NewClient(conn, s.Server.host)
			if err != nil {
				t.Fatal(err)
			}
			if err := client.Hello(s.domain()); err != nil {
				t.Fatal(err)
			}
			if err := s.authenticate(client); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}
