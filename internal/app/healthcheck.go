package app

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"latchkey/internal/app/cli"
	"latchkey/internal/config"
)

// askFor is how long the server may take to answer.
const askFor = 3 * time.Second

type healthcheckCommand struct {
	Addr string `env:"LATCHKEY_ADDR" default:"127.0.0.1:8080" placeholder:"HOST:PORT|unix:PATH" help:"Address the server listens on."`
}

// Help shows how it is used.
func (healthcheckCommand) Help() string {
	return cli.Examples("healthcheck", "healthcheck --addr 127.0.0.1:9000", "healthcheck --addr unix:/run/latchkey/latchkey.sock")
}

// dials returns how the server is reached: through its socket, or at its port, on this
// machine where it listens on all addresses.
func (c healthcheckCommand) dials() (network, address string, err error) {
	if path, ok := config.SocketPath(c.Addr); ok {
		return "unix", path, nil
	}
	host, port, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return "", "", fmt.Errorf("--addr: %q is neither HOST:PORT nor unix:PATH", c.Addr)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "tcp", net.JoinHostPort(host, port), nil
}

// Run asks /readyz and fails unless the answer is yes.
func (c healthcheckCommand) Run(r *cli.Run) error {
	network, address, err := c.dials()
	if err != nil {
		return cli.UsageError(err)
	}
	// Neither a proxy of the environment nor a redirect may answer for the server.
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	client := http.Client{Timeout: askFor, Transport: &http.Transport{DialContext: dial}, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	answer, err := client.Get("http://localhost/readyz")
	if err != nil {
		return fmt.Errorf("no answer: %w; start latchkey serve, or give its address with --addr", err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 200))
	if err != nil {
		return fmt.Errorf("reading the answer of %s: %w", address, err)
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the server at %s is not ready: %s; its log says why", address, strings.TrimSpace(string(text)))
	}
	_, err = fmt.Fprintln(r.Stdout, "ok")
	return err
}
