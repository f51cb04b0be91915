package faults

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// statuses counts answers. It is safe for concurrent use.
type statuses struct {
	mu sync.Mutex
	by map[int]int
}

func (c *statuses) add(status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by == nil {
		c.by = map[int]int{}
	}
	c.by[status]++
}

// only wants nothing but these statuses.
func (c *statuses) only(t *testing.T, what string, allowed ...int) {
	t.Helper()
	for status := range c.by {
		if !slices.Contains(allowed, status) {
			t.Errorf("%s: other answers than %v, by status: %v", what, allowed, c.by)
			return
		}
	}
}

// TestEX01_FewFiles gives the server 64 file handles and less, and has 100 clients ask at
// once while others keep connections open. Who has to make room is told to come back, but for a few
// whose connection is closed: the kernel may take the answer back with a request that nobody read.
// Nobody waits for ever, and nothing else goes wrong. Once they are gone everything is as before.
func TestEX01_FewFiles(t *testing.T) {
	t.Parallel()
	few := []int{64}
	if *long {
		few = []int{64, 48, 32, 24}
	}
	for _, files := range few {
		t.Run(fmt.Sprint(files), func(t *testing.T) {
			t.Parallel()
			p := instance(t)
			s, err := serve(t, p.data, how{under: []string{"prlimit", fmt.Sprintf("--nofile=%d:%d", files, files)}})
			if err != nil {
				if files >= 64 {
					t.Fatal(err)
				}
				t.Logf("a start says: %s", refusal(t, "few files", err))
				return
			}
			in := p.users[0].must(t, s, 0)
			var idle []net.Conn
			for i := range files {
				c, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 201, 0, byte(1+i%200))}, Timeout: patience}).Dial("tcp", strings.TrimPrefix(s.url, "http://"))
				if err != nil {
					t.Fatal(err)
				}
				idle = append(idle, c)
			}
			var all sync.WaitGroup
			var got statuses
			for i := range 100 {
				all.Go(func() {
					b := newBrowser(s)
					if i%4 == 0 {
						got.add(b.post("/login", "username", p.users[1+i/4].name, "password", firstPassword).status)
						return
					}
					got.add(b.get([]string{"/login", "/profile", "/healthz"}[i%3]).status)
				})
			}
			all.Wait()
			t.Logf("%d files: answers by status %v", files, got.by)
			if unanswered := got.by[0]; unanswered > 15 {
				t.Errorf("%d files: %d of 100 were not answered", files, unanswered)
			}
			got.only(t, fmt.Sprintf("%d files", files), 0, http.StatusOK, http.StatusSeeOther, http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusServiceUnavailable)
			for _, c := range idle {
				c.Close()
			}
			if !s.alive() || strings.Contains(s.said(), "panic") {
				t.Errorf("the log: %s", s.said())
			}
			recovers(t, "few files", s, in, &p.users[30])
			if err := s.stop(t); err != nil {
				t.Error(err)
			}
			must(t, p.data, "audit", "verify")
		})
	}
}

// comesBack sends the right password until there is room to look at it, ten times as soon as
// the server says when.
func comesBack(b *browser, one *person, got *statuses) (a answer) {
	over := time.After(patience)
	for {
		a = b.post("/login", "username", one.name, "password", firstPassword)
		got.add(a.status)
		seconds, err := strconv.Atoi(a.header.Get("Retry-After"))
		if a.status != http.StatusServiceUnavailable || err != nil {
			return a
		}
		select {
		case <-time.After(time.Duration(seconds) * time.Second / 10):
		case <-over:
			return a
		}
	}
}

// TestEX02_LittleMemory has 500 people sign in at once, at the cost of a hash that people
// get, where the kernel kills a server that takes more than 128 MiB. It is never killed, it
// says that it is well all the while, and those who know their password sign in: who is told to
// come back is not held to have tried.
func TestEX02_LittleMemory(t *testing.T) {
	t.Parallel()
	const limit = 128 << 20
	p := instance(t)
	g := memoryLimited(t, limit)
	g.how.costly = true
	s := start(t, p.data, g.how)
	s.ready(t, http.StatusOK)
	var all sync.WaitGroup
	var got, health statuses
	var in atomic.Int64
	over := make(chan struct{})
	for i := range 500 {
		all.Go(func() {
			b, one := newBrowser(s), &p.users[i%30]
			if i%50 > 0 { // somebody guesses
				got.add(b.post("/login", "username", one.name, "password", "wrong").status)
				return
			}
			one = &p.users[30+i/50] // knows the password, and comes back as often as told to
			if comesBack(b, one, &got).leads("/login/code") && b.post("/login/code", "code", one.code(0)).leads("/profile") && b.signedIn() {
				in.Add(1)
			}
		})
	}
	var watching sync.WaitGroup
	watching.Go(func() {
		again := time.NewTicker(50 * time.Millisecond)
		defer again.Stop()
		for {
			health.add(newBrowser(s).get("/healthz").status)
			select {
			case <-over:
				return
			case <-again.C:
			}
		}
	})
	all.Wait()
	close(over)
	watching.Wait()
	if !s.alive() || g.killed(t) > 0 {
		t.Fatalf("it was killed (%d): %s", g.killed(t), s.said())
	}
	if *long {
		t.Logf("answers by status %v, %d signed in, health %v, most memory %d MiB", got.by, in.Load(), health.by, s.peak(t)>>20)
	}
	got.only(t, "500 at once", http.StatusSeeOther, http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusServiceUnavailable)
	health.only(t, "health", http.StatusOK)
	if in.Load() != 10 {
		t.Errorf("%d of 10 who know their password signed in; answers by status: %v", in.Load(), got.by)
	}
	if peak := s.peak(t); peak > limit {
		t.Errorf("it had %d MiB", peak>>20)
	}
	s.ready(t, http.StatusOK)
}
