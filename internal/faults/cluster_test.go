package faults

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

// TestAV03_DocumentedCluster: what docs/deploy/postgres-ha describes is started, the machine of its leader
// is lost while people are at work, and comes back. The nodes go on by themselves, with HAProxy and
// without, and nothing that was answered is lost.
func TestAV03_DocumentedCluster(t *testing.T) {
	if !*long {
		t.Skip("it waits for what three machines wait for; make ha runs it")
	}
	t.Parallel()
	built(t)
	c := startCluster(t)
	m := &machines{}
	for _, name := range []string{"database-haproxy", "database"} {
		path := c.address(t, name)
		m.nodes = append(m.nodes, &node{database: []string{"--database-file", path}})
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		m.address = strings.TrimSpace(string(text))
	}
	m.start(t, 60)
	m.server = m.nodes[0].server
	m.lose(t, 2, []outage{{"the machine of the leader is lost, and comes back", func(t *testing.T, l *load, _ *node) error {
		lost := c.leader()
		if lost == nil {
			return errors.New("nobody leads")
		}
		begun := time.Now()
		lost.kill(t)
		if !within(4*patience, func() bool { return c.leader() != nil }) {
			return errors.New("nobody has taken over")
		}
		l.until(t, l.many()+1)
		t.Logf("%s was lost; %v later somebody was answered 303 again", lost.name, time.Since(begun).Round(time.Second))
		lost.start(t)
		c.whole(t)
		return nil
	}}})
}
