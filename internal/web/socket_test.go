package web

import (
	"context"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"testing"

	"latchkey/internal/web/conns"
	"latchkey/internal/web/route"
)

// TestAU09_UnixSocket: what really comes over a unix socket is from a trusted proxy, and
// has no address of its own.
func TestAU09_UnixSocket(t *testing.T) {
	t.Parallel()
	s := newSite(t, "https://login.example", func(s *Site) {
		s.Get("/ip", route.Anyone, func(v *Visitor) error {
			r := v.Reach()
			text := v.IP() + " " + r.Scheme
			for _, one := range r.Troubles {
				text += "; " + one.Text
			}
			return v.Text(text)
		})
	})
	path := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	server := conns.NewServer(s, s.Log)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(LimitConnections(s, listener)) }()
	t.Cleanup(func() { server.Close(); <-ended })
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}}}
	for forwarded, want := range map[string]string{
		"198.51.100.9:4711":     "198.51.100.9 https",
		"1.1.1.1, 198.51.100.9": "198.51.100.9 https",
		"1.1.1.1, unix:": "unix https; The proxy at the unix socket is trusted as a proxy, but the last entry of the X-Forwarded-For it sent is not an address." +
			" Everyone who connects that way shares the same limits.",
		"": "unix https; The proxy at the unix socket is trusted as a proxy but sent no X-Forwarded-For. Everyone who connects that way shares the same limits.",
	} {
		r, err := http.NewRequest(http.MethodGet, "http://login.example/ip", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Forwarded-Proto", "https")
		if forwarded != "" {
			r.Header.Set("X-Forwarded-For", forwarded)
		}
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || string(body) != want {
			t.Errorf("%q: %q, %v", forwarded, body, err)
		}
	}
}
