package password

import (
	"context"
	"errors"
	"math"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"
)

// TestEX02_GoLimitMakesWayForALargeHash: a limit of Go's is moved by what a hash takes, and none stays none. It sets
// what the process has once, so it runs alone.
func TestEX02_GoLimitMakesWayForALargeHash(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(before)
	for set, want := range map[int64]int64{
		1 << 40: 1<<40 + 5, math.MaxInt64/2 - 1: math.MaxInt64/2 + 4, math.MaxInt64 / 2: math.MaxInt64 / 2, math.MaxInt64/2 + 1: math.MaxInt64/2 + 1, math.MaxInt64: math.MaxInt64,
	} {
		debug.SetMemoryLimit(set)
		if stretchLimit(5); debug.SetMemoryLimit(-1) != want {
			t.Errorf("a limit of %d became %d, want %d", set, debug.SetMemoryLimit(-1), want)
		}
	}
}

// TestEX02_AfterTheLastHash: the threads are as many as before, and the memory is the system's again.
func TestEX02_AfterTheLastHash(t *testing.T) {
	runtime.SetDefaultGOMAXPROCS()
	usual := runtime.GOMAXPROCS(0)
	defer runtime.SetDefaultGOMAXPROCS()
	if runtime.GOMAXPROCS(1); cores() != 1 || runtime.GOMAXPROCS(0) != 1 {
		t.Errorf("%d cores of one that may be used, and %d may", cores(), runtime.GOMAXPROCS(0))
	}
	if runtime.GOMAXPROCS(runtime.NumCPU() + 3); cores() != runtime.NumCPU() || runtime.GOMAXPROCS(0) != runtime.NumCPU()+3 {
		t.Errorf("%d cores of %d, and %d may be used", cores(), runtime.NumCPU(), runtime.GOMAXPROCS(0))
	}
	if moreThreads(2); runtime.GOMAXPROCS(0) != runtime.NumCPU()+2 {
		t.Errorf("%d threads beside two hashes, want %d", runtime.GOMAXPROCS(0), runtime.NumCPU()+2)
	}
	const block = 64 << 20
	hold := make([]byte, block)
	for i := 0; i < block; i += 4096 {
		hold[i] = 1
	}
	runtime.KeepAlive(hold)
	runtime.GC()
	releaseMemory()
	var m runtime.MemStats
	if runtime.ReadMemStats(&m); m.HeapIdle-m.HeapReleased > block/4 {
		t.Errorf("%d bytes are kept that nothing is in", m.HeapIdle-m.HeapReleased)
	}
	if runtime.GOMAXPROCS(0) != usual {
		t.Errorf("%d threads, want %d as before", runtime.GOMAXPROCS(0), usual)
	}
}

// TestEX02_LitterIsCountedFromNothing: after a collection as much may lie about again.
func TestEX02_LitterIsCountedFromNothing(t *testing.T) {
	t.Parallel()
	p := newPool(1, 0, never)
	defer p.close()
	collected := 0
	p.collect = func() { collected++ }
	for _, bytes := range []int64{maxLitter, maxLitter - 1} {
		p.tidy(bytes)
	}
	if p.tidy(0); collected != 1 {
		t.Errorf("%d collections, want 1", collected)
	}
	if p.tidy(1); collected != 2 {
		t.Errorf("%d collections at the bound, want 2", collected)
	}
}

// TestAU06_ThePaceIsThatOfAHash: what is measured tells how long a hash takes, to a factor of twenty on any machine.
func TestAU06_ThePaceIsThatOfAHash(t *testing.T) {
	t.Parallel()
	h := cheapHasher(t)
	for _, k := range []kind{argon2id, pbkdf2SHA256} {
		p, hash := h.pace(k), h.reference(k)
		<-p.known
		best := time.Hour
		for range 5 {
			begin := time.Now()
			hash.match("a password of usual length")
			best = min(best, time.Since(begin))
		}
		told := time.Duration(p.perWork * hash.work())
		if told < best/20 || told > 20*best+100*time.Millisecond {
			t.Errorf("kind %v: %v by its pace, and %v at best", k, told, best)
		}
	}
}

// TestAU06_NobodyWaitsForAPaceForEver: who hangs up waits for no measurement, and is told the longest floor. A measurement
// that found no time begins anew.
func TestAU06_NobodyWaitsForAPaceForEver(t *testing.T) {
	t.Parallel()
	p, open := gated(t, never)
	h := newHasher(cheap, p)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if floor := h.Floor(ctx); floor != maxFloor {
		t.Errorf("a floor of %v without a pace, want %v", floor, maxFloor)
	}
	open()
	p.close()
	for end := time.Now().Add(10 * time.Second); ; <-time.After(time.Millisecond) {
		h.mu.Lock()
		left := len(h.paces)
		h.mu.Unlock()
		if left == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatal("a measurement that cannot be made stays")
		}
		h.pace(argon2id)
	}
}

