package program

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/KimMachineGun/automemlimit/memlimit"

	"latchkey/internal/password"
)

const (
	// restMemory is what the server may take beside its password hashes: 64 MiB for
	// connections, pages and the caches of the database. In a container whose memory is
	// limited, what the limit leaves above it decides how many passwords are hashed at the
	// same time.
	restMemory = 64 << 20
	// nativeMemory is what is kept of that, and of a container's limit, for memory that Go does not
	// see: 32 MiB for SQLite, the program itself and the buffers of connections.
	nativeMemory = 32 << 20
)

// Memory is how much memory this process may use, and who set the limit.
type Memory struct {
	limit int64 // bytes; 0 means that there is no limit
	own   bool  // GOMEMLIMIT is set, so Go's limit is the operator's
	err   error // why a limit could not be read
}

// allowedMemory asks the cgroup, version 1 or 2, and GOMEMLIMIT; the lower one counts.
func allowedMemory() Memory {
	limit, err := memlimit.FromCgroup()
	return memoryWithin(limit, err, debug.SetMemoryLimit(-1))
}

// memoryWithin judges what the cgroup said, and Go's limit as it is before we set one.
func memoryWithin(cgroup uint64, err error, goLimit int64) Memory {
	m := Memory{own: goLimit != math.MaxInt64}
	switch {
	case err == nil && cgroup < math.MaxInt64:
		m.limit = int64(cgroup)
	case errors.Is(err, memlimit.ErrNoLimit), errors.Is(err, memlimit.ErrNoCgroup), errors.Is(err, memlimit.ErrCgroupsNotSupported):
	default:
		m.err = err
	}
	if m.own && (m.limit == 0 || goLimit < m.limit) {
		m.limit = goLimit
	}
	return m
}

// hashes is what there is for password hashes, 0 without a limit.
func (m Memory) hashes() int64 {
	if m.limit == 0 {
		return 0
	}
	return max(1, m.limit-restMemory)
}

// goLimit is what Go's collector is to keep to: what is planned, or in a container what
// its limit leaves beside native memory, if that is less. It is a second bound behind that
// of the hashing threads.
func (m Memory) goLimit(hashes int64) int64 {
	limit := hashes + restMemory - nativeMemory
	if m.limit > 0 {
		limit = min(limit, max(m.limit-nativeMemory, m.limit/2))
	}
	return limit
}

// Bound sets Go's limit, unless GOMEMLIMIT has set one.
func (m Memory) Bound(h *password.Hasher) {
	if !m.own {
		debug.SetMemoryLimit(m.goLimit(h.Memory()))
	}
}

// Report says what memory there is and what it is enough for.
func (m Memory) Report(log *slog.Logger, h *password.Hasher) {
	hash := h.Memory() / int64(h.Workers())
	limit := "none"
	if m.limit > 0 {
		limit = mebibytes(m.limit)
	}
	log.Info("memory", "limit", limit, "hashing threads", h.Workers(), "each", mebibytes(hash))
	if m.err != nil {
		log.Warn("the memory limit of the container cannot be read, so none is assumed; set GOMEMLIMIT to give one", "error", m.err)
	}
	if m.limit > 0 && m.limit < hash+restMemory {
		log.Warn("the memory limit is too low for even one password hash: signing in may end the server; raise the limit, or lower --password-hash",
			"limit", limit, "at least", mebibytes(hash+restMemory))
	}
}

func mebibytes(bytes int64) string { return fmt.Sprintf("%d MiB", bytes>>20) }

// CollectLater lets the heap grow to three times what lives, in place of twice, before
// garbage is collected: a page takes 1 to 2 µs less of 36, and under load some 5 MB more are
// resident; a server that idles has the same as before. GOGC, if set, decides instead.
func CollectLater() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
}

// LetGo gives back what only the start needed: its garbage, and the pages of the program itself. The kernel maps
// 64 KB around each that is touched, so a start, which runs through every package, leaves nearly all of them
// resident. What is needed again is mapped again, out of the page cache.
func LetGo() {
	debug.FreeOSMemory()
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return // not Linux: nothing is lost but the saving
	}
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		return
	}
	for _, m := range unchanged(string(maps), self) {
		_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, m.begin, m.end-m.begin, syscall.MADV_DONTNEED) // advice
	}
}

// mapping is a part of the memory of this process.
type mapping struct{ begin, end uintptr }

// unchanged are the mappings of a file, as smaps lists them, that cannot be written and of which the process has no page
// of its own: all of that can be read again. What the loader wrote before it was protected is not among them.
func unchanged(smaps, file string) (all []mapping) {
	var m mapping
	for line := range strings.Lines(smaps) {
		fields := strings.Fields(line)
		if begin, end, ok := strings.Cut(fields[0], "-"); ok {
			m = mapping{}
			if len(fields) == 6 && fields[5] == file && fields[1][0] == 'r' && fields[1][1] == '-' && fields[1][3] == 'p' {
				from, err := strconv.ParseUint(begin, 16, 64)
				to, err2 := strconv.ParseUint(end, 16, 64)
				if err == nil && err2 == nil {
					m = mapping{uintptr(from), uintptr(to)}
				}
			}
		} else if fields[0] == "Anonymous:" && fields[1] == "0" && m.end > 0 {
			all = append(all, m)
		}
	}
	return all
}

// MeasureHashes has what stored hashes of other kinds cost measured beside the first
// requests, so that no failed sign-in waits for it.
func (p *Program) MeasureHashes() {
	samples, err := p.DB.HashSamples()
	if err != nil {
		p.Instance.Log.Error("reading the kinds of password hashes", "error", err)
		return
	}
	current := p.Hasher.Cost().String()
	if slices.ContainsFunc(samples, func(hash string) bool { return password.Profile(hash) != current }) {
		p.Hasher.Measure(samples...)
	}
}
