package flood

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"time"

	"latchkey/internal/bench/load"
	"latchkey/internal/bench/product"
	"latchkey/internal/factor"
)

// Person is somebody who signs in, and the cookies of the browser.
type Person struct {
	name string
	jar  http.CookieJar
}

// MakePeople returns everybody but the one who looks at pages.
func MakePeople() (chan Person, error) {
	people := make(chan Person, users)
	for i := range users - 1 {
		jar, err := cookiejar.New(nil)
		if err != nil {
			return nil, err
		}
		people <- Person{fmt.Sprintf("bench-%d", i+1), jar}
	}
	return people, nil
}

// Honest measures sign-ins with password and code, so many at once, of those whose turn it is,
// from one network, and signed-in pages at a steady 200 a second beside them. Who has
// signed in goes to the end of the queue.
func Honest(p product.Product, s *product.Server, people chan Person, atOnce int, span time.Duration) (signIns, pages load.Result, err error) {
	cookie, err := p.SignIn(s.URL, "bench-0")
	if err != nil {
		return signIns, pages, err
	}
	var pagesErr error
	done := make(chan struct{})
	go func() {
		defer close(done)
		pages, pagesErr = product.Measure("load", "--name=pages", "--rate=200", "--duration="+span.String(), "--header="+cookie, s.URL+"/profile")
	}()
	signIns = SignIns(p, http.DefaultTransport, s.URL, people, atOnce, span)
	<-done
	return signIns, pages, errors.Join(pagesErr, pages.Clean())
}

// SignIns measures the sign-ins alone, of requests that go this way.
func SignIns(p product.Product, way http.RoundTripper, base string, people chan Person, atOnce int, span time.Duration) load.Result {
	end := time.Now().Add(span)
	var all sync.WaitGroup
	seen := make([]*load.Sample, atOnce)
	for i := range seen {
		mine := &load.Sample{}
		seen[i] = mine
		all.Go(func() {
			for time.Now().Before(end) {
				began := time.Now()
				next := <-people
				if err := passBoth(p, from{honest, way}, base, next); err != nil {
					mine.Fail(err)
					continue
				}
				mine.Taken = append(mine.Taken, time.Since(began))
				people <- next
			}
		})
	}
	all.Wait()
	return load.Sum("sign-ins", seen, span, 0)
}

// errBusy is the error of somebody who is asked to come back.
var errBusy = errors.New("asked to come back")

// passBoth signs in with password and code.
func passBoth(p product.Product, way http.RoundTripper, base string, who Person) error {
	client := &http.Client{Jar: who.jar, Transport: way, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, step := range []struct {
		path string
		form url.Values
		to   string
	}{
		{"/login", url.Values{"username": {who.name}, "password": {p.Password}}, "/login/code"},
		{"/login/code", url.Values{"code": {factor.Code(p.Key, factor.Step(time.Now()))}}, ""},
	} {
		request, err := http.NewRequest(http.MethodPost, base+step.path, strings.NewReader(step.form.Encode()))
		if err != nil {
			return err
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Sec-Fetch-Site", "same-origin")
		answer, err := client.Do(request)
		if err != nil {
			return err
		}
		answer.Body.Close()
		if answer.StatusCode == http.StatusServiceUnavailable {
			return errBusy
		}
		if to := answer.Header.Get("Location"); answer.StatusCode != http.StatusSeeOther || step.to != "" && to != step.to {
			return fmt.Errorf("%s answered %s, to %q", step.path, answer.Status, to)
		}
	}
	return nil
}

// from sends requests as a trusted proxy would that people at this address are behind.
type from struct {
	address string
	way     http.RoundTripper
}

// honest is the address of honest people.
const honest = "203.0.113.9"

// RoundTrip adds the address.
func (f from) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("X-Forwarded-For", f.address)
	return f.way.RoundTrip(r)
}
