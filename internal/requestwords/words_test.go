package requestwords_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/requestwords"
	"latchkey/internal/secret"
	"latchkey/internal/store"
)

func TestSummary_CountsRequestsAndNotRepetitions(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 40)
	for i := range 29 {
		d.ask("Phone phone PHONE, the phone is lost!")
		if i < 4 {
			d.ask("Hallo, bitte: mein Handy ist kaputt. Danke")
		}
	}
	s := d.summary(30)
	if got := shown(s.Top); s.Requests != 33 || got != "phone 29, lost 29, handy 4, kaputt 4" {
		t.Errorf("%d requests: %s", s.Requests, got)
	}
}

func TestSummary_NotEnoughTextBelowThirtyRequests(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 40)
	for range 29 {
		d.ask("phone lost")
	}
	if s := d.summary(30); s.Enough() || len(s.Top) > 0 || len(s.Rising) > 0 || s.Requests != 29 {
		t.Errorf("%+v", s)
	}
	d.ask("phone stolen")
	if s := d.summary(30); s.Enough() {
		t.Error("the result is not kept for a minute")
	}
	d.minute()
	if s := d.summary(30); !s.Enough() || shown(s.Top) != "phone 30, lost 29" {
		t.Errorf("%+v", s)
	}
	if s := d.summary(7); s.Requests != 30 {
		t.Errorf("%+v", s)
	}
	d.Clock.Add(8 * 24 * time.Hour)
	if s := d.summary(7); s.Requests != 0 || s.Before != 30 {
		t.Errorf("%+v", s)
	}
	if _, err := d.words.Summary(t.Context(), d.Clock.Now(), 31, 10); err == nil {
		t.Error("31 days are counted")
	}
}

func TestSummary_Rising(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 60)
	for i := range 400 {
		d.ask(map[bool]string{true: "lost clock", false: "lost"}[i%20 == 0])
	}
	d.Clock.Add(31 * 24 * time.Hour)
	for i := range 40 {
		d.ask(map[bool]string{true: "lost clock", false: "lost rare"}[i < 12])
	}
	s := d.summary(30)
	if len(s.Rising) != 2 || s.Rising[0].Word != "rare" || s.Rising[1].Word != "clock" {
		t.Fatalf("%+v", s)
	}
	if r := s.Rising[1]; r.Requests != 12 || r.Before != 20 || r.G2 < 21 || r.G2 > 22 || s.Requests != 40 || s.Before != 400 {
		t.Errorf("%+v", s)
	}
	if !requestwords.AboutClock("clock") || requestwords.AboutClock("rare") {
		t.Error("clock is about a clock, rare is not")
	}
	// Without a time before there is nothing to compare with.
	if s := d.summary(90); len(s.Rising) != 0 || s.Requests != 440 {
		t.Errorf("%+v", s)
	}
}

// TestSummary_FollowsWhatHappens within a minute: decisions, another question, deletions.
func TestSummary_FollowsWhatHappens(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 40)
	for range 32 {
		d.ask("phone")
	}
	open := store.Request{ID: secret.ID(), UserID: d.users[35], Message: "phone", Made: d.Clock.Now(), Opens: d.Clock.Now(), Ends: d.Clock.Now().Add(time.Hour)}
	d.Tx(func(tx *store.Tx) error { _, err := tx.AddRequest(open); return err })
	if got := shown(d.summary(30).Top); got != "phone 33" {
		t.Fatal(got)
	}
	d.minute()
	d.Tx(func(tx *store.Tx) error {
		_, err := tx.AskAgain(open.ID, store.Request{Made: d.Clock.Now(), Message: "again tablet"})
		return err
	})
	d.askAs(d.users[1], "tablet", "")
	d.askAs(d.users[2], "tablet", "")
	d.minute()
	if got := shown(d.summary(30).Top); got != "phone 33, tablet 3" {
		t.Error(got)
	}
	found, total, err := d.words.Requests(t.Context(), d.Clock.Now(), "tablet", 30, requestwords.Found{}, 2)
	if err != nil || total != 3 || len(found) != 2 || found[0].Made.Before(found[1].Made) {
		t.Errorf("%+v, %d, %v", found, total, err)
	}
	rest, total, err := d.words.Requests(t.Context(), d.Clock.Now(), "tablet", 30, found[1], 2)
	if err != nil || total != 3 || len(rest) != 1 || rest[0].ID != open.ID {
		t.Errorf("%+v, %d, %v", rest, total, err)
	}
	if none, total, err := d.words.Requests(t.Context(), d.Clock.Now(), "zebra", 30, requestwords.Found{}, 2); err != nil || total != 0 || none != nil {
		t.Errorf("%+v, %d, %v", none, total, err)
	}
	// Nobody decided in time: that sentence is the program's.
	d.Clock.Add(2 * time.Hour)
	d.Tx(func(tx *store.Tx) error { _, err := tx.OverdueRequests(d.Clock.Now()); return err })
	// Whoever is deleted for good is forgotten.
	d.Tx(func(tx *store.Tx) error {
		if _, err := tx.Delete(true, d.users[35], d.Clock.Now()); err != nil {
			return err
		}
		_, err := tx.PurgeDeleted(d.Clock.Now().Add(time.Second))
		return err
	})
	d.minute()
	if s := d.summary(30); s.Requests != 34 || shown(s.Top) != "phone 32" {
		t.Errorf("%+v", s)
	}
}

// TestSummary_TheSameAsReadAnew: what is read piece by piece comes to the same as everything at once.
func TestSummary_TheSameAsReadAnew(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 50)
	texts := []string{"phone lost", "code clock wrong", "handy kaputt", "laptop stolen phone", "battery empty"}
	for i := range 120 {
		d.ask(texts[i*i%len(texts)])
		d.Clock.Add(time.Duration(i) * time.Minute)
		if i%10 == 0 {
			d.summary(7)
		}
	}
	d.minute()
	for _, days := range requestwords.Periods {
		other := requestwords.New(d.Site.Instance)
		want, err := other.Summary(t.Context(), d.Clock.Now(), days, 10)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, d.summary(days)); diff != "" || len(want.Top) == 0 {
			t.Errorf("%d days: %s", days, diff)
		}
	}
	d.Tx(func(tx *store.Tx) error {
		_, err := tx.AddApproval(store.Approval{ID: secret.ID(), UserID: d.users[1], Kind: "email", AskedID: d.users[3], AskedName: "person003", Reason: "battery empty",
			Made: d.Clock.Now(), Opens: d.Clock.Now(), Ends: d.Clock.Now().Add(time.Hour)})
		return err
	})
	before, _, err := d.words.Requests(t.Context(), d.Clock.Now(), "battery", 90, requestwords.Found{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	d.minute()
	after, _, err := d.words.Requests(t.Context(), d.Clock.Now(), "battery", 90, requestwords.Found{}, 1)
	if err != nil || before[0].Approval || !after[0].Approval {
		t.Errorf("%+v, %+v, %v", before, after, err)
	}
}

// TestSummary_AtTheSameTime: readers and the job that reads everything again.
func TestSummary_AtTheSameTime(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 40)
	for range 31 {
		d.ask("phone lost")
	}
	done := make(chan error)
	for i := range 8 {
		go func() {
			if i%4 == 0 {
				done <- d.words.Job().Run(t.Context())
				return
			}
			s, err := d.words.Summary(t.Context(), d.Clock.Now().Add(time.Duration(i)*time.Minute), requestwords.Periods[i%3], 10)
			if err == nil && shown(s.Top) != "phone 31, lost 31" {
				t.Errorf("%+v", s)
			}
			done <- err
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
