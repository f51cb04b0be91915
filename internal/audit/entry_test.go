package audit

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/secret"
)

// sample is an entry with every field filled.
func sample() Entry {
	return Entry{
		Seq: 7, At: time.UnixMilli(1_763_887_260_123), Event: UserChanged, Result: ResultOK,
		ActorID: "a1", ActorName: "ada", SubjectID: "b2", SubjectName: "bob",
		IP: "192.0.2.1", UserAgent: "Firefox", RequestID: "r3",
		Details: []Detail{{Name: "role", Before: "user", After: "admin"}},
	}
}

// follows reports whether an entry follows, with its details as they would be stored.
func follows(e Entry, ring *secret.Ring, previousMAC string) bool {
	return e.Follows(ring.Checker(secret.PurposeAudit), previousMAC, EncodeDetails(e.Details))
}

func TestLO03_EveryFieldIsInTheChain(t *testing.T) {
	t.Parallel()
	ring := secret.NewRing()
	written := sample()
	written.MAC = written.Chain(ring, "before")
	changes := map[string]func(*Entry){
		"Seq":         func(e *Entry) { e.Seq++ },
		"At":          func(e *Entry) { e.At = e.At.Add(time.Millisecond) },
		"Event":       func(e *Entry) { e.Event = UserCreated },
		"Result":      func(e *Entry) { e.Result = ResultFailed },
		"ActorID":     func(e *Entry) { e.ActorID = "a2" },
		"ActorName":   func(e *Entry) { e.ActorName = "eve" },
		"SubjectID":   func(e *Entry) { e.SubjectID = "b3" },
		"SubjectName": func(e *Entry) { e.SubjectName = "" },
		"IP":          func(e *Entry) { e.IP = "192.0.2.2" },
		"UserAgent":   func(e *Entry) { e.UserAgent = "Chromium" },
		"RequestID":   func(e *Entry) { e.RequestID = "r4" },
		"Details":     func(e *Entry) { e.Details = []Detail{{Name: "role", Before: "admin", After: "user"}} },
		"MAC":         func(e *Entry) { e.MAC = "" },
	}
	for i := range reflect.TypeFor[Entry]().NumField() {
		name := reflect.TypeFor[Entry]().Field(i).Name
		change, found := changes[name]
		if !found {
			t.Errorf("field %s has no case here", name)
			continue
		}
		forged := written
		change(&forged)
		if follows(forged, ring, "before") {
			t.Errorf("a changed %s goes unnoticed", name)
		}
	}
	if !follows(written, ring, "before") {
		t.Error("the entry as written does not follow")
	}
}

func TestLO03_ChainNeedsKeyOrderAndBoundaries(t *testing.T) {
	t.Parallel()
	ring := secret.NewRing()
	written := sample()
	written.MAC = written.Chain(ring, "before")
	if follows(written, ring, "another") || follows(written, ring, "") {
		t.Error("the entry follows another one too")
	}
	if follows(written, secret.NewRing(), "before") {
		t.Error("the chain does not depend on the key")
	}
	if !follows(written, ring.Add(), "before") {
		t.Error("the chain breaks when a key is added")
	}
	moved := written
	moved.ActorID, moved.ActorName = "a1a", "da"
	if follows(moved, ring, "before") {
		t.Error("letters move from one field to the next unnoticed")
	}
}

// What the database gives back has no zone, no nanoseconds and details from text.
func TestLO03_ChainSurvivesTheDatabase(t *testing.T) {
	t.Parallel()
	ring := secret.NewRing()
	written := sample()
	written.At = time.Date(2026, 11, 23, 9, 41, 0, 123_456_789, time.FixedZone("CET", 3600))
	written.Details = append(written.Details, Detail{Name: "reason", After: "<\"é\u2028\xff\\>"})
	written.MAC = written.Chain(ring, "")
	read := written
	read.At = time.UnixMilli(written.At.UnixMilli()).UTC()
	details, err := DecodeDetails(EncodeDetails(written.Details))
	if err != nil {
		t.Fatal(err)
	}
	read.Details = details
	if !follows(read, ring, "") {
		t.Error("the entry no longer follows once stored and read")
	}
}

func TestLO05_BoundedEntry(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é\n", 2000)
	entry := Entry{
		ActorID: long, ActorName: long, SubjectID: long, SubjectName: long,
		IP: long, UserAgent: long, RequestID: long,
	}
	for range 200 {
		entry.Details = append(entry.Details, Detail{long, long, long})
	}
	bounded := entry.Bounded()
	text := fmt.Sprint(bounded)
	if strings.Contains(text, "\n") || strings.Count(text, "\uFFFD") == 0 {
		t.Error("line breaks are left in a bounded entry")
	}
	if got, limit := len([]rune(text)), 50*(100+500+500+10)+2000; got > limit {
		t.Errorf("a bounded entry has %d runes, want at most %d", got, limit)
	}
	if entry.Details[0].Name != long {
		t.Error("Bounded changed the details of the entry it was asked about")
	}
	if diff := cmp.Diff(bounded, bounded.Bounded()); diff != "" {
		t.Errorf("bounding twice (-once +twice):\n%s", diff)
	}
	if diff := cmp.Diff(sample(), sample().Bounded()); diff != "" {
		t.Errorf("an ordinary entry changes (-before +after):\n%s", diff)
	}
}
