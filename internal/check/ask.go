package check

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	// askFor is how long one answer may take, 5 seconds.
	askFor = 5 * time.Second
	// maxRead is how much of an answer is looked at, 64 KB.
	maxRead = 64 << 10
	// soon is how long before its end a certificate is told of, 14 days.
	soon = 14 * 24 * time.Hour
)

// answer is what came back.
type answer struct {
	status   int
	location *url.URL // where it leads, absolute; nil for nowhere
	header   http.Header
	cookies  []*http.Cookie
	body     []byte
	ends     time.Time // of the certificate; zero without TLS
}

// client asks as a browser would, but follows nothing and keeps nothing. No proxy of the
// environment may answer for the host.
func (c *Checker) client() *http.Client {
	dialer := &net.Dialer{Timeout: askFor}
	return &http.Client{
		Timeout: askFor,
		Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: c.Roots}, MaxConnsPerHost: 2, IdleConnTimeout: askFor,
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				if to := c.Dials[address]; to != "" {
					address = to
				}
				return dialer.DialContext(ctx, network, address)
			},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// ask sends a GET as a browser does that opens a page, with these headers besides, written as
// they are.
func ask(ctx context.Context, client *http.Client, address string, headers http.Header) (a answer, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return a, err
	}
	r.Header = http.Header{"User-Agent": {"latchkey check"}, "Accept": {"text/html"}, "Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"document"}}
	for name, values := range headers {
		r.Header[name] = values
	}
	got, err := client.Do(r)
	if err != nil {
		return a, err
	}
	defer got.Body.Close()
	a.status, a.header, a.cookies = got.StatusCode, got.Header, got.Cookies()
	a.location, _ = got.Location() // none is no error here
	if got.TLS != nil && len(got.TLS.PeerCertificates) > 0 {
		a.ends = got.TLS.PeerCertificates[0].NotAfter
	}
	a.body, err = io.ReadAll(io.LimitReader(got.Body, maxRead))
	return a, err
}

// isIn reports whether the answer is what somebody sees who got in.
func (a answer) isIn() bool { return a.status/100 == 2 }

// shows reports whether the answer has this text.
func (a answer) shows(text string) bool { return text != "" && bytes.Contains(a.body, []byte(text)) }

// unreached says why there was no answer, and whether it is the certificate.
func unreached(err error) (says, do string, certificate bool) {
	var name x509.HostnameError
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	var lookup *net.DNSError
	switch {
	case errors.As(err, &name):
		return "its certificate is for another host", "Give the proxy a certificate for this host.", true
	case errors.As(err, &unknown):
		return "its certificate is from an authority that this machine does not know",
			"Use a certificate that browsers accept. If the authority is your own, add it to this machine, or name its file in SSL_CERT_FILE.", true
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "its certificate has expired, or is not valid yet", "Renew the certificate.", true
	case errors.As(err, &invalid):
		return "its certificate cannot be used", "Give the proxy another certificate.", true
	case errors.As(err, &record), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return "it does not speak TLS", "Let the proxy listen with TLS on this port.", true
	case errors.As(err, &lookup):
		return "the name is not found", "Correct the DNS entry, or the host of the application.", false
	case errors.Is(err, context.DeadlineExceeded), isTimeout(err):
		return fmt.Sprintf("there was no answer within %s", askFor), "See whether the proxy runs, and whether this machine may reach it.", false
	}
	return "nobody answers", "Start the proxy, or correct the DNS entry.", false
}

func isTimeout(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}
