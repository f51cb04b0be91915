package program

import (
	"errors"
	"log/slog"
	"math"
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
		"no cgroup":             {0, memlimit.ErrNoCgroup, math.MaxInt64, 0, 0, 176 * mib},
		"no limit":              {0, memlimit.ErrNoLimit, math.MaxInt64, 0, 0, 176 * mib},
		"256 MiB":               {256 * mib, nil, math.MaxInt64, 256 * mib, 192 * mib, 176 * mib},
		"128 MiB":               {128 * mib, nil, math.MaxInt64, 128 * mib, 64 * mib, 96 * mib},
		"less than the rest":    {32 * mib, nil, math.MaxInt64, 32 * mib, 1, 16 * mib},
		"GOMEMLIMIT alone":      {0, memlimit.ErrNoLimit, 200 * mib, 200 * mib, 136 * mib, 168 * mib},
		"GOMEMLIMIT below":      {256 * mib, nil, 200 * mib, 200 * mib, 136 * mib, 168 * mib},
		"GOMEMLIMIT above":      {256 * mib, nil, 400 * mib, 256 * mib, 192 * mib, 176 * mib},
		"a limit beyond int64":  {math.MaxUint64, nil, math.MaxInt64, 0, 0, 176 * mib},
		"what cannot be read":   {0, broken, math.MaxInt64, 0, 0, 176 * mib},
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
