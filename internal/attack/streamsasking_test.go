package attack

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/stream"
)

// TestEX01_AnAdministratorWaitsForFewAnswers has another side that does not answer: a third test event of
// one administrator is refused, and another administrator still sends theirs.
func TestEX01_AnAdministratorWaitsForFewAnswers(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{OneNode: true})
	second := a.AddUser("second", apptest.Administrator)
	arrived, release := make(chan bool, 9), make(chan bool)
	r := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived <- true; <-release }))
	t.Cleanup(r.Close)
	free := sync.OnceFunc(func() { close(release) })
	t.Cleanup(free)
	one := "/admin/streams/" + addStream(t, a, stream.Wish{Kind: stream.Webhook, Name: "hook", URL: r.URL})
	b, c := administratorAt(a), a.Browser()
	c.SignIn(second)
	b.Open(one)
	c.Open(one)
	var waiting sync.WaitGroup
	for range 2 {
		again := administratorAt(a)
		again.Open(one)
		waiting.Go(func() { again.Post(one + "/test") })
		<-arrived
	}
	b.Post(one + "/test").Is(http.StatusTooManyRequests).Sees("Try again in 20 seconds")
	waiting.Go(func() { c.Post(one + "/test") })
	<-arrived
	free()
	waiting.Wait()
	b.Post(one + "/test").Redirects(one)
}
