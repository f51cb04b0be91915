package stream_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/store"
	"latchkey/internal/stream"
	"latchkey/internal/stream/delivery"
)

// fileOf is the file of a stream.
func fileOf(a *apptest.App, name string) string {
	return filepath.Join(a.Folder, "streams", name+".jsonl")
}

// rewrite changes the lines of a file stream.
func rewrite(t *testing.T, a *apptest.App, name string, change func([]string) []string) {
	t.Helper()
	text, err := os.ReadFile(fileOf(a, name))
	if err != nil {
		t.Fatal(err)
	}
	lines := change(strings.Split(strings.TrimSuffix(string(text), "\n"), "\n"))
	if err := os.WriteFile(fileOf(a, name), []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func earliest() delivery.Query {
	return delivery.Query{From: delivery.Position{Origin: delivery.Earliest}}
}

func TestCheck_FindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lean   bool
		change func([]string) []string
		counts map[stream.Verdict]int64
		seq    int64 // behind the beginning, of the first example
	}{
		"nothing":      {change: func(l []string) []string { return l }},
		"lean nothing": {lean: true, change: func(l []string) []string { return l }},
		"missing":      {change: func(l []string) []string { return append(l[:5:5], l[6:]...) }, counts: map[stream.Verdict]int64{stream.Missing: 1}, seq: 6},
		"last missing": {change: func(l []string) []string { return append(l[:20:20], l[21]) }, counts: map[stream.Verdict]int64{stream.Missing: 1}, seq: 21},
		"first missing": {change: func(l []string) []string { return l[1:] },
			counts: map[stream.Verdict]int64{stream.Missing: 1}, seq: 1},
		"doubled":      {change: func(l []string) []string { return append(l, l[4], l[5]) }, counts: map[stream.Verdict]int64{stream.Doubled: 2}, seq: 5},
		"out of order": {change: func(l []string) []string { l[3], l[6] = l[6], l[3]; return l }, counts: map[stream.Verdict]int64{stream.Disordered: 1}, seq: 4},
		"order of two": {change: func(l []string) []string { l[3], l[4] = l[4], l[3]; return l }},
		"altered":      {change: func(l []string) []string { l[3] = strings.Replace(l[3], "192.0.2.1", "192.0.2.2", 1); return l }, counts: map[stream.Verdict]int64{stream.Altered: 1, stream.Missing: 1}, seq: 4},
		"lean altered": {lean: true, change: func(l []string) []string { l[3] = strings.Replace(l[3], `"ok"`, `"failed"`, 1); return l }, counts: map[stream.Verdict]int64{stream.Altered: 1, stream.Missing: 1}, seq: 4},
		"details":      {change: func(l []string) []string { l[3] = strings.Replace(l[3], `"after":"`, `"after":"1`, 1); return l }, counts: map[stream.Verdict]int64{stream.Altered: 1, stream.Missing: 1}, seq: 4},
		"a field twice": {change: func(l []string) []string {
			l[3] = strings.Replace(l[3], `"result":`, `"result":"failed","result":`, 1)
			return l
		}, counts: map[stream.Verdict]int64{stream.Altered: 1, stream.Missing: 1}, seq: 4},
		"in capitals":     {change: func(l []string) []string { l[3] = strings.Replace(l[3], `"seq":`, `"SEQ":`, 1); return l }, counts: map[stream.Verdict]int64{stream.Altered: 1, stream.Missing: 1}, seq: 4},
		"a field besides": {change: func(l []string) []string { l[3] = strings.Replace(l[3], `"seq":`, `"note":"x","seq":`, 1); return l }, counts: map[stream.Verdict]int64{stream.Altered: 1, stream.Missing: 1}, seq: 4},
		"row nothing": {lean: true, change: func(l []string) []string {
			return append(l, seqOf.ReplaceAllString(l[3], `"seq":0`), seqOf.ReplaceAllString(l[3], `"seq":-9223372036854775808`))
		}, counts: map[stream.Verdict]int64{stream.Unknown: 2}},
		"somebody else's":  {change: func(l []string) []string { return append(l, `{"type":"x"}`, "no JSON", "") }},
		"of no row at all": {change: func(l []string) []string { return append(l, strings.Replace(l[20], `"seq":`, `"seq":9`, 1)) }, counts: map[stream.Verdict]int64{stream.Unknown: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := apptest.Start(t, apptest.Options{})
			id, _ := add(t, a, stream.Wish{Kind: stream.File, Name: "archive", Lean: c.lean})
			log(a, 20, 3)
			run(t, a, caughtUp(a, id))
			if _, err := stream.SendTest(t.Context(), a.Site.Instance, id); err != nil {
				t.Fatal(err)
			}
			rewrite(t, a, "archive", c.change)
			s := now(a, id)
			f, err := stream.Check(t.Context(), a.Site.Instance, s, earliest(), 0, nil)
			if err != nil {
				t.Fatal(err)
			}
			if fmt.Sprint(f.Counts) != fmt.Sprint(c.counts) && !(len(c.counts) == 0 && f.OK()) {
				t.Errorf("counts %v, want %v", f.Counts, c.counts)
			}
			if c.seq != 0 && (len(f.Examples) == 0 || f.Examples[0].Event.Data.Seq != s.Begins+c.seq) {
				t.Errorf("examples %+v, want row %d", f.Examples, s.Begins+c.seq)
			}
			if f.Expected != 21 || f.From != s.Begins+1 || f.To != s.Cursor {
				t.Errorf("expected %d, rows %d to %d", f.Expected, f.From, f.To)
			}
		})
	}
}

