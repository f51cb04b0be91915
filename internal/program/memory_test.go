package program

import (
	"errors"
	"log/slog"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/KimMachineGun/automemlimit/memlimit"

	"latchkey/internal/password"
)

func TestEX02_MemoryThatIsAllowed(t *testing.T) {
	t.Parallel()
	const mib = 1 << 20
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		cgroup  uint64
		err     error
		goLimit int64

		limit, hashes, bound int64 // bound with two hashes of 64 MiB
	}{
		"no cgroup":             {0, memlimit.ErrNoCgroup, math.MaxInt64, 0, 0, 160 * mib},
		"no limit":              {0, memlimit.ErrNoLimit, math.MaxInt64, 0, 0, 160 * mib},
		"256 MiB":               {256 * mib, nil, math.MaxInt64, 256 * mib, 192 * mib, 160 * mib},
		"128 MiB":               {128 * mib, nil, math.MaxInt64, 128 * mib, 64 * mib, 96 * mib},
		"less than the rest":    {32 * mib, nil, math.MaxInt64, 32 * mib, 1, 16 * mib},
		"GOMEMLIMIT alone":      {0, memlimit.ErrNoLimit, 200 * mib, 200 * mib, 136 * mib, 160 * mib},
		"GOMEMLIMIT below":      {256 * mib, nil, 200 * mib, 200 * mib, 136 * mib, 160 * mib},
		"GOMEMLIMIT above":      {256 * mib, nil, 400 * mib, 256 * mib, 192 * mib, 160 * mib},
		"a limit beyond int64":  {math.MaxUint64, nil, math.MaxInt64, 0, 0, 160 * mib},
		"what cannot be read":   {0, broken, math.MaxInt64, 0, 0, 160 * mib},
		"broken and GOMEMLIMIT": {0, broken, 128 * mib, 128 * mib, 64 * mib, 96 * mib},
	} {
		m := memoryWithin(c.cgroup, c.err, c.goLimit)
		if m.limit != c.limit || m.hashes() != c.hashes || m.goLimit(128*mib) != c.bound || (m.err != nil) != (c.err == broken) {
			t.Errorf("%s: %+v, %d for hashes, Go's limit %d", name, m, m.hashes(), m.goLimit(128*mib))
		}
	}
}

func TestEX02_TooLittleMemoryIsTold(t *testing.T) {
	t.Parallel()
	for limit, warned := range map[int64]bool{0: false, 127 << 20: true, 128 << 20: false} {
		m := Memory{limit: limit}
		h := password.NewHasher(password.DefaultCost(), m.hashes())
		defer h.Close()
		var said strings.Builder
		m.Report(slog.New(slog.NewTextHandler(&said, nil)), h)
		if strings.Contains(said.String(), "too low for even one password hash") != warned || !strings.Contains(said.String(), `each="64 MiB"`) {
			t.Errorf("with %d bytes: %s", limit, &said)
		}
	}
}

// TestOnlyWhatCanBeReadAgainIsLetGo: never what can be written, nor what the loader wrote before it was protected.
func TestOnlyWhatCanBeReadAgainIsLetGo(t *testing.T) {
	t.Parallel()
	const smaps = `00400000-00402000 r--p 00000000 fe:00 1 /bin/latchkey
Size:                  8 kB
Anonymous:             0 kB
00402000-0129a000 r-xp 00002000 fe:00 1                                  /bin/latchkey
Anonymous:             0 kB
VmFlags: rd ex mr mw me
02142000-02145000 r--p 01d41000 fe:00 1                                  /bin/latchkey
Anonymous:            12 kB
02145000-0223f000 rw-p 01d44000 fe:00 1                                  /bin/latchkey
Anonymous:             0 kB
0223f000-04286000 rw-p 00000000 00:00 0
Anonymous:             0 kB
05000000-05001000 r--s 00000000 fe:00 1                                  /bin/latchkey
Anonymous:             0 kB
7f4d20e52000-7f4d20eb5000 r-xp 00000000 fe:00 2                          /lib/libc.so.6
Anonymous:             0 kB
`
	want := []mapping{{0x400000, 0x402000}, {0x402000, 0x129a000}}
	if got := unchanged(smaps, "/bin/latchkey"); !slices.Equal(got, want) {
		t.Errorf("%x, want %x", got, want)
	}
	LetGo()
	LetGo() // and the test goes on
}
