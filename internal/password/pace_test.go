package password

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// knownPace makes h know the paces of these kinds, in nanoseconds for each unit of work.
func knownPace(h *Hasher, perWork map[kind]float64) {
	for k, ns := range perWork {
		p := &pace{known: make(chan struct{}), perWork: ns}
		close(p.known)
		h.paces[k] = p
	}
}

func TestAU06_FloorCoversTheSlowest(t *testing.T) {
	t.Parallel()
	h := cheapHasher(t)
	knownPace(h, map[kind]float64{argon2id: 1000, plainBcrypt: 1e5, pbkdf2SHA256: 100})
	slow := Cost{MemoryKiB: minMemory, Time: 8, Threads: 1}
	own := time.Duration(1.5 * 1000 * 8192) // 8 MiB once
	for name, c := range map[string]struct {
		samples []string
		want    time.Duration
	}{
		"nobody":                      {nil, own},
		"corrupt":                     {[]string{"", "corrupt"}, own},
		"less work than ours":         {[]string{"$2b$04$" + secretHash[7:]}, own},
		"eight passes":                {[]string{slow.Hash("x"), "corrupt"}, 8 * own},
		"the slowest of a kind":       {[]string{"$2b$10$" + secretHash[7:], secretHash, "$2b$11$" + secretHash[7:]}, time.Duration(1.5 * 1e5 * 4096)},
		"bcrypt behind a digest":      {[]string{djangoBcrypt + secretHash}, time.Duration(1.5 * 1e5 * 4096)},
		"the slowest of two kinds":    {[]string{slow.Hash("x"), "$pbkdf2-sha256$2000000$c2FsdHNhbHRzYWx0$SqQeIAiDgbGcHs5AlKHM4lDlm90TQpmElZusRZF/1OU"}, time.Duration(1.5 * 100 * 2e6)},
		"slower than anybody waits":   {[]string{"$2b$14$" + secretHash[7:], "$2b$14$" + secretHash[7:]}, 1638400 * time.Microsecond * 3 / 2},
		"nothing but kinds we forget": {[]string{"$2x$14$" + secretHash[7:]}, own},
	} {
		if got := h.Floor(t.Context(), c.samples...); got.Round(time.Microsecond) != min(c.want, maxFloor).Round(time.Microsecond) {
			t.Errorf("%s: floor %v, want %v", name, got, c.want)
		}
	}
	knownPace(h, map[kind]float64{plainBcrypt: 1e9})
	if got := h.Floor(t.Context(), secretHash); got != maxFloor {
		t.Errorf("on a very slow machine the floor is %v, want the ceiling", got)
	}
}

// TestAU06_OneMeasurementForEachKind holds that a file of any number of costs does not
// make anybody wait for as many measurements.
func TestAU06_OneMeasurementForEachKind(t *testing.T) {
	t.Parallel()
	h := cheapHasher(t)
	var samples []string
	for i := range 150 {
		samples = append(samples, strings.Replace(cheap.Hash("x"), "m=8192", fmt.Sprintf("m=%d", 8192+i), 1),
			fmt.Sprintf("$2b$%02d$%s", minBcrypt+i%11, secretHash[7:]),
			fmt.Sprintf("$pbkdf2-sha256$%d$c2FsdHNhbHRzYWx0$SqQeIAiDgbGcHs5AlKHM4lDlm90TQpmElZusRZF/1OU", minIterations+i))
	}
	h.Measure(samples...)
	for _, k := range []kind{argon2id, plainBcrypt, pbkdf2SHA256} {
		<-h.pace(k).known
	}
	floor := h.Floor(t.Context(), samples...)
	if again := h.Floor(t.Context(), samples...); again != floor || floor <= 0 || floor > maxFloor {
		t.Errorf("floor %v, then %v", floor, again)
	}
	if len(h.paces) != 3 {
		t.Errorf("%d kinds were measured, want argon2id, bcrypt and pbkdf2-sha256", len(h.paces))
	}
}

// TestAU06_WhatIsNotMeasuredYetCountsAsTheCeiling holds that a failed sign-in computes
// nothing for the floor and gives up waiting for it.
func TestAU06_WhatIsNotMeasuredYetCountsAsTheCeiling(t *testing.T) {
	t.Parallel()
	p, open := gated(t, never)
	h := newHasher(cheap, p)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := h.Floor(ctx, secretHash); got != maxFloor {
		t.Errorf("floor %v while nothing is measured, want %v", got, maxFloor)
	}
	open()
	<-h.pace(argon2id).known
	<-h.pace(plainBcrypt).known
	if got := h.Floor(t.Context(), "$2b$04$"+secretHash[7:]); got <= 0 || got > maxFloor {
		t.Errorf("floor %v afterwards", got)
	}
}

func TestAU06_AMeasurementThatFailsIsTriedAgain(t *testing.T) {
	t.Parallel()
	expired := make(chan time.Time)
	close(expired)
	p, _ := gated(t, func() <-chan time.Time { return expired })
	h := newHasher(cheap, p)
	pending := &pace{known: make(chan struct{})}
	h.paces[argon2id] = pending
	h.measure(h.reference(argon2id), pending)
	if len(h.paces) != 0 {
		t.Error("nothing was measured, and nothing ever will be")
	}
}

func TestAU06_EveryKindHasAReference(t *testing.T) {
	t.Parallel()
	h := cheapHasher(t)
	for _, k := range []kind{argon2id, argon2i, argon2d, plainBcrypt, pbkdf2SHA1, pbkdf2SHA256, pbkdf2SHA512} {
		if r := h.reference(k); r.kind != k || r.match == nil || r.work() <= 0 || r.match("x") {
			t.Errorf("%s is measured by %+v", k, r)
		}
	}
}
