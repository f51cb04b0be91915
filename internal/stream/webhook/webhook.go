// Package webhook sends events to a URL, signed as Standard Webhooks 1.0.0 says
// (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"latchkey/internal/stream/delivery"
)

const (
	// lanes is how many requests are under way at the same time, 8: at an answer time of 20 ms
	// these are 400 events a second.
	lanes = 8
	// answerFor is how long the other side may take for a whole answer, 15 seconds.
	answerFor = 15 * time.Second
	// sendFor is how long one Send goes on with the next message, 5 seconds.
	sendFor = 5 * time.Second
	// maxAnswer is how much of an answer is read, 4 KiB, and maxHead of its head.
	maxAnswer = 4 << 10
	maxHead   = 16 << 10
	// longestWait is the longest that Retry-After is followed, one hour.
	longestWait = time.Hour
)

// Config is where the events go and how they are signed.
type Config struct {
	URL string // as Check passes it
	// Keys sign each event: the newest, and the one before it while receivers change over.
	Keys []Key
	// Dial opens connections. It decides what may be reached.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// TLS is nil for the system's authorities.
	TLS *tls.Config
	Now func() time.Time
}

// Destination is one URL. It is safe for concurrent use.
type Destination struct {
	c      Config
	client *http.Client
	status atomic.Int64 // of the last message that was accepted
}

// New returns the destination; it dials nobody yet.
func New(c Config) *Destination {
	return &Destination{c: c, client: &http.Client{
		Timeout: answerFor,
		// A proxy of the environment would be dialled in place of the address that was checked.
		Transport: &http.Transport{
			Proxy: nil, DialContext: c.Dial, TLSClientConfig: c.TLS, ForceAttemptHTTP2: true,
			MaxConnsPerHost: lanes, MaxIdleConnsPerHost: lanes, IdleConnTimeout: 30 * time.Second,
			TLSHandshakeTimeout: answerFor, ResponseHeaderTimeout: answerFor, MaxResponseHeaderBytes: maxHead,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Lanes is the number of requests at the same time.
func (d *Destination) Lanes(context.Context) (int, error) { return lanes, nil }

// Close lets go of connections that wait for the next request.
func (d *Destination) Close() { d.client.CloseIdleConnections() }

// Status is that of the last answer 2xx.
func (d *Destination) Status() string {
	if status := d.status.Load(); status > 0 {
		return strconv.FormatInt(status, 10)
	}
	return ""
}

// Send posts one message after the other, for some seconds at most.
func (d *Destination) Send(ctx context.Context, _ int, messages []delivery.Message) (taken int, err error) {
	began := time.Now()
	for _, m := range messages {
		if time.Since(began) > sendFor {
			return taken, nil
		}
		if err := d.post(ctx, m); err != nil {
			return taken, err
		}
		taken++
	}
	return taken, nil
}

func (d *Destination) post(ctx context.Context, m delivery.Message) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.c.URL, bytes.NewReader(m.Body))
	if err != nil {
		return fmt.Errorf("making the request: %w", err)
	}
	now := d.c.Now()
	var signatures []string
	for _, k := range d.c.Keys {
		signatures = append(signatures, k.sign(m.ID, now, m.Body))
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Latchkey")
	r.Header.Set("Webhook-Id", m.ID)
	r.Header.Set("Webhook-Timestamp", strconv.FormatInt(now.Unix(), 10))
	r.Header.Set("Webhook-Signature", strings.Join(signatures, " "))
	answer, err := d.client.Do(r)
	if err != nil {
		return d.withoutURL(r.URL, err)
	}
	defer answer.Body.Close()
	// A short answer is read to its end, so that the connection serves the next request.
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if answer.StatusCode/100 == 2 {
		d.status.Store(int64(answer.StatusCode))
		return nil // whatever became of the rest of it
	}
	return d.refusal(answer, string(text), now, err)
}

// withoutURL takes the URL out of an error: it may hold a token, and the error is shown.
func (d *Destination) withoutURL(to *url.URL, err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		if u.Timeout() {
			return fmt.Errorf("no answer within %d seconds", int(answerFor.Seconds()))
		}
		err = u.Err
	}
	if shown := d.hide(to, err.Error()); shown != err.Error() {
		return errors.New(shown) // of an answer that is no HTTP, the library quotes a piece
	}
	return err
}

// hide takes the secrets that the other side knows out of what it said: the address, and the keys.
func (d *Destination) hide(to *url.URL, said string) string {
	said = without(to, said)
	for _, k := range d.c.Keys {
		said = strings.ReplaceAll(said, strings.TrimPrefix(k.Text(), keyPrefix), "…")
	}
	return said
}

// refusal is the error of an answer that is no success: who is at fault, and when to try again.
func (d *Destination) refusal(answer *http.Response, text string, now time.Time, readErr error) error {
	said := answer.Status
	if said == "" {
		said = strconv.Itoa(answer.StatusCode)
	}
	if text = strings.Join(strings.Fields(text), " "); text != "" {
		said += " “" + text + "”"
	}
	said = d.hide(answer.Request.URL, said)
	err := errors.New(said)
	switch answer.StatusCode {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		if readErr == nil {
			return &delivery.Refused{Err: err}
		}
	case http.StatusGone:
		return fmt.Errorf("%w: %w", delivery.ErrGone, err)
	}
	if answer.StatusCode/100 == 3 {
		err = fmt.Errorf("%s: redirects are not followed", said)
	}
	if wait := retryAfter(answer.Header.Get("Retry-After"), now); wait > 0 {
		return &delivery.Later{Err: err, After: wait}
	}
	return err
}

// retryAfter reads the header in both its forms (RFC 9110, section 10.2.3); 0 if there is none.
func retryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(text, 10, 32); err == nil {
		return min(time.Duration(seconds)*time.Second, longestWait)
	}
	if t, err := http.ParseTime(text); err == nil {
		return max(0, min(t.Sub(now), longestWait))
	}
	return 0
}