func TestCheck_OfAPart(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	id, _ := add(t, a, stream.Wish{Kind: stream.File, Name: "archive"})
	log(a, 20, 3)
	a.Clock.Add(3 * time.Hour)
	log(a, 7, 3)
	run(t, a, caughtUp(a, id))
	rewrite(t, a, "archive", func(l []string) []string { return append(append([]string{}, l[:2]...), l[3:]...) })
	for what, c := range map[string]struct {
		from     delivery.Position
		most     int64
		expected int64
		missing  int64
	}{
		"last hour": {from: stream.Since(a.Clock.Now(), time.Hour), expected: 7},
		"line 10":   {from: delivery.Position{Origin: delivery.Sequence, Sequence: 10}, expected: 28 - 10},
		"latest":    {from: delivery.Position{Origin: delivery.Latest}},
		"all":       {from: delivery.Position{Origin: delivery.Earliest}, expected: 28, missing: 1},
		"five":      {from: delivery.Position{Origin: delivery.Earliest}, most: 5},
	} {
		f, err := stream.Check(t.Context(), a.Site.Instance, now(a, id), delivery.Query{From: c.from}, c.most, nil)
		if err != nil || f.Expected != c.expected || f.Counts[stream.Missing] != c.missing || f.CutOff != (c.most > 0) {
			t.Errorf("%s: %+v, %v", what, f, err)
		}
	}
}

// TestCheck_AForgedNumberHidesNothing has somebody at the other side put an event with the largest number
// before those of the part that is looked at, in which one is missing.
func TestCheck_AForgedNumberHidesNothing(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	id, _ := add(t, a, stream.Wish{Kind: stream.File, Name: "archive"})
	log(a, 20, 3)
	run(t, a, caughtUp(a, id))
	rewrite(t, a, "archive", func(l []string) []string {
		forged := seqOf.ReplaceAllString(l[3], `"seq":9223372036854775807`)
		return append(append([]string{l[0], forged}, l[1:10]...), l[11:]...)
	})
	f, err := stream.Check(t.Context(), a.Site.Instance, now(a, id), delivery.Query{From: delivery.Position{Origin: delivery.Sequence, Sequence: 2}}, 0, nil)
	if err != nil || f.Counts[stream.Missing] != 1 || f.Counts[stream.Unknown] != 1 || f.Expected != 20 {
		t.Errorf("%+v, %v", f.Counts, err)
	}
}

var seqOf = regexp.MustCompile(`"seq":\d+`)

// copyBack puts the database of a folder back as it was.
func copyBack(t *testing.T, a *apptest.App, act func()) {
	t.Helper()
	a.Restart() // which writes the log back into the file
	was, err := os.ReadFile(a.DatabasePath())
	if err != nil {
		t.Fatal(err)
	}
	act()
	a.PutBack(was)
}

