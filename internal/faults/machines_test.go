package faults

import (
	"database/sql"
	"fmt"
	"net/http"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"latchkey/internal/store/postgrestest"
)

// outage takes something away and gives it back.
type outage struct {
	name string
	run  func(t *testing.T, l *load, n *node) error
}

// outagesOf are what is taken away in turn from machines and their database.
func outagesOf(m *machines, db *postgrestest.Pair) []outage {
	return []outage{
		{"the primary is killed, its standby promoted, another standby made", func(*testing.T, *load, *node) error {
			if err := db.Promote(); err != nil {
				return err
			}
			return db.Follow()
		}},
		{"a node is killed, and started again", func(t *testing.T, l *load, n *node) error {
			n.kill()
			l.until(t, l.many()+5)
			n.start(t)
			return nil
		}},
		{"a node is frozen, and goes on", func(t *testing.T, _ *load, n *node) error {
			if err := n.command.Process.Signal(syscall.SIGSTOP); err != nil {
				return err
			}
			<-time.After(3 * time.Second) // longer than anybody may hold the lock and say nothing
			for _, other := range m.nodes {
				if other != n {
					other.ready(t, http.StatusOK)
				}
			}
			return n.command.Process.Signal(syscall.SIGCONT)
		}},
		{"the standby is killed, and started again", func(t *testing.T, l *load, n *node) error {
			if err := db.KillStandby(); err != nil {
				return err
			}
			n.ready(t, http.StatusServiceUnavailable)
			many := l.many()
			n.ready(t, http.StatusServiceUnavailable)
			if l.many() != many {
				t.Errorf("%d forms were answered without the standby", l.many()-many)
			}
			return db.StartStandby()
		}},
	}
}

// TestAV03_SeveralMachines: three nodes behind nginx on a PostgreSQL with a synchronous standby. In each
// round a node, the primary or the standby is killed or stopped, while people do what they do in
// KilledUnderLoad. What they were answered holds afterwards, whatever works once works at most
// once, and the log is whole, as another node sees it.
func TestAV03_SeveralMachines(t *testing.T) {
	t.Parallel()
	built(t)
	m, db := startMachines(t, 30+60**outages)
	m.lose(t, *outages, outagesOf(m, db))
}

// lose takes something away in each round, one after the other and from one node after the other.
func (m *machines) lose(t *testing.T, rounds int, all []outage) {
	t.Helper()
	l := &load{journal: newJournal(), people: make(chan *person, len(m.users))}
	sent := count{}
	l.codes = sent.add
	for i := range m.users {
		l.people <- &m.users[i]
	}
	var desks []*browser
	for i := range 2 {
		sent.add(m.administrators[i].name)
		desks = append(desks, m.administrators[i].must(t, m.server, 0))
	}
	took := ""
	for round := range rounds {
		what, n, other := all[round%len(all)], m.nodes[round%len(m.nodes)], m.nodes[(round+1)%len(m.nodes)]
		begun := time.Now()
		m.round(t, l, desks, what, n)
		took += fmt.Sprintf("%d. %s: %v\n", round+1, what.name, time.Since(begun).Round(time.Millisecond))
		db := m.open(t)
		l.judge(t, m.server, db)
		db.Close() // whose servers may be gone in the next round
		for i := range desks {
			if !desks[i].signedIn() {
				t.Errorf("administrator %d was signed out", i)
			}
		}
		must(t, other.data, append([]string{"audit", "verify"}, other.database...)...)
		if t.Failed() {
			t.Fatalf("round %d, %s; the log: %s", round+1, what.name, n.said())
		}
	}
	db := m.open(t)
	for name, most := range sent.by {
		if ok := value(t, db, `SELECT count(*) FROM audit_log WHERE event IN ('login.code', 'authenticator.added') AND result = 'ok' AND subject_name = $1`, name); ok > fmt.Sprint(most) {
			t.Errorf("%s sent %d different codes, of which %s were accepted", name, most, ok)
		}
	}
	if *long {
		t.Logf("%s| | answered 303 | not answered | of these happened |\n|---|---|---|---|\n%s", took, l.table())
	}
}

// round has people at work, takes something away and gives it back, and waits until all
// goes on.
func (m *machines) round(t *testing.T, l *load, desks []*browser, what outage, n *node) {
	t.Helper()
	const workers, before, after = 6, 20, 20
	stop := make(chan struct{})
	stopped := func() bool {
		select {
		case <-stop:
			return true
		default:
			return false
		}
	}
	ended := l.work(m.server, desks, workers, func() bool {
		within(patience, func() bool { return stopped() || newBrowser(m.server).get("/readyz").status == http.StatusOK })
		return !stopped()
	})
	l.until(t, before)
	if err := what.run(t, l, n); err != nil {
		t.Errorf("%s: %v", what.name, err)
	}
	l.until(t, l.many()+after)
	close(stop)
	ended()
	for _, n := range m.nodes {
		n.ready(t, http.StatusOK)
	}
}

// open opens the database beside the nodes, until the test ends.
func (m *machines) open(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", m.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}
