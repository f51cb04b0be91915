package faults

import (
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"
)

// TestAV03_KilledUnderLoad kills the server with SIGKILL while people sign in, change
// passwords and roles, use codes and links, add users. What they were answered holds after
// the restart, and whatever works once is tried anew: what was answered works no more, and
// what was under way has happened as a whole or not at all, and works at most once.
func TestAV03_KilledUnderLoad(t *testing.T) {
	t.Parallel()
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	chance := rand.New(rand.NewPCG(*seed, 1))
	workers, users := 3, 20+10**kills
	if *kills > 20 {
		workers = 6
	}
	built(t)
	all := makePeople(t, filepath.Join(t.TempDir(), "data"), users)
	l := &load{journal: newJournal(), people: make(chan *person, users)}
	sent := count{}
	l.codes = sent.add
	for i := range all.users {
		l.people <- &all.users[i]
	}
	s := start(t, all.data, how{})
	db := database(t, all.data)
	var desks []*browser // of administrators, whose proof must be fresh
	var proved time.Time
	proves := func() {
		desks = nil
		for i := range 2 {
			sent.add(all.administrators[i].name)
			desks = append(desks, all.administrators[i].must(t, s, 0))
		}
		proved = time.Now()
	}
	proves()
	var slowest time.Duration
	for round := range *kills {
		after := 1 + chance.IntN(8*workers)
		l.run(t, s, desks, workers, after, time.Duration(chance.IntN(80))*time.Millisecond)
		begun := time.Now()
		s = start(t, all.data, how{})
		s.ready(t, http.StatusOK)
		slowest = max(slowest, time.Since(begun))
		l.judge(t, s, db)
		for i := range desks {
			if desks[i] = desks[i].at(s); !desks[i].signedIn() {
				t.Errorf("round %d: administrator %d was signed out", round, i)
			}
		}
		if got := integrity(t, all.data); got != "ok" {
			t.Errorf("round %d: integrity_check: %s", round, got)
		}
		must(t, all.data, "audit", "verify")
		if time.Since(proved) > 5*time.Minute {
			proves()
		}
		if t.Failed() {
			t.Fatalf("round %d of seed %d; the log: %s", round, *seed, s.said())
		}
	}
	for name, most := range sent.by {
		ok := value(t, db, `SELECT count(*) FROM audit_log WHERE event IN ('login.code', 'authenticator.added') AND result = 'ok' AND subject_name = $1`, name)
		if n, err := strconv.Atoi(ok); err != nil || n > most {
			t.Errorf("%s sent %d different codes, of which %s were accepted (%v)", name, most, ok, err)
		}
	}
	if *long {
		t.Logf("%d kills, seed %d; slowest restart until /readyz: %v\n| | answered 303 | under way at a kill | of these happened |\n|---|---|---|---|\n%s",
			*kills, *seed, slowest.Round(time.Millisecond), l.table())
	}
}

// run has people at work until so much was answered, waits a little and kills the server.
func (l *load) run(t *testing.T, s *server, desks []*browser, workers, after int, then time.Duration) {
	t.Helper()
	ended := l.work(s, desks, workers, func() bool { return newBrowser(s).get("/healthz").status == http.StatusOK })
	l.until(t, after)
	<-time.After(then)
	s.kill()
	ended()
}

// work has people at work as long as there are some and each of them may go on. The function waits
// for the last one.
func (l *load) work(s *server, desks []*browser, workers int, goes func() bool) (ended func()) {
	var all sync.WaitGroup
	for i := range workers {
		all.Go(func() {
			for goes() {
				if i < len(desks) {
					l.administrator(s, desks[i])
					continue
				}
				select {
				case p := <-l.people:
					l.user(s, p)
				default:
					return
				}
			}
		})
	}
	return all.Wait
}

// until waits until so much of this round was answered.
func (l *load) until(t *testing.T, many int) {
	t.Helper()
	if !within(patience, func() bool { return l.many() >= many }) {
		t.Errorf("only %d forms were answered, want %d", l.many(), many)
	}
}

// count counts by name. It is safe for concurrent use.
type count struct {
	mu sync.Mutex
	by map[string]int
}

func (c *count) add(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by == nil {
		c.by = map[string]int{}
	}
	c.by[name]++
}
