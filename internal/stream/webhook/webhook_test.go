package webhook

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"latchkey/internal/stream/delivery"
)

// message is one event.
func message(id string) delivery.Message {
	return delivery.Message{ID: id, Body: []byte(`{"type":"login.code","timestamp":"2026-11-28T03:24:41Z","data":{"seq":1}}`)}
}

// serve starts the other side with a certificate that the destination trusts.
func serve(t *testing.T, keys []Key, now func() time.Time, answer http.HandlerFunc) *Destination {
	t.Helper()
	s := httptest.NewTLSServer(answer)
	t.Cleanup(s.Close)
	return to(t, s, s.URL+"/hook?token=hidden", keys, now)
}

func to(t *testing.T, s *httptest.Server, url string, keys []Key, now func() time.Time) *Destination {
	t.Helper()
	d := New(Config{URL: url, Keys: keys, Dial: new(net.Dialer).DialContext, TLS: s.Client().Transport.(*http.Transport).TLSClientConfig, Now: now})
	t.Cleanup(d.Close)
	return d
}

// send sends one event.
func send(t *testing.T, d *Destination) error {
	t.Helper()
	taken, err := d.Send(t.Context(), 0, []delivery.Message{message("instance-1-abc")})
	if (taken == 1) != (err == nil) {
		t.Errorf("taken %d, error %v", taken, err)
	}
	return err
}

func TestSignature_IsTheStandardOne(t *testing.T) {
	t.Parallel()
	old, key, other := NewKey(), NewKey(), NewKey()
	verify := func(k Key, r *http.Request, body []byte) error {
		w, err := standard.NewWebhook(k.Text())
		if err != nil {
			t.Error(err)
		}
		return w.Verify(body, r.Header)
	}
	var verdicts []error
	d := serve(t, []Key{key, old}, time.Now, func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		verdicts = []error{verify(key, r, body), verify(old, r, body), verify(other, r, body), verify(key, r, append(body, ' '))}
	})
	if err := send(t, d); err != nil {
		t.Fatal(err)
	}
	if verdicts[0] != nil || verdicts[1] != nil || verdicts[2] == nil || verdicts[3] == nil {
		t.Errorf("new key %v, old key %v, another key %v, changed body %v", verdicts[0], verdicts[1], verdicts[2], verdicts[3])
	}
	stale := serve(t, []Key{key}, func() time.Time { return time.Now().Add(-6 * time.Minute) }, func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		verdicts = []error{verify(key, r, body)}
	})
	if err := send(t, stale); err != nil || verdicts[0] == nil {
		t.Errorf("six minutes old: %v, %v", err, verdicts[0])
	}
}

func TestSend_SaysWhoIsAtFault(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)
	for status, c := range map[int]struct {
		after   string
		refused bool
		gone    bool
		later   time.Duration
		text    string
	}{
		200: {}, 201: {}, 204: {},
		400: {refused: true, text: "400 Bad Request “unknown field: details.locale”"},
		413: {refused: true, text: "413 Request Entity Too Large “unknown field: details.locale”"},
		422: {refused: true, text: "422 Unprocessable Entity “unknown field: details.locale”"},
		410: {gone: true, text: "410 Gone"},
		301: {text: "redirects are not followed"}, 302: {text: "redirects are not followed"}, 307: {text: "redirects are not followed"},
		401: {text: "401 Unauthorized"}, 403: {text: "403 Forbidden"}, 404: {text: "404 Not Found"}, 408: {text: "408 Request Timeout"},
		429: {after: "120", later: 2 * time.Minute, text: "429 Too Many Requests"},
		503: {after: "Sat, 28 Nov 2026 09:05:00 GMT", later: 5 * time.Minute, text: "503 Service Unavailable"},
		500: {after: "99999999", later: time.Hour, text: "500 Internal Server Error"},
		502: {after: "soon", text: "502 Bad Gateway"},
		504: {after: "-5", text: "504 Gateway Timeout"},
	} {
		var followed atomic.Bool
		d := serve(t, []Key{NewKey()}, func() time.Time { return now }, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/elsewhere" {
				followed.Store(true)
			}
			w.Header().Set("Location", "/elsewhere")
			if c.after != "" {
				w.Header().Set("Retry-After", c.after)
			}
			w.WriteHeader(status)
			io.WriteString(w, "unknown field:\r\n\t details.locale")
		})
		err := send(t, d)
		refused, isRefused := errors.AsType[*delivery.Refused](err)
		later, isLater := errors.AsType[*delivery.Later](err)
		if (err == nil) != (status/100 == 2) || isRefused != c.refused || errors.Is(err, delivery.ErrGone) != c.gone || isLater != (c.later > 0) || isLater && later.After != c.later {
			t.Errorf("%d: %v (refused %v, later %v)", status, err, refused, later)
		}
		if err != nil && !strings.Contains(err.Error(), c.text) || followed.Load() {
			t.Errorf("%d: %q, followed %v", status, err, followed.Load())
		}
	}
}

