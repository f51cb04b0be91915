package lease

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/internal/instance"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/store/postgrestest"
)

// quick are the times of a test, in which a node is given up soon.
var quick = times{beat: 20 * time.Millisecond, most: 500 * time.Millisecond, dead: 2 * time.Second, look: 5 * time.Millisecond}

// nodes are several instances that serve one database.
func nodes(t *testing.T, n int) (all []*instance.Instance) {
	t.Helper()
	s, err := postgrestest.Shared()
	if errors.Is(err, postgrestest.ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	name, err := s.Database("")
	if err != nil {
		t.Fatal(err)
	}
	ring, err := secret.CreateRing(filepath.Join(t.TempDir(), "latchkey.key"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		db, err := store.Open(t.Context(), s.Address(name), ring, i == 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		one, err := instance.New(instance.Config{DB: db, Ring: ring, Log: slog.New(slog.DiscardHandler), URL: &url.URL{Scheme: "http", Host: "localhost"}, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	return all
}

// TestAlone_OneNodeAtATime: of three nodes that are woken again and again, one is at work at a time,
// and each of them comes to it.
func TestAlone_OneNodeAtATime(t *testing.T) {
	t.Parallel()
	var working atomic.Int32
	var all sync.WaitGroup
	for n, i := range nodes(t, 3) {
		ran := 0
		job := alone(i, instance.Job{Name: "work", Run: func(ctx context.Context) error {
			if working.Add(1) != 1 {
				t.Error("two nodes are at work")
			}
			ran++
			err := i.DB.Tx(ctx, func(tx *store.Tx) error { return tx.SetMeta("done", i.Node()) })
			working.Add(-1)
			return err
		}}, quick)
		all.Go(func() {
			for range 10 {
				if err := job.Run(t.Context()); err != nil {
					t.Errorf("node %d: %v", n, err)
				}
			}
			if ran != 10 {
				t.Errorf("node %d ran %d times", n, ran)
			}
		})
	}
	all.Wait()
}

// TestAlone_AStoppedNodeChangesNothing: a node of which there was no sign for long is taken over
// from; what it still does then is refused, and its context ends.
func TestAlone_AStoppedNodeChangesNothing(t *testing.T) {
	t.Parallel()
	all := nodes(t, 2)
	frozen, other := all[0], all[1]
	taken := make(chan struct{})
	silent := quick
	silent.beat = time.Hour // as if it were stopped
	job := alone(frozen, instance.Job{Name: "work", Run: func(ctx context.Context) error {
		go alone(other, instance.Job{Name: "work", Run: func(ctx context.Context) error {
			close(taken)
			<-ctx.Done()
			return nil
		}}, quick).Run(t.Context())
		<-taken
		err := frozen.DB.Tx(ctx, func(tx *store.Tx) error { return tx.SetMeta("by", "the frozen one") })
		if !errors.Is(err, store.ErrLeaseLost) {
			t.Errorf("its transaction: %v", err)
		}
		return err
	}}, silent)
	if err := job.Run(t.Context()); !errors.Is(err, store.ErrLeaseLost) {
		t.Errorf("its work: %v", err)
	}
	if by, err := other.DB.Meta("by"); by != "" || err != nil {
		t.Errorf("it wrote %q, %v", by, err)
	}
	if l, err := other.DB.Lease("work"); l.Node != other.Node() || err != nil {
		t.Errorf("the lease is %+v, %v; the frozen node gave another's away", l, err)
	}
}

// TestAlone_WorkEndsWithItsLease: a node whose lease is gone is told so while it works.
func TestAlone_WorkEndsWithItsLease(t *testing.T) {
	t.Parallel()
	all := nodes(t, 2)
	job := alone(all[0], instance.Job{Name: "work", Run: func(ctx context.Context) error {
		err := all[1].DB.Tx(t.Context(), func(tx *store.Tx) error {
			seen, err := tx.Lease("work")
			if err != nil {
				return err
			}
			_, err = tx.TakeLease("work", all[1].Node(), seen)
			return err
		})
		<-ctx.Done()
		return err
	}}, quick)
	if err := job.Run(t.Context()); !errors.Is(err, store.ErrLeaseLost) {
		t.Errorf("its work: %v", err)
	}
}
