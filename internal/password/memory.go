package password

import (
	"math"
	"runtime"
	"runtime/debug"
)

// maxLitter is how much memory of hashes that are done may wait to be collected
// together: 16 MiB, so that cheap hashes do not pay for a collection each.
const maxLitter = 16 * mib * 1024

// fits reports whether there is memory for a job now. One that takes more than there
// ever is waits until it is alone. p.mu is held.
func (p *pool) fits(j *job) bool { return p.running == 0 || p.used+j.memory <= p.room }

// moreThreads lets as many threads run beside the hashes as there are cores: a
// hash is long, and Go would let pages wait behind it for its 10 ms slice where
// the system's scheduler lets a thread that woke up run at once. It is not left on,
// because more threads than cores make pages slower when nobody hashes.
func moreThreads(hashing int) { runtime.GOMAXPROCS(cores() + hashing) }

// cores is how many the program may use.
func cores() int { return min(runtime.GOMAXPROCS(0), runtime.NumCPU()) }

// stretchLimit moves Go's own memory limit, where there is one, out of the way of a
// large hash: the collector would run without end and free nothing.
func stretchLimit(bytes int64) {
	if limit := debug.SetMemoryLimit(-1); limit < math.MaxInt64/2 {
		debug.SetMemoryLimit(limit + bytes)
	}
}

// releaseMemory sets the number of threads back and gives the memory of the last hashes to the
// system; without this it would stay resident for minutes after the last sign-in, until
// the runtime's own scavenger has come round.
func releaseMemory() {
	runtime.SetDefaultGOMAXPROCS()
	debug.FreeOSMemory()
}

// tidy collects the memory of a hash that is done. argon2 allocates a new block each time
// and cannot reuse one, and the collector by itself lets the blocks of two or three
// generations pile up. A collection takes about 4 ms, and the next hash, whose memory need
// not be fetched from the system, is faster by more than that.
func (p *pool) tidy(bytes int64) {
	p.mu.Lock()
	p.litter += bytes
	full := p.litter >= maxLitter
	if full {
		p.litter = 0
	}
	p.mu.Unlock()
	if full {
		p.collect()
	}
}
