package webhook

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// Many servers repeat the address in the page that says they have none such, and an address can be
// the secret of its receiver.
func TestST03_AnAnswerThatRepeatsTheAddressDoesNotShowIt(t *testing.T) {
	t.Parallel()
	key := NewKey()
	for _, status := range []int{301, 400, 404, 410, 429} {
		s := serve(t, []Key{key}, time.Now, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			fmt.Fprintf(w, "Cannot POST %s <i>%s</i> %s %s %s", r.RequestURI, url.QueryEscape(r.RequestURI), r.URL.Query().Get("token"), r.URL.Path, key.Text())
		})
		s.c.URL = strings.Replace(s.c.URL, "/hook?token=hidden", "/services/T0KEN-%C3%A4bc/b?token=hid%2Fden&x=1", 1)
		err := send(t, s)
		if err == nil || !strings.Contains(err.Error(), "Cannot POST") {
			t.Fatalf("%d: %v", status, err)
		}
		for _, secret := range []string{"T0KEN", "hid/den", "hid%2Fden", "den", strings.TrimPrefix(key.Text(), keyPrefix)} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%d: %s is in %v", status, secret, err)
			}
		}
	}
	d := serve(t, []Key{key}, time.Now, func(w http.ResponseWriter, r *http.Request) {
		c, _, _ := w.(http.Hijacker).Hijack()
		defer c.Close()
		fmt.Fprintf(c, "404 %s\r\n\r\n", r.RequestURI) // not HTTP; the library quotes it
	})
	d.c.URL = strings.Replace(d.c.URL, "/hook?token=hidden", "/T0KEN-abc", 1)
	if err := send(t, d); err == nil || strings.Contains(err.Error(), "T0KEN") {
		t.Error(err)
	}
}
