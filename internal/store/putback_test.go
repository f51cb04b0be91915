package store

import (
	"strings"
	"testing"
)

// ofACopy is what becomes of each table of a database that turns out to be an older copy.
// A new table needs a line: what it holds may have been used, ended or withdrawn since.
const ofACopy = `
sessions               ends
pending_sign_ins       ends
pending_authenticators ends
browsers               ends
links                  ends
setup_code             ends
looks                  ends
kept_forms             ends
recovery_sheets        ends
mails                  ends, but for those that were given up
users                  an address that waits to be confirmed is dropped
authenticators         no step up to now is accepted
recovery_codes         are marked by their date
requests               approved ones and first approvals end
approvals              open ones end
batches                running ones end
import_batches         running and checked ones end
import_rows            go with them
batch_users            stays: what a bulk change did
ended_links            stays: what became of links
audit_log              stays
audit_head             stays
audit_days             stays
audit_removed          stays
limits                 stays: what was counted until then
meta                   stays
settings               stays
encryption_keys        stays: when keys were made
leases                 end with the nodes
nodes                  go: none of them is at work
logos                  stays
notices                stays: what people were told
user_notes             stays
user_groups            stays: groups as they were, which administrators see
group_members          stays: who was in them, which the notice of an older copy tells to look through
applications           stays: who may open them as it was, which administrators see
application_hosts      stays with it
application_paths      stays with it
application_groups     stays with it
application_sessions   end with their sessions
handover_codes         end with their sessions
application_asks       stays
streams                stays: what comes after the cursor is sent, under ids of its own
stream_counts          stays
stream_failures        stays
dead_letters           stays
backups                running ones end; the list of files stays, and the page looks which are there
`

func TestBA01_EveryTableOfACopyIsDecided(t *testing.T) {
	t.Parallel()
	decided := map[string]bool{}
	for line := range strings.Lines(strings.TrimSpace(ofACopy)) {
		decided[strings.Fields(line)[0]] = true
	}
	for _, name := range tablesMade(dialectOfTests) {
		if !decided[name] && !strings.HasPrefix(name, "users_") {
			t.Errorf("DisarmCopy does not know the table %s: decide there and in the list above what becomes of it in an older copy", name)
		}
		delete(decided, name)
	}
	for name := range decided {
		t.Errorf("there is no table %s", name)
	}
}
