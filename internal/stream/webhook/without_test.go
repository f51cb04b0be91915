package webhook

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestST03_AnAnswerThatRepeatsTheURLDoesNotShowIt has servers that say which address they do not know,
// as most do: in full, in parts, as HTML and as JSON.
func TestST03_AnAnswerThatRepeatsTheURLDoesNotShowIt(t *testing.T) {
	t.Parallel()
	for name, repeat := range map[string]func(r *http.Request) string{
		"path":    func(r *http.Request) string { return "Cannot POST " + r.URL.Path },
		"URI":     func(r *http.Request) string { return "404 " + r.RequestURI },
		"whole":   func(r *http.Request) string { return "not found: https://" + r.Host + r.RequestURI },
		"HTML":    func(r *http.Request) string { return "<pre>" + html.EscapeString(r.RequestURI) + "</pre>" },
		"JSON":    func(r *http.Request) string { return strings.ReplaceAll(fmt.Sprintf("%q", r.RequestURI), "/", `\/`) },
		"escaped": func(r *http.Request) string { return url.QueryEscape(r.RequestURI) },
		"part":    func(r *http.Request) string { return "no hook " + strings.Split(r.URL.Path, "/")[2] },
		"value":   func(r *http.Request) string { return "wrong token " + r.URL.Query().Get("token") },
	} {
		for _, status := range []int{400, 404, 410, 503} {
			s := serve(t, []Key{NewKey()}, time.Now, func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(status)
				fmt.Fprint(w, repeat(r))
			})
			s.c.URL = strings.Replace(s.c.URL, "/hook?token=hidden", "/v1/T0B1C2D3secret?token=hid%20den&a=1", 1)
			if err := send(t, s); err == nil || strings.Contains(err.Error(), "T0B1C2D3") || strings.Contains(err.Error(), "hid") || !strings.Contains(err.Error(), "…") {
				t.Errorf("%s, %d: %v", name, status, err)
			}
		}
	}
	u, _ := url.Parse("https://events.example/hook")
	if got := without(u, "404 Not Found “no webhook is here”"); got != "404 Not Found “no webhook is here”" {
		t.Errorf("a word was taken for a token: %s", got)
	}
}
