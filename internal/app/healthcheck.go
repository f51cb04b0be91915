package app

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// askFor is how long the server may take to answer.
const askFor = 3 * time.Second

type healthcheckCommand struct {
	Addr string `env:"LATCHKEY_ADDR" default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Address that the server listens on."`
}

// Help shows how it is used.
func (healthcheckCommand) Help() string {
	return examples("healthcheck", "healthcheck --addr 127.0.0.1:9000")
}

// Run asks /readyz and fails unless the answer is yes.
func (c healthcheckCommand) Run(r *run) error {
	host, port, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return usageError{fmt.Errorf("--addr: %q is not HOST:PORT", c.Addr)}
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	address := "http://" + net.JoinHostPort(host, port)
	// Neither a proxy of the environment nor a redirect may answer for the server.
	client := http.Client{Timeout: askFor, Transport: &http.Transport{}, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	answer, err := client.Get(address + "/readyz")
	if err != nil {
		return fmt.Errorf("no answer: %w; start latchkey serve, or name its address with --addr", err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 200))
	if err != nil {
		return fmt.Errorf("reading the answer of %s: %w", address, err)
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the server at %s is not ready: %s; its log says why", address, strings.TrimSpace(string(text)))
	}
	_, err = fmt.Fprintln(r.stdout, "ok")
	return err
}