// TestST04_AnEndlessAnswerIsNotRead answers without end: ten megabytes, and then on.
func TestST04_AnEndlessAnswerIsNotRead(t *testing.T) {
	t.Parallel()
	var written atomic.Int64
	for _, status := range []int{200, 400, 500} {
		written.Store(0)
		d := serve(t, []Key{NewKey()}, time.Now, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			for r.Context().Err() == nil {
				n, err := io.WriteString(w, strings.Repeat("x", 64<<10))
				if written.Add(int64(n)); err != nil {
					return
				}
			}
		})
		err := send(t, d)
		if (err == nil) != (status == 200) || err != nil && len(err.Error()) > maxAnswer+100 {
			t.Errorf("%d: %.100v", status, err)
		}
		if n := written.Load(); n > 16<<20 {
			t.Errorf("%d: %d bytes were taken", status, n)
		}
	}
}

// TestST04_ALongHeadIsRefused answers with headers of a megabyte.
func TestST04_ALongHeadIsRefused(t *testing.T) {
	t.Parallel()
	d := serve(t, []Key{NewKey()}, time.Now, func(w http.ResponseWriter, _ *http.Request) {
		for n := range 100 {
			w.Header().Set(fmt.Sprint("X-", n), strings.Repeat("y", 10<<10))
		}
	})
	if err := send(t, d); err == nil {
		t.Error("it was taken")
	}
}

// TestST04_ASilentSideIsLeft never answers.
func TestST04_ASilentSideIsLeft(t *testing.T) {
	t.Parallel()
	d := serve(t, []Key{NewKey()}, time.Now, func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // only then does the server notice that the client has gone
		<-r.Context().Done()
	})
	d.client.Timeout = 50 * time.Millisecond
	err := send(t, d)
	if err == nil || err.Error() != "no answer within 15 seconds" {
		t.Errorf("error %v", err)
	}
	if New(Config{}).client.Timeout != answerFor {
		t.Error("the product waits for ever")
	}
}

// TestST03_ErrorsDoNotShowTheURL looks at what is shown of all that can go wrong.
func TestST03_ErrorsDoNotShowTheURL(t *testing.T) {
	t.Parallel()
	s := httptest.NewTLSServer(http.NotFoundHandler())
	url := s.URL + "/secret/path?token=hidden"
	unknown := New(Config{URL: url, Keys: []Key{NewKey()}, Dial: new(net.Dialer).DialContext, Now: time.Now})
	if err := send(t, unknown); err == nil || strings.Contains(err.Error(), "hidden") || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("unknown authority: %v", err)
	}
	older := New(Config{URL: url, Keys: []Key{NewKey()}, Dial: new(net.Dialer).DialContext, Now: time.Now, TLS: &tls.Config{InsecureSkipVerify: true}})
	s.Close()
	if err := send(t, older); err == nil || strings.Contains(err.Error(), "hidden") {
		t.Errorf("nobody listens: %v", err)
	}
	plain := New(Config{URL: url, Keys: []Key{NewKey()}, Now: time.Now, Dial: func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("not that way") }})
	if err := send(t, plain); err == nil || err.Error() != "not that way" {
		t.Errorf("a dialer that refuses: %v", err)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for text, ok := range map[string]bool{
		"https://events.example/latchkey": true, "https://events.example:8443/a?b=c": true, "https://[2001:db8::1]/": true, "http://127.0.0.1:8080/": true, "http://localhost/": true, "http://[::1]:1/": true,
		"": false, "events.example": false, "http://events.example/": false, "ftp://events.example/": false, "https://": false, "https:///path": false, "https://user:pass@events.example/": false,
		"https://events.example/#part": false, "https://events.example/ x": false, "https://events\u202e.example/": false, "https://events\u200b.example/": false, "https://bücher.example/": true, "https://events.example/\n": false, "javascript:alert(1)": false, "https:events.example": false, "//events.example": false,
		"https://events.example:0/": false, "https://<b>events.example/": false, "https://events'.example/": false, "https://events,more.example/": false, "https://my_events.example/": true, "https://events.example:65536/": false, "https://events.example:65535/": true, "https://events.example:/": true, "http://127.0.0.1.example/": false, "http://localhost.example/": false, "https://e.example/" + strings.Repeat("x", maxURL): false,
	} {
		if err := Check(text); (err == nil) != ok {
			t.Errorf("%.60q: %v", text, err)
		}
	}
	if got := Address("https://events.example:8443/secret?token=x"); got != "events.example:8443" {
		t.Errorf("address %q", got)
	}
}

func TestST03_Keys(t *testing.T) {
	t.Parallel()
	k := NewKey()
	same, err := ParseKey(" " + k.Text() + "\n")
	if err != nil || string(same) != string(k) || same.Mark() != k.Mark() || NewKey().Mark() == k.Mark() {
		t.Errorf("%v, %v", same, err)
	}
	for _, verb := range []string{"%v", "%s", "%x", "%q", "%+v", "%#v", "%d"} {
		if text := fmt.Sprintf(verb, k); text != "signing key "+k.Mark() {
			t.Errorf("%s prints %s", verb, text)
		}
	}
	for _, text := range []string{"", "whsec_", "c2VjcmV0", "whsec_!!!", "whsec_c2hvcnQ=", "whsec_" + strings.Repeat("QUFB", 30)} {
		if _, err := ParseKey(text); err == nil || len(text) > 8 && strings.Contains(err.Error(), text[6:]) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
