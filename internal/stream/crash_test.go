package stream_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/password"
	"latchkey/internal/program"
	"latchkey/internal/store"
	"latchkey/internal/stream"
	"latchkey/internal/stream/event"
	"latchkey/internal/stream/eventhubstest"
)

// childFolder names the data folder to a process that only sends, until it is killed.
const childFolder = "STREAM_TEST_FOLDER"

func TestMain(m *testing.M) {
	if folder := os.Getenv(childFolder); folder != "" {
		fmt.Fprintln(os.Stderr, sendUntilKilled(folder))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// sendUntilKilled runs the streams of a folder, as the server does.
func sendUntilKilled(folder string) error {
	p, err := program.Open(context.Background(), folder, program.Options{Cost: password.MinCost(), Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		return err
	}
	fmt.Println("begun")
	return stream.NewRunner(p.Instance).Run(context.Background())
}

// The size of the crash test.
const (
	crashRows  = 50_000
	crashUsers = 200
	crashKills = 15
	oneWindow  = 1000
)

// TestST01_KilledAtAnyMoment kills a process that sends 50,000 events, over and over.
func TestST01_KilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	hub := eventhubstest.Start(t, eventhubstest.Options{Partitions: 4})
	a := apptest.Start(t, apptest.Options{})
	id, _ := add(t, a, stream.Wish{Kind: stream.EventHubs, Name: "audit", Connection: hub.Connection()})
	for range 10 {
		log(a, crashRows/10, crashUsers)
	}
	a.Tx(func(tx *store.Tx) error { return tx.SetMeta("stream_networks", "127.0.0.0/8") })
	before := now(a, id)
	kills, wait := 0, 20*time.Millisecond
	for ; kills < crashKills; kills++ {
		at := now(a, id).Cursor
		killAfter(t, a, wait)
		switch moved := now(a, id).Cursor - at; {
		case moved == 0:
			wait *= 2 // it had hardly begun
		case moved > oneWindow:
			wait -= wait / 3
		}
	}
	killed := now(a, id)
	if killed.Cursor == before.Cursor {
		t.Fatal("nothing was sent before the last kill")
	}
	a.Clock.Add(time.Hour) // whatever it waits for
	run(t, a, caughtUp(a, id))
	s := now(a, id)
	doubled := arrivedOnce(t, hub, s.Begins+1, s.Cursor)
	t.Logf("%d kills, the last at row %d of %d; %d events arrived twice", kills, killed.Cursor-before.Begins, crashRows, doubled)
	if doubled > crashKills*oneWindow {
		t.Errorf("%d events arrived twice", doubled)
	}
	f, err := stream.Check(t.Context(), a.Site.Instance, s, earliest(), 0, nil)
	if err != nil || f.Counts[stream.Missing]+f.Counts[stream.Disordered]+f.Counts[stream.Altered]+f.Counts[stream.Unknown] != 0 || f.Expected != crashRows+1 || f.Counts[stream.Doubled] != int64(doubled) {
		t.Errorf("the check says %+v, %v", f.Counts, err)
	}
}

// killAfter starts a process that sends and kills it some time after it has begun.
func killAfter(t *testing.T, a *apptest.App, wait time.Duration) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childFolder+"="+a.Folder)
	child.Stderr = os.Stderr
	said, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := said.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	<-time.After(wait)
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	child.Wait()
	if status, ok := child.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
		t.Fatalf("it ended by itself: %v", child.ProcessState)
	}
}

// arrivedOnce looks into the hub: every row is there, those of a user in order, and what is there
// twice is less than a window behind what is before it. It returns how many are.
func arrivedOnce(t *testing.T, hub *eventhubstest.Hub, from, to int64) (doubled int) {
	t.Helper()
	seen := map[int64]bool{}
	for partition := range 4 {
		last, newest := map[string]int64{}, int64(0)
		for _, stored := range hub.Stored(partition) {
			var e event.Event
			if err := json.Unmarshal([]byte(stored.Body), &e); err != nil {
				t.Fatal(err)
			}
			seq, user := e.Data.Seq, e.Data.Subject.ID
			switch {
			case seen[seq]:
				if doubled++; newest-seq >= oneWindow {
					t.Errorf("row %d arrived again behind row %d", seq, newest)
				}
			case seq < last[user]:
				t.Errorf("row %d of %s arrived behind row %d", seq, user, last[user])
			}
			seen[seq], last[user], newest = true, max(seq, last[user]), max(newest, seq)
		}
	}
	for n := from; n <= to; n++ {
		if !seen[n] {
			t.Errorf("row %d is missing", n)
		}
	}
	return doubled
}