func TestST05_RefillContinuesTheChain(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	id, _ := add(t, a, stream.Wish{Kind: stream.File, Name: "archive"})
	log(a, 10, 3)
	run(t, a, caughtUp(a, id))
	var head int64
	var mac string
	copyBack(t, a, func() {
		log(a, 2500, 5)
		run(t, a, caughtUp(a, id))
		var err error
		if head, mac, err = a.DB.AuditHead(); err != nil {
			t.Fatal(err)
		}
	})
	f, err := stream.Check(t.Context(), a.Site.Instance, now(a, id), earliest(), 0, nil)
	if err != nil || f.Counts[stream.Unknown] != 2500 {
		t.Errorf("before: %v, %v", f.Counts, err)
	}
	by := audit.Entry{At: a.Clock.Now(), ActorName: "cli:op"}
	rows, err := stream.Refill(t.Context(), a.Site.Instance, now(a, id), by, nil)
	if err != nil || rows != 2500 {
		t.Fatalf("%d rows, %v", rows, err)
	}
	if _, _, err := a.DB.VerifyAudit(t.Context(), a.Ring, fmt.Sprintf("%d:%s", head, mac)); err != nil {
		t.Error(err)
	}
	s := now(a, id)
	if s.Cursor != head {
		t.Errorf("cursor %d, head %d", s.Cursor, head)
	}
	if again, err := stream.Refill(t.Context(), a.Site.Instance, s, by, nil); err != nil || again != 0 {
		t.Errorf("again: %d, %v", again, err)
	}
	run(t, a, caughtUp(a, id))
	if f, err := stream.Check(t.Context(), a.Site.Instance, now(a, id), earliest(), 0, nil); err != nil || !f.OK() {
		t.Errorf("after: %v, %v", f.Counts, err)
	}
	if at, err := a.DB.Restored(); err != nil || at.IsZero() {
		t.Errorf("restored at %v, %v", at, err)
	}
}

func TestST05_AForkIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		after  int // rows that are sent after the backup
		before int // rows that are written after it was put back
	}{"a longer stream": {20, 5}, "a longer log": {5, 20}, "as long": {5, 5}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := apptest.Start(t, apptest.Options{})
			id, _ := add(t, a, stream.Wish{Kind: stream.File, Name: "archive"})
			log(a, 10, 3)
			run(t, a, caughtUp(a, id))
			copyBack(t, a, func() {
				log(a, c.after, 5)
				run(t, a, caughtUp(a, id))
			})
			a.Clock.Add(time.Second)
			log(a, c.before, 2)
			before, _, _ := a.DB.AuditHead()
			rows, err := stream.Refill(t.Context(), a.Site.Instance, now(a, id), audit.Entry{At: a.Clock.Now(), ActorName: "cli:op"}, nil)
			if after, _, _ := a.DB.AuditHead(); !errors.Is(err, stream.ErrFork) || rows != 0 || after != before {
				t.Errorf("%d rows, %v; head %d, then %d", rows, err, before, after)
			}
		})
	}
}

func TestST05_AnAlteredRowIsNotPutBack(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	id, _ := add(t, a, stream.Wish{Kind: stream.File, Name: "archive"})
	log(a, 10, 3)
	run(t, a, caughtUp(a, id))
	copyBack(t, a, func() {
		log(a, 20, 5)
		run(t, a, caughtUp(a, id))
	})
	rewrite(t, a, "archive", func(l []string) []string {
		l[20] = strings.Replace(l[20], "user-", "user-x", 1)
		return l
	})
	rows, err := stream.Refill(t.Context(), a.Site.Instance, now(a, id), audit.Entry{At: a.Clock.Now(), ActorName: "cli:op"}, nil)
	if !errors.Is(err, stream.ErrGap) || rows != 9 {
		t.Errorf("%d rows, error %v", rows, err)
	}
	if _, _, err := a.DB.VerifyAudit(t.Context(), a.Ring, ""); err != nil {
		t.Error(err)
	}
	if e, _, ok, err := a.DB.AuditEntry(now(a, id).Begins + 21); ok || err != nil {
		t.Errorf("the altered row is there: %+v, %v", e, err)
	}
}

func TestEdit_MakesTheStreamBeginAnew(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	id, _ := add(t, a, stream.Wish{Kind: stream.File, Name: "archive", Events: []string{"login.password"}})
	log(a, 10, 3)
	run(t, a, caughtUp(a, id))
	by := audit.Entry{At: a.Clock.Now(), ActorID: a.Admin.ID}
	a.Tx(func(tx *store.Tx) error {
		_, err := stream.Edit(a.Site.Instance, tx, by, id, stream.Wish{Name: "archive", Version: now(a, id).Version})
		return err
	})
	log(a, 5, 3)
	run(t, a, caughtUp(a, id))
	if f, err := stream.Check(t.Context(), a.Site.Instance, now(a, id), earliest(), 0, nil); err != nil || !f.OK() || f.Expected != 6 {
		t.Errorf("%+v, %v", f, err)
	}
}