// TestPW08_WhyAHashIsRefused: whoever imports it reads what is wrong with it.
func TestPW08_WhyAHashIsRefused(t *testing.T) {
	t.Parallel()
	const salt, tag = "c2FsdHNhbHQ", "dGFndGFndGFndGFndGFndGE"
	for encoded, c := range map[string]struct {
		want   string
		costly bool
	}{
		"$argon2id$v=19$m=8192,t=1$" + salt + "$" + tag:                                           {"argon2 parameters are not m, t, p", false},
		"$argon2id$v=19$m=8192,p=1,t=1$" + salt + "$" + tag:                                       {"argon2 parameters are not m, t, p", false},
		"$argon2id$v=19$m=8192,t=x,p=1$" + salt + "$" + tag:                                       {"argon2 t=", false},
		"$argon2id$v=19$m=1,t=1,p=1$" + salt + "$" + tag:                                          {"argon2 m=", false},
		"$argon2id$v=19$m=262144,t=4,p=1$" + salt + "$" + tag:                                     {"memory times passes of argon2", true},
		"$argon2id$v=19$m=8192,t=1,p=1$" + strings.Repeat("A", 200) + "$" + tag:                   {"argon2 salt: too long", false},
		"$argon2id$v=19$m=8192,t=1,p=1$" + salt + "$" + strings.Repeat("A", 200):                  {"argon2 tag: too long", false},
		"$bcrypt-sha256$v=2,t=2b,r=12$" + strings.Repeat("a", 23) + "$" + strings.Repeat("a", 31): {"wrong length or alphabet for bcrypt-sha256", false},
		"$bcrypt-sha256$v=2,t=2b,r=12$" + strings.Repeat("a", 22) + "$" + strings.Repeat("a", 30): {"wrong length or alphabet for bcrypt-sha256", false},
		"$pbkdf2-sha256$100000$" + salt:                                                           {"not four parts of pbkdf2", false},
		"$2b$10$" + strings.Repeat("a", 52):                                                       {"wrong length or alphabet for bcrypt", false},
		"$2b$10$!" + strings.Repeat("a", 52):                                                      {"wrong length or alphabet for bcrypt", false},
		"$2b$99$" + strings.Repeat("a", 53):                                                       {"bcrypt cost", true},
	} {
		h, err := parseHash(encoded)
		if err == nil || !strings.Contains(err.Error(), c.want) || errors.Is(err, ErrCostly) != c.costly {
			t.Errorf("%s: %v, want %q, costly: %v", encoded, err, c.want, c.costly)
		}
		if h.rounds != 0 && err != nil {
			t.Errorf("%s: refused with %d rounds", encoded, h.rounds)
		}
	}
}

// TestEX02_WhatFitsBesideOthers: up to all of the room, and whatever it takes where nothing runs.
func TestEX02_WhatFitsBesideOthers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		running      int
		used, memory int64
		want         bool
	}{{0, 0, 500, true}, {1, 50, 50, true}, {1, 50, 51, false}, {2, 100, 0, true}, {2, 100, 1, false}} {
		p := &pool{room: 100, running: c.running, used: c.used}
		if p.fits(&job{memory: c.memory}) != c.want {
			t.Errorf("%d bytes beside %d of %d jobs fit in 100: %v", c.memory, c.used, c.running, !c.want)
		}
	}
}

// TestAU06_HowAPaceIsMeasured: by five tries of a quick hash and two of a slow one, of which the one in the middle counts.
func TestAU06_HowAPaceIsMeasured(t *testing.T) {
	t.Parallel()
	const long = 80 * time.Millisecond
	for name, c := range map[string]struct {
		take  []time.Duration
		tries int
		slow  bool
	}{
		"quick":             {make([]time.Duration, 9), 5, false},
		"one is long":       {[]time.Duration{0, 0, long, 0, 0, 0}, 5, false},
		"slow":              {[]time.Duration{2 * paceFor, 2 * paceFor, 0, 0, 0, 0}, 2, true},
		"the first is slow": {[]time.Duration{2 * paceFor, 0, 0, 0, 0, 0}, 2, true},
	} {
		h := cheapHasher(t)
		p, tried, begin := &pace{known: make(chan struct{})}, 0, time.Now()
		h.measure(storedHash{kind: argon2id, cost: Cost{MemoryKiB: 1, Time: 1, Threads: 1}, match: func(string) bool {
			tried++
			<-time.After(c.take[tried-1])
			return false
		}}, p)
		<-p.known
		if held := time.Since(begin) > paceFor; held && !c.slow { // by a busy machine
			c.tries, c.slow = max(minPaceTries, min(tried, maxPaceTries)), p.perWork > float64(long)/2
		}
		if tried != c.tries || (p.perWork > float64(long)/2) != c.slow {
			t.Errorf("%s: %d tries and %.0f ns for each unit, want %d tries", name, tried, p.perWork, c.tries)
		}
	}
}
