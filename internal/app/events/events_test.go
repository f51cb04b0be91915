package events_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latchkey/internal/app"
	"latchkey/internal/app/cli"
	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/store"
	"latchkey/internal/stream"
	"latchkey/internal/stream/event"
)

// archive starts a program with a file stream that has sent some rows.
func archive(t *testing.T, rows int) *apptest.App {
	t.Helper()
	a := apptest.Start(t, apptest.Options{})
	a.Tx(func(tx *store.Tx) error {
		_, _, err := stream.Add(a.Site.Instance, tx, audit.Entry{At: a.Clock.Now(), ActorID: a.Admin.ID}, stream.Wish{Kind: stream.File, Name: "archive"})
		return err
	})
	send(t, a, rows)
	return a
}

// send writes rows into the audit log and waits until they were sent.
func send(t *testing.T, a *apptest.App, rows int) {
	t.Helper()
	a.Tx(func(tx *store.Tx) error {
		for n := range rows {
			if err := tx.Audit(audit.Entry{At: a.Clock.Now(), Event: audit.LoginCode, Result: audit.ResultOK, SubjectID: fmt.Sprint("user", n%2), UserAgent: "x\x1b[31m"}); err != nil {
				return err
			}
		}
		return nil
	})
	stop := stream.NewRunner(a.Site.Instance).Job().Start(a.Site.Log)
	defer stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		s, ok, err := a.DB.StreamByName("archive")
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		if behind, _, err := a.DB.LagOf(s.Cursor); err != nil || behind == 0 {
			return
		}
	}
}

// call runs a command and returns its exit status and what it printed.
func call(t *testing.T, a *apptest.App, args ...string) (status int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	r := &cli.Run{Ctx: t.Context(), Version: "test", Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr}
	status = app.Command(r, append(args, "--data", a.Folder), nil)
	return status, stdout.String(), stderr.String()
}

func TestEventsStatus(t *testing.T) {
	t.Parallel()
	a := archive(t, 4)
	status, out, errs := call(t, a, "events", "status")
	if status != 0 || !strings.Contains(out, "archive  file  running  0       5") || errs != "" {
		t.Errorf("%d, %s%s", status, out, errs)
	}
	var all []struct {
		Sent    int64
		Address string
	}
	if _, out, _ = call(t, a, "events", "status", "--json"); json.Unmarshal([]byte(out), &all) != nil || len(all) != 1 || all[0].Sent != 5 || all[0].Address != "archive.jsonl" {
		t.Error(out)
	}
	empty := apptest.Start(t, apptest.Options{})
	if status, out, _ := call(t, empty, "events", "status"); status != 0 || !strings.HasPrefix(out, "There are no event streams.") {
		t.Errorf("%d, %s", status, out)
	}
}

func TestEventsRead(t *testing.T) {
	t.Parallel()
	a := archive(t, 4)
	for _, c := range []struct {
		args   string
		status int
		lines  int
		want   string
	}{
		{"", 0, 5, `partition 0, offset 0, sequence number 1, enqueued 20`},
		{"--from earliest --max 2", 0, 2, `sequence number 2,`},
		{"--from sequence:4", 0, 2, `sequence number 4,`},
		{"--from offset:0", 0, 4, `sequence number 2,`},
		{"--from latest", 0, 0, ""},
		{"--from time:2999-01-01T00:00:00Z", 0, 0, ""},
		{"--from time:2000-01-01T00:00:00Z", 0, 5, ""},
		{"--partition 0", 0, 5, ""},
		{"--partition 3", 1, 0, "there is no partition 3: a file has only partition 0"},
		{"--from yesterday", 2, 0, `--from: "yesterday" is neither`},
		{"--from sequence:x", 2, 0, `--from: "sequence:x" is neither`},
		{"--from earliest:1", 2, 0, `--from: "earliest:1" is neither`},
		{"--max=-1", 2, 0, "--max and --prefetch are numbers from 0 on"},
	} {
		status, out, errs := call(t, a, strings.Fields("events read archive "+c.args)...)
		if status != c.status || strings.Count(out, "\n") != c.lines || !strings.Contains(out+errs, c.want) {
			t.Errorf("%s: %d, %s%s", c.args, status, out, errs)
		}
		if strings.Contains(out, "\x1b") {
			t.Errorf("%s: the screen would be coloured", c.args)
		}
	}
	status, out, _ := call(t, a, "events", "read", "archive", "--json", "--max", "1")
	var one struct {
		Sequence int64 `json:"sequence_number"`
		Event    event.Event
	}
	if err := json.Unmarshal([]byte(out), &one); status != 0 || err != nil || one.Sequence != 1 || one.Event.Type != "stream.added" {
		t.Errorf("%d, %s: %v", status, out, err)
	}
	if status, _, errs := call(t, a, "events", "read", "other"); status != 1 || errs != "latchkey: there is no event stream \"other\"; latchkey events status lists them\n" {
		t.Errorf("%d, %s", status, errs)
	}
}

func TestEventsCheckAndRefill(t *testing.T) {
	t.Parallel()
	a := archive(t, 4)
	if status, out, errs := call(t, a, "events", "check", "archive"); status != 0 || !strings.Contains(out, "Nothing is missing, doubled, out of order or altered.") {
		t.Errorf("%d, %s%s", status, out, errs)
	}
	a.Restart()
	was, err := os.ReadFile(a.DatabasePath())
	if err != nil {
		t.Fatal(err)
	}
	send(t, a, 30)
	a.PutBack(was)
	if status, out, errs := call(t, a, "events", "check", "archive"); status != 1 || !strings.Contains(errs, "archive: 30 unknown") {
		t.Errorf("%d, %s%s", status, out, errs)
	}
	if status, out, errs := call(t, a, "events", "refill", "archive"); status != 0 || !strings.HasPrefix(out, "30 rows were put back into the audit log.") {
		t.Errorf("%d, %s%s", status, out, errs)
	}
	if status, out, errs := call(t, a, "audit", "verify"); status != 0 {
		t.Errorf("%d, %s%s", status, out, errs)
	}
	if status, out, errs := call(t, a, "events", "refill", "archive"); status != 0 || out != "The audit log lacks nothing that the stream has.\n" {
		t.Errorf("%d, %s%s", status, out, errs)
	}
	path := filepath.Join(a.Folder, "streams", "archive.jsonl")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(text), "\n")
	if err := os.WriteFile(path, []byte(strings.Join(append(lines[:3:3], lines[4:]...), "")), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, out, errs := call(t, a, "events", "check", "archive"); status != 1 || !strings.Contains(out, "missing: event ") || !strings.HasPrefix(errs, "latchkey: archive: 1 missing") {
		t.Errorf("%d, %s%s", status, out, errs)
	}
}
