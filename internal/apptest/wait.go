package apptest

import (
	"io"
	"net/http"
	"sync"
	"testing"
	"time"
)

// patience is how long a test waits for something that takes milliseconds or a few
// seconds, on a machine that does other work too.
const patience = 2 * time.Minute

// Eventually waits until something is so that another goroutine or process brings about,
// and ends the test if it does not come to that. It is for what cannot be waited for in
// any other way: a clock is moved, and what a test does itself is done when it returns.
func Eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	again, over := time.NewTicker(5*time.Millisecond), time.After(patience)
	defer again.Stop()
	for !is() {
		select {
		case <-again.C:
		case <-over:
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// bodies knows which forms the program has begun to read.
type bodies struct {
	mu    sync.Mutex
	begun map[string]bool // by path
}

// watch makes bodies know when the body of r is read.
func (b *bodies) watch(r *http.Request) {
	if r.Body != http.NoBody {
		r.Body = &watchedBody{ReadCloser: r.Body, begin: func() {
			b.mu.Lock()
			defer b.mu.Unlock()
			if b.begun == nil {
				b.begun = map[string]bool{}
			}
			b.begun[r.URL.Path] = true
		}}
	}
}

// watchedBody calls begin before it is read for the first time.
type watchedBody struct {
	io.ReadCloser
	begin func()
	once  sync.Once
}

func (b *watchedBody) Read(p []byte) (int, error) {
	b.once.Do(b.begin)
	return b.ReadCloser.Read(p)
}

// Reading reports whether the program has begun to read a form that was sent to this
// path: what it asks of the head of a request, it has asked by then.
func (a *App) Reading(path string) bool {
	a.bodies.mu.Lock()
	defer a.bodies.mu.Unlock()
	return a.bodies.begun[path]
}
