package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"latchkey/internal/web/cookies"
	"latchkey/internal/web/route"
)

// TestAV01_AnswersKeepNothingLong: what strangers send in headers does not stay in memory
// with the answers to their forms.
func TestAV01_AnswersKeepNothingLong(t *testing.T) {
	t.Parallel()
	var pages []string
	s := newSite(t, "http://127.0.0.1:8080", func(s *Site) {
		s.Post("/form", route.Anyone, func(v *Visitor) error { pages = v.formPages(); return v.Redirect("/") })
	})
	send := func(cookie, referer string) {
		r := httptest.NewRequest(http.MethodPost, "/form", strings.NewReader(url.Values{"a": {"b"}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Host = "127.0.0.1:8080"
		r.Header.Set("Origin", "http://127.0.0.1:8080")
		r.Header.Set("Referer", referer)
		r.AddCookie(&http.Cookie{Name: "latchkey-form", Value: cookie})
		s.ServeHTTP(httptest.NewRecorder(), r)
	}
	long := strings.Repeat("x", 12<<10)
	send(long, "")
	if !s.answers.None(time.Now()) {
		t.Error("an answer for a cookie that is none of ours")
	}
	send(strings.Repeat("c", cookies.TokenLength), "http://127.0.0.1:8080/"+long)
	if s.answers.None(time.Now()) || len(pages) == 0 {
		t.Fatal("no answer is kept")
	}
	for _, page := range pages {
		if len(page) > 500 {
			t.Errorf("a page of %d bytes is kept", len(page))
		}
	}
}
