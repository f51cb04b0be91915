package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"latchkey/internal/factor"
)

// person is somebody who signs in, and the cookies of the browser.
type person struct {
	name string
	jar  http.CookieJar
}

// makePeople returns everybody but the one who looks at pages.
func makePeople() (chan person, error) {
	people := make(chan person, floodUsers)
	for i := range floodUsers - 1 {
		jar, err := cookiejar.New(nil)
		if err != nil {
			return nil, err
		}
		people <- person{fmt.Sprintf("bench-%d", i+1), jar}
	}
	return people, nil
}

// honest measures sign-ins with password and code, so many at once, of those whose turn it is,
// from one network, and signed-in pages at a steady 200 a second beside them. Who has
// signed in goes to the end of the queue.
func honest(p product, s *server, people chan person, atOnce int, span time.Duration) (signIns, pages result, err error) {
	cookie, err := p.signIn(s.url, "bench-0")
	if err != nil {
		return signIns, pages, err
	}
	var pagesErr error
	done := make(chan struct{})
	go func() {
		defer close(done)
		pages, pagesErr = measureIn("load", "--name=pages", "--rate=200", "--duration="+span.String(), "--header="+cookie, s.url+"/profile")
	}()
	end := time.Now().Add(span)
	var all errgroup.Group
	workers := make([]*worker, atOnce)
	for i := range workers {
		w := &worker{}
		workers[i] = w
		all.Go(func() error {
			for time.Now().Before(end) {
				began := time.Now()
				next := <-people
				if err := p.passBoth(s.url, next); err != nil {
					w.errors, w.last = w.errors+1, err.Error()
					continue
				}
				w.taken = append(w.taken, time.Since(began))
				people <- next
			}
			return nil
		})
	}
	err = all.Wait()
	<-done
	return sum("sign-ins", workers, span, 0), pages, errors.Join(err, pagesErr, clean(pages))
}

// passBoth signs in with password and code from the network of honest people.
func (p product) passBoth(base string, who person) error {
	client := &http.Client{Jar: who.jar, Transport: honestly{}, Timeout: time.Minute,
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
		if to := answer.Header.Get("Location"); answer.StatusCode != http.StatusSeeOther || step.to != "" && to != step.to {
			return fmt.Errorf("%s answered %s, to %q", step.path, answer.Status, to)
		}
	}
	return nil
}

// honestly sends requests as a trusted proxy would that honest people are behind.
type honestly struct{}

// RoundTrip adds their address.
func (honestly) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("X-Forwarded-For", "203.0.113.9")
	return http.DefaultTransport.RoundTrip(r)
}
