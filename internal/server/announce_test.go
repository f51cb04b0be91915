package server

import (
	"bufio"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"

	"latchkey/internal/instance"
	"latchkey/internal/program"
)

// TestAnnounce_SaysHowItIsSetUp: by a link, or where the link is that was printed before; with an
// administrator there is nothing to say.
func TestAnnounce_SaysHowItIsSetUp(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	s := &Server{Program: &program.Program{Instance: &instance.Instance{Config: instance.Config{URL: &url.URL{Scheme: "https", Host: "id.example.org"}}}}}
	for want, first := range map[string]firstStep{
		"Setup: https://id.example.org/setup?code=abc":                        {code: "abc"},
		"There is no administrator yet. The set-up link was printed at an ea": {elsewhere: true},
		"Listening on http://127.0.0.1:":                                      {},
	} {
		read, write := io.Pipe()
		s.announce(write, listener, first)
		if line, err := bufio.NewReader(read).ReadString('\n'); err != nil || !strings.HasPrefix(line, want) {
			t.Errorf("%+v is announced as %q, %v; want %q…", first, line, err, want)
		}
		read.Close()
	}
}
