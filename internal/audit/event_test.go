package audit

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The names as the product contract gives them.
const contract = `setup.done login.password login.code login.recovery login.blocked
logout session.ended password.changed password.reset-requested password.reset authenticator.added authenticator.removed authenticator.reset recovery.made recovery.used profile.changed
email.confirmed user.created user.invited user.changed user.disabled user.enabled user.deleted user.restored user.unlocked users.imported users.exported audit.exported settings.changed
backup.made keys.rotated restore.done server.started server.stopped`

// The names that came later.
const added = `application.added application.changed application.closed application.deleted application.denied application.disabled application.enabled application.opened approval.asked approval.given approval.refused audit.removed backup.downloaded database.migrated group.added group.changed group.deleted keys.rekeyed recovery.tried request.approved request.cancelled request.made request.refused request.used stream.added stream.changed stream.deleted stream.failed stream.paused stream.refilled stream.resumed user.not-me user.viewed users.changed words.exported`

func TestLO01_EveryEventOfTheContract(t *testing.T) {
	t.Parallel()
	var got []string
	for _, e := range Events() {
		got = append(got, string(e))
	}
	want := strings.Fields(contract + " " + added)
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-contract +ours):\n%s", diff)
	}
}

func TestEveryEventHasWordsOfItsOwn(t *testing.T) {
	t.Parallel()
	sentence := regexp.MustCompile(`^[A-Z][A-Za-z -]+[a-z]$`)
	// Words that pages do not use; see the vocabulary.
	foreign := regexp.MustCompile(`(?i)\b(log ?in|log ?out|2fa|mfa|otp|account)\b`)
	seen := map[string]Event{}
	for _, e := range Events() {
		words := Words(e)
		if other, found := seen[words]; found || !sentence.MatchString(words) || foreign.MatchString(words) {
			t.Errorf("%s is %q; also of %q", e, words, other)
		}
		seen[words] = e
	}
	if got := Words("from.tomorrow"); got != "from.tomorrow" {
		t.Errorf("an unknown event is %q", got)
	}
}

func TestGroupsHoldEveryEventOnce(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	var grouped []Event
	for _, g := range Groups() {
		if names[g.Name] || g.Name == "" || len(g.Events) < 2 {
			t.Errorf("group %q with %d events, or seen before", g.Name, len(g.Events))
		}
		names[g.Name] = true
		grouped = append(grouped, g.Events...)
	}
	if diff := cmp.Diff(Events(), grouped); diff != "" {
		t.Errorf("events by group (-Events +Groups):\n%s", diff)
	}
}

func TestResultsHaveWords(t *testing.T) {
	t.Parallel()
	want := map[Result]string{"ok": "Done", "failed": "Failed", "blocked": "Blocked"}
	for _, r := range Results() {
		if r.Words() != want[r] {
			t.Errorf("%s is %q, want %q", r, r.Words(), want[r])
		}
		delete(want, r)
	}
	if len(want) != 0 || Result("odd").Words() != "odd" {
		t.Errorf("results without a constant: %v; an unknown one is %q", want, Result("odd").Words())
	}
}
