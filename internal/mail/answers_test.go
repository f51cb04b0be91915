package mail

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"
	"unicode/utf8"

	"latchkey/internal/mail/mailtest"
)

func TestSend_RefusedRecipient(t *testing.T) {
	t.Parallel()
	caught := mailtest.Start(t)
	s := sender(t, "smtp", "", caught.Address())
	for code, final := range map[int]bool{550: true, 553: true, 451: false, 421: false, 530: false, 535: false} {
		caught.Refuse(func(string) error { return mailtest.Refusal(code, "not now or never") })
		answer, err := s.Send(t.Context(), "ada@acme.example", resetMail())
		if want := fmt.Sprintf("%d %d.1.1 not now or never", code, code/100); answer != want {
			t.Errorf("answer %q, want %q", answer, want)
		}
		if err == nil || Permanent(err) != final {
			t.Errorf("%d: permanent %v, want %v (%v)", code, Permanent(err), final, err)
		}
	}
	caught.Refuse(func(to string) error {
		if to == "ada@acme.example" {
			return nil
		}
		return mailtest.Refusal(550, "no such user")
	})
	if _, err := s.Send(t.Context(), "ada@acme.example", resetMail()); err != nil || len(caught.Wait(1)) != 1 {
		t.Errorf("the greylisted message did not arrive later: %v", err)
	}
}

// scripted is a server that says one line after the other, whatever it hears; it
// reads a message after a 354. After the last line it says nothing.
func scripted(t *testing.T, lines ...string) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { listener.Close(); <-done })
	go func() {
		defer close(done)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		heard := bufio.NewReader(conn)
		for _, line := range lines {
			fmt.Fprintf(conn, "%s\r\n", line)
			for end := false; !end; {
				text, err := heard.ReadString('\n')
				if err != nil {
					return
				}
				end = !strings.HasPrefix(line, "354") || text == ".\r\n"
			}
		}
		heard.ReadString(0) // until the client has had enough
	}()
	return listener.Addr().String()
}

func TestSend_AnswersOfTheServer(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("very ", 200)
	for name, c := range map[string]struct {
		lines  []string
		answer string
		final  bool
	}{
		"accepted":          {[]string{"220 hi", "250 hi", "250 ok", "250 ok", "354 go", "250 2.0.0 queued as 7A1", "221 bye"}, "250 2.0.0 queued as 7A1", false},
		"accepted, no bye":  {[]string{"220 hi", "250 hi", "250 ok", "250 ok", "354 go", "250 queued", "500 what?"}, "250 queued", false},
		"greeted with 554":  {[]string{"554 go away"}, "554 go away", false},
		"greeted with 421":  {[]string{"421 busy"}, "421 busy", false},
		"hello refused":     {[]string{"220 hi", "550 no", "550 no"}, "550 no", false},
		"sender refused":    {[]string{"220 hi", "250 hi", "553 not your domain", "221 bye"}, "553 not your domain", false},
		"recipient refused": {[]string{"220 hi", "250 hi", "250 ok", "550-5.1.1 no\x1b[31m\r\n550 5.1.1 such\tuser", "221 bye"}, "550 5.1.1 no [31m 5.1.1 such user", true},
		"data refused":      {[]string{"220 hi", "250 hi", "250 ok", "250 ok", "554 no", "221 bye"}, "554 no", true},
		"data not now":      {[]string{"220 hi", "250 hi", "250 ok", "250 ok", "452 full", "221 bye"}, "452 full", false},
		"message refused":   {[]string{"220 hi", "250 hi", "250 ok", "250 ok", "354 go", "554 5.7.1 spam", "221 bye"}, "554 5.7.1 spam", true},
		"message not now":   {[]string{"220 hi", "250 hi", "250 ok", "250 ok", "354 go", "451 later", "221 bye"}, "451 later", false},
		"a flood of words":  {[]string{"220 hi", "250 hi", "250 ok", "550 " + long, "221 bye"}, ("550 " + long)[:198] + "…", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer, err := sender(t, "smtp", "", scripted(t, c.lines...)).Send(t.Context(), "ada@acme.example", resetMail())
			if answer != c.answer {
				t.Errorf("answer %q, want %q", answer, c.answer)
			}
			if accepted := strings.HasPrefix(c.answer, "250"); accepted != (err == nil) || Permanent(err) != c.final {
				t.Errorf("error %v, permanent %v, want %v", err, Permanent(err), c.final)
			}
			if err != nil && (strings.ContainsAny(err.Error(), "\r\n\t\x1b") || utf8.RuneCountInString(err.Error()) > 300) {
				t.Errorf("the error is not one short line: %q", err)
			}
		})
	}
}
