package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestEX01_AnswersAreSharedFairly: a client that sends very many forms pushes out its own answers.
func TestEX01_AnswersAreSharedFairly(t *testing.T) {
	t.Parallel()
	a, now := newAnswers(), time.Unix(1_900_000_000, 0)
	keep := func(key, network string) {
		a.keep(&answer{ends: now.Add(againFor), keys: []string{key}, tokens: []string{"t" + key}, network: network}, now)
	}
	keep("mine", "192.0.2.1/32")
	for i := range maxAnswers + 500 {
		keep(strconv.Itoa(i), "198.51.100.7/32")
	}
	if _, ok := a.find("mine", now); !ok {
		t.Error("a flood of another network pushed an answer out")
	}
	if len(a.order) != maxAnswers || a.of["198.51.100.7/32"] != maxAnswers-1 {
		t.Errorf("%d answers, %d of the flood", len(a.order), a.of["198.51.100.7/32"])
	}
	if a.forgetOld(now.Add(time.Hour)); len(a.of) != 0 {
		t.Errorf("%d networks are remembered", len(a.of))
	}
}

// TestAV01_AnswersKeepNothingLong: what strangers send in headers does not stay in memory
// with the answers to their forms.
func TestAV01_AnswersKeepNothingLong(t *testing.T) {
	t.Parallel()
	s := newSite(t, "http://127.0.0.1:8080", func(s *Site) {
		s.Post("/form", Anyone, func(v *Visitor) error { return v.Redirect("/") })
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
	if n := len(s.answers.order); n != 0 {
		t.Errorf("%d answers for a cookie that is none of ours", n)
	}
	send(strings.Repeat("c", tokenLength), "http://127.0.0.1:8080/"+long)
	if len(s.answers.order) != 1 {
		t.Fatalf("%d answers, want 1", len(s.answers.order))
	}
	for _, page := range s.answers.order[0].pages {
		if len(page) > 500 {
			t.Errorf("a page of %d bytes is kept", len(page))
		}
	}
}
