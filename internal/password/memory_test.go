package password

import (
	"errors"
	"slices"
	"testing"
)

// TestEX02_LargeHashesRunAlone holds that stored hashes of another cost mind the memory
// that was planned for ours.
func TestEX02_LargeHashesRunAlone(t *testing.T) {
	t.Parallel()
	p := newPool(4, 100, never)
	defer p.close()
	var stretched []int64
	p.stretch = func(bytes int64) { stretched = append(stretched, bytes) }
	most := int64(0)
	run := func(j **job, memory int64) {
		*j = p.enqueue(Caller{Network: "n"}, memory, func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			most = max(most, p.used)
			if p.used > p.room && p.running > 1 {
				t.Errorf("%d jobs use %d bytes", p.running, p.used)
			}
		})
	}
	jobs := make([]*job, maxWaiting)
	for i := range jobs {
		run(&jobs[i], []int64{50, 50, 30, 250}[i%4])
	}
	for _, j := range jobs {
		if <-j.done; j.err != nil {
			t.Error(j.err)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.running > 0 {
		p.change.Wait()
	}
	if most != 250 || p.used != 0 {
		t.Errorf("at most %d bytes were used, %d at the end", most, p.used)
	}
	if slices.Max(stretched) != 150 || slices.Min(stretched) != -150 || len(stretched) != maxWaiting/2 {
		t.Errorf("Go's limit was moved by %v", stretched)
	}
}

// TestEX02_GarbageIsCollectedBeforeTheNextHash holds what keeps the memory of a burst at
// what is planned: no thread begins a hash beside the garbage of its last one.
func TestEX02_GarbageIsCollectedBeforeTheNextHash(t *testing.T) {
	t.Parallel()
	p, open := gated(t, never)
	var order []string
	p.collect = func() { order = append(order, "collect") }
	note := func(s string) func() { return func() { order = append(order, s) } }
	p.enqueue(Caller{Network: "n"}, maxLitter, note("a"))
	p.enqueue(Caller{Network: "n"}, maxLitter/2, note("b"))
	p.enqueue(Caller{Network: "n"}, maxLitter/2, note("c"))
	last := p.enqueue(Caller{Network: "n"}, 0, note("d"))
	open()
	<-last.done
	if want := []string{"a", "collect", "b", "c", "collect", "d"}; !slices.Equal(order, want) {
		t.Errorf("%v, want %v", order, want)
	}
}

// TestEX02_TwoSpellingsTakeTheMemoryOfOne: the hash of the second spelling begins when the
// first one's is collected.
func TestEX02_TwoSpellingsTakeTheMemoryOfOne(t *testing.T) {
	t.Parallel()
	cost := Cost{MemoryKiB: maxLitter / 1024, Time: 1, Threads: 1}
	p := newPool(1, cost.bytes(), never)
	collected := 0
	p.collect = func() { collected++ }
	h := newHasher(cost, p)
	_, err := h.Verify(t.Context(), Caller{}, "", []string{"a", "b"})
	h.Close()
	if err != nil || collected != 2 {
		t.Errorf("collected %d times for two spellings, want 2: between them and after; %v", collected, err)
	}
}

func TestEX02_ThreadsFitIntoMemory(t *testing.T) {
	t.Parallel()
	for memory, most := range map[int64]int{0: cores(), 1: 1, 64 << 20: 1, 127 << 20: 1, 128 << 20: 2, 1 << 50: cores()} {
		h := NewHasher(DefaultCost(), memory)
		defer h.Close()
		want := min(most, cores())
		if h.Workers() != want || h.Memory() != int64(want)*64<<20 {
			t.Errorf("%d bytes: %d threads, %d bytes of hashes, want %d threads", memory, h.Workers(), h.Memory(), want)
		}
	}
}

// TestPW08_AHashThatDoesNotFitIsNotTried holds that a stored hash larger than a
// container's memory ends no server: it counts as corrupt.
func TestPW08_AHashThatDoesNotFitIsNotTried(t *testing.T) {
	t.Parallel()
	h := NewHasher(MinCost(), 100<<20)
	defer h.Close()
	large := Cost{MemoryKiB: 101 * mib, Time: 1, Threads: 1}.encode(make([]byte, saltLength), make([]byte, tagLength))
	fits := Cost{MemoryKiB: 100 * mib, Time: 1, Threads: 1}.encode(make([]byte, saltLength), make([]byte, tagLength))
	if CheckHash(large) != nil || !errors.Is(h.Check(large), ErrCorrupt) || h.Check(fits) != nil {
		t.Errorf("large: %v, one that fits: %v", h.Check(large), h.Check(fits))
	}
	if match, err := h.Verify(t.Context(), Caller{}, large, []string{"x"}); match != NoMatch || !errors.Is(err, ErrCorrupt) {
		t.Errorf("verified: %v, %v", match, err)
	}
}
