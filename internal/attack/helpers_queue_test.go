package attack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"sync"
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/auth"
	"latchkey/internal/password"
)

// fullQueue fills the queue of passwords that wait to be hashed until empty is called.
// Whoever comes meanwhile has their turn after all that wait, and finds no place.
func fullQueue(t *testing.T, a *apptest.App) (empty func()) {
	t.Helper()
	var all []func()
	for _, site := range a.Sites() {
		all = append(all, fillQueue(t, site.Hasher))
	}
	return func() {
		for _, empty := range all {
			empty()
		}
	}
}

func fillQueue(t *testing.T, hasher *password.Hasher) (empty func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var flood sync.WaitGroup
	for i := range hasher.Workers() + 34 { // two more than there are places
		flood.Go(func() {
			for ctx.Err() == nil {
				if _, err := hasher.Hash(ctx, password.Caller{Network: fmt.Sprint("flood ", i), Tries: -1}, "x"); err != nil {
					runtime.Gosched()
				}
			}
		})
	}
	empty = sync.OnceFunc(func() { cancel(); flood.Wait() })
	t.Cleanup(empty)
	apptest.Eventually(t, "the queue is full", func() bool {
		_, err := hasher.Hash(t.Context(), password.Caller{Network: "late"}, "x")
		return errors.Is(err, password.ErrBusy)
	})
	return empty
}

// busy wants the answer of a server that had no room to look at a password.
func busy(t *testing.T, what string, p *apptest.Page) {
	t.Helper()
	if p.Status != http.StatusServiceUnavailable || p.Header.Get("Retry-After") != "5" || len(p.Header.Values("Set-Cookie")) > 0 {
		t.Fatalf("%s: %d, Retry-After %q, cookies %q", what, p.Status, p.Header.Get("Retry-After"), p.Header.Values("Set-Cookie"))
	}
}

// countedNow is all that is counted of anybody.
func countedNow(t *testing.T, a *apptest.App) string {
	t.Helper()
	return text(t, a, `SELECT coalesce((SELECT string_agg(l, ' ') FROM (SELECT bucket || '/' || key || '/' || tries || '/' || window_ends || '/' || blocked_until AS l FROM limits WHERE tries > 0 ORDER BY bucket, key) x), '')
		|| coalesce((SELECT string_agg(s, ' ') FROM (SELECT ' confirms ' || confirm_tries AS s FROM sessions ORDER BY id) x), '')
		|| coalesce((SELECT string_agg(u, ' ') FROM (SELECT ' locked ' || locked_until AS u FROM users ORDER BY id) x), '')
		|| (SELECT ' browsers ' || count(*) FROM browsers) || (SELECT ' notices ' || count(*) FROM notices)`)
}

// setTries counts so many tries in a bucket, as if they had been answered.
func setTries(t *testing.T, a *apptest.App, bucket, key string, tries int) {
	t.Helper()
	change(t, a, `INSERT INTO limits (bucket, key, tries, window_ends, blocked_until, changed_at) VALUES ($1, $2, $3, 0, 0, $4)`,
		bucket, key, tries, a.Clock.Now().UnixMilli())
}

// slowHash is a hash of apptest.Password that takes twenty times as long as others, and runs
// alone.
var slowHash = sync.OnceValue(func() string {
	return password.Cost{MemoryKiB: 64 << 10, Time: 3, Threads: 1}.Hash(apptest.Password)
})

// behindAHash fills the queue once a try was counted, while its password is verified, and
// returns the answer. It may have been too early or too late.
func behindAHash(t *testing.T, a *apptest.App, b auth.Bucket, send func() *apptest.Page) *apptest.Page {
	t.Helper()
	answer := make(chan *apptest.Page, 1)
	var sending sync.WaitGroup
	sending.Go(func() { answer <- send() })
	apptest.Eventually(t, "the try is counted", func() bool { return counted(t, a, b) > 0 || len(answer) > 0 })
	empty := fullQueue(t, a)
	sending.Wait()
	empty()
	return <-answer
}
