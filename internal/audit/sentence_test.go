package audit

import (
	"regexp"
	"strings"
	"testing"
)

// Something people did themselves, something done by an administrator, one of a stranger, one of the server and one of a
// command.
var (
	own      = Entry{Result: ResultOK, ActorID: "g", ActorName: "grace", SubjectID: "g", SubjectName: "grace"}
	byAda    = Entry{Result: ResultOK, ActorID: "a", ActorName: "ada", SubjectID: "g", SubjectName: "grace"}
	nobody   = Entry{Result: ResultFailed, SubjectID: "g", SubjectName: "grace"}
	byServer = Entry{Result: ResultOK, ActorName: "server", SubjectID: "g", SubjectName: "grace"}
	byRoot   = Entry{Result: ResultOK, ActorName: "cli:root", SubjectID: "g", SubjectName: "grace"}
)

func of(e Entry, event Event, result Result, details ...string) Entry {
	e.Event, e.Result = event, result
	for _, d := range details {
		name, value, _ := strings.Cut(d, "=")
		was, is, changed := strings.Cut(value, ">")
		if !changed {
			was, is = "", value
		}
		e.Details = append(e.Details, Detail{Name: name, Before: was, After: is})
	}
	return e
}

// TestSentences is the table of what is said of each kind of event: in the log beside its
// columns, in a list for administrators, and to the person.
func TestSentences(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		e              Entry
		log, named, me string // named and me only where they differ from log
	}{
		{of(own, LoginPassword, ResultOK), "Password accepted", "", ""},
		{of(own, LoginPassword, ResultOK, "reason=no second step"), "Signed in with a password", "", ""},
		{of(own, LoginPassword, ResultOK, "reason=remembered browser"), "Signed in with a password, in a remembered browser", "", ""},
		{of(own, LoginPassword, ResultOK, "reason=confirming"), "Confirmed with the password", "", ""},
		{of(own, LoginPassword, ResultOK, "reason=new phone"), "Password accepted, to set up a new phone", "", ""},
		{of(nobody, LoginPassword, ResultFailed), "Wrong password", "", ""},
		{of(nobody, LoginPassword, ResultFailed, "tries=12"), "Wrong password, 12 times", "", ""},
		{of(nobody, LoginPassword, ResultFailed, "reason=longer than 72 bytes"), "Wrong password: longer than the 72 bytes that the imported password can have", "", "Wrong password"},
		{of(nobody, LoginPassword, ResultFailed, "reason=the stored hash is corrupt"), "The stored password could not be read", "", "Wrong password"},
		{of(own, LoginPassword, ResultFailed, "reason=confirming"), "Wrong password while confirming", "", ""},
		{of(Entry{SubjectName: "ad…abcd2345"}, LoginPassword, ResultFailed), "Wrong username or password", "", ""},
		{of(own, LoginPassword, ResultBlocked, "reason="+ReasonResetFirst), "Password accepted, but two-step verification was reset: a password link has to be used first", "", ""},
		{of(nobody, LoginPassword, ResultBlocked, "reason="+ReasonDisabled), "Refused because the account is disabled", "", ""},
		{of(nobody, LoginPassword, ResultBlocked, "reason="+ReasonClosed, "tries=3"), "Refused because the password is closed after “This was not me”, 3 times", "", ""},
		{of(own, LoginCode, ResultOK), "Signed in with password and code", "", ""},
		{of(own, LoginCode, ResultOK, "reason=confirming"), "Confirmed with password and code", "", ""},
		{of(own, LoginCode, ResultOK, "remembered for days=30"), "Signed in with password and code; this browser skips the code for 30 days", "", ""},
		{of(own, LoginCode, ResultFailed, "reason=wrong"), "Wrong code", "", ""},
		{of(own, LoginCode, ResultFailed, "reason=wrong", "tries=5"), "Wrong code, 5 times", "", ""},
		{of(own, LoginCode, ResultFailed, "reason=used before"), "Code already used", "", ""},
		{of(own, LoginCode, ResultFailed, "reason=the clock of Phone is 4 minutes slow"), "Wrong code: the clock of Phone is 4 minutes slow", "", ""},
		{of(own, LoginCode, ResultFailed, "authenticator=x", "reason=its secret does not open"), "The stored key of an authenticator app could not be read", "", ""},
		{of(own, LoginCode, ResultFailed, "reason=confirming"), "Wrong code while confirming", "", ""},
		{of(own, LoginRecovery, ResultOK), "Signed in with password and recovery code", "", ""},
		{of(own, LoginRecovery, ResultFailed, "reason=wrong or used before"), "Recovery code wrong or already used", "", ""},
		{of(nobody, LoginBlocked, ResultBlocked), "Too many wrong passwords. Sign-in is paused", "", ""},
		{of(own, LoginBlocked, ResultBlocked, "reason=login.code"), "Too many wrong codes. Sign-in is paused", "", ""},
		{of(own, LoginBlocked, ResultBlocked, "reason=adding an app"), "Too many wrong codes while adding an app", "", ""},
		{of(own, LoginBlocked, ResultBlocked), "Too many wrong attempts while signed in", "", ""},
		{of(own, LoginBlocked, ResultBlocked, "reason="+ReasonCopied), "Remembered browser forgotten: it came with an old cookie, so it may have been copied", "", ""},
		{of(Entry{}, LoginBlocked, ResultBlocked, "reason="+ReasonTwoCookies), "Cookie sent twice, so it was ignored", "", ""},
		{of(own, Logout, ResultOK), "Signed out", "", ""},
		{of(own, SessionEnded, ResultOK), "Signed out one browser", "", ""},
		{of(own, SessionEnded, ResultOK, "sessions=3"), "Signed out everywhere else: 3 browsers", "", ""},
		{of(own, SessionEnded, ResultBlocked), "Signed out after too many wrong attempts to confirm", "", ""},
		{of(byAda, SessionEnded, ResultOK, "sessions=2>0"), "Signed the user out everywhere", "ada signed grace out everywhere", "An administrator signed you out everywhere"},
		{of(byAda, SessionEnded, ResultOK, "browser=Firefox on Linux>"), "Signed out one of the user’s browsers: Firefox on Linux",
			"ada signed out one of grace’s browsers: Firefox on Linux", "An administrator signed out one of your browsers: Firefox on Linux"},
		{of(own, UserNotMe, ResultOK, "notice=Your password was changed.", "password=opens nothing until a new one is set"), "Said “This was not me” about “Your password was changed”. The password is closed", "", ""},
		{of(own, PasswordChanged, ResultOK), "Changed the password", "", ""},
		{of(own, PasswordChanged, ResultFailed), "Wrong current password while changing the password", "", ""},
		{of(nobody, PasswordResetRequested, ResultOK), "Somebody asked for a link to choose a new password", "", ""},
		{of(byAda, PasswordResetRequested, ResultOK, "sent to=g@example.org"), "Sent the user a password link", "ada sent grace a password link", "An administrator sent you a password link"},
		{of(own, PasswordReset, ResultOK), "Chose a password through a link", "", ""},
		{of(own, PasswordReset, ResultOK, "reason="+ReasonUncompared), "Chose a password through a link; it could not be compared with the closed one", "", ""},
		{of(own, AuthenticatorAdded, ResultOK, "label=Phone"), "Added the authenticator app “Phone”", "", ""},
		{of(own, AuthenticatorAdded, ResultFailed, "reason=adding an app"), "Wrong code while adding an app", "", ""},
		{of(own, AuthenticatorRemoved, ResultOK, "label=Phone>"), "Removed the authenticator app “Phone”", "", ""},
		{of(byRoot, AuthenticatorReset, ResultOK, "authenticators=1>0", "reason=lost"), "Reset the user’s two-step verification",
			"root on the command line reset grace’s two-step verification", "An administrator reset your two-step verification"},
		{of(own, RecoveryMade, ResultOK), "Made new recovery codes", "", ""},
		{of(own, RecoveryUsed, ResultOK, "left=7"), "Used a recovery code. 7 left", "", ""},
		{of(own, RecoveryTried, ResultOK), "Tried out a recovery code: it works", "", ""},
		{of(own, RecoveryTried, ResultFailed), "Wrong recovery code while trying it out", "", ""},
		{of(own, RequestMade, ResultOK, "known browser=yes"), "Asked for help with a lost phone", "", ""},
		{of(own, RequestCancelled, ResultOK, "reason="+ReasonNotMe), "Lost phone request withdrawn by “This was not me”", "", ""},
		{of(byAda, RequestApproved, ResultOK, "reason=called back"), "Approved the user’s lost phone request", "ada approved grace’s lost phone request", "An administrator approved your lost phone request"},
		{of(byServer, RequestRefused, ResultOK, "reason="+ReasonOverdue), "Lost phone request refused: nobody decided in time", "", ""},
		{of(byAda, ApprovalAsked, ResultOK, "act=reset-two-step", "reason=new phone"), "Asked for a second approval to reset the user’s two-step verification",
			"ada asked for a second approval to reset grace’s two-step verification", "An administrator asked for a second approval to reset your two-step verification"},
		{of(byAda, ApprovalGiven, ResultOK, "act=password-link"), "Gave the second approval to make a password link for the user",
			"ada gave the second approval to make a password link for grace", "An administrator gave the second approval to make a password link for you"},
		{of(byAda, ApprovalRefused, ResultOK, "act=email", "email=g@example.net"), "Refused to change the user’s email address to g@example.net",
			"ada refused to change grace’s email address to g@example.net", "An administrator refused to change your email address to g@example.net"},
		{of(byServer, ApprovalRefused, ResultOK, "act=email", "reason="+ReasonOverdue), "Second approval refused: nobody decided in time", "", ""},
		{of(own, RequestUsed, ResultOK, "authenticators=Phone>New phone"), "Set up “New phone” in place of the lost phone", "", ""},
		{of(own, ProfileChanged, ResultOK, "name=Grace>Grace Hopper"), "Name: Grace → Grace Hopper", "", ""},
		{of(own, ProfileChanged, ResultOK, "name=>Grace", "email that waits=x@example.org"), "Name: none → Grace; new email: none → x@example.org", "", ""},
		{of(own, ProfileChanged, ResultOK, "email that waits=x@example.org>"), "Cancelled the change of email address to x@example.org", "", ""},
		{of(own, ProfileChanged, ResultOK, "authenticator=Phone>Old phone"), "Renamed the authenticator app “Phone” to “Old phone”", "", ""},
		{of(own, EmailConfirmed, ResultOK, "email=>g@example.org"), "Confirmed the email address g@example.org", "", ""},
		{of(byAda, UserCreated, ResultOK, "role=admin", "name=Grace"), "Added the user as an administrator", "ada added grace as an administrator", "An administrator added you as an administrator"},
		{of(byAda, UserInvited, ResultOK, "sent to=g@example.org"), "Sent the user an invitation", "ada sent grace an invitation", "An administrator sent you an invitation"},
		{of(byAda, UserChanged, ResultOK, "role=user>admin", "name=Grace>Grace Hopper"), "Role: user → administrator; name: Grace → Grace Hopper",
			"ada changed grace. Role: user → administrator; name: Grace → Grace Hopper", "An administrator changed your account. Role: user → administrator; name: Grace → Grace Hopper"},
		{of(byAda, UserChanged, ResultOK, "role=user>admin", "reverts=event 7"), "Role: user → administrator, reverting event 7",
			"ada changed grace. Role: user → administrator, reverting event 7", "An administrator changed your account. Role: user → administrator, reverting event 7"},
		{of(byAda, UserChanged, ResultOK, "must enrol=no>yes"), "Required two-step verification for the user", "ada required two-step verification for grace", "An administrator required two-step verification for you"},
		{of(byAda, UserChanged, ResultOK, "notes=a>b"), "Changed the notes about the user", "ada changed the notes about grace", "An administrator changed the notes about you"},
		{of(byAda, UserChanged, ResultOK, "group=support"), "Added the user to the group “support”", "ada added grace to the group “support”", "An administrator added you to the group “support”"},
		{of(byAda, UserChanged, ResultOK, "group=support>"), "Removed the user from the group “support”", "ada removed grace from the group “support”", "An administrator removed you from the group “support”"},
		{of(byAda, UserDisabled, ResultOK, "disabled=no>yes", "reason=on leave"), "Disabled the user", "ada disabled grace", "An administrator disabled you"},
		{of(byAda, UserEnabled, ResultOK), "Enabled the user", "ada enabled grace", "An administrator enabled you"},
		{of(own, UserDeleted, ResultOK, "reason=by the user"), "Deleted their account", "", ""},
		{of(byServer, UserDeleted, ResultOK, "recycle bin=deleted>gone for good"), "Removed from the recycle bin for good, after 30 days", "", ""},
		{of(byAda, UserViewed, ResultOK, "reason=x"), "Viewed the user’s pages", "ada viewed grace’s pages", "An administrator viewed your pages"},
		{of(Entry{ActorID: "a", ActorName: "ada"}, UsersChanged, ResultOK, "action=disable", "changed=198", "left out=2"), "Disabled 198 users; 2 left out", "ada disabled 198 users; 2 left out", ""},
		{of(Entry{ActorID: "a", ActorName: "ada"}, UsersChanged, ResultBlocked, "action=delete", "changed=1", "stopped=the person who started it is no longer an administrator"),
			"Deleted 1 user; stopped because the person who started it is no longer an administrator", "ada deleted 1 user; stopped because the person who started it is no longer an administrator", ""},
		{of(Entry{ActorID: "a", ActorName: "ada"}, UsersImported, ResultOK, "file=people.csv", "added=1200", "refused=3"), "Imported 1,200 users from “people.csv”; 3 rows refused", "ada imported 1,200 users from “people.csv”; 3 rows refused", ""},
		{of(Entry{ActorID: "a", ActorName: "ada"}, UsersExported, ResultOK, "format=csv", "rows=12"), "Exported 12 users as CSV", "ada exported 12 users as CSV", ""},
		{of(Entry{ActorID: "a", ActorName: "ada"}, SettingsChanged, ResultOK, "two_step=optional>everyone"), "Settings changed. Who needs two-step verification: optional → everyone",
			"ada changed the settings. Who needs two-step verification: optional → everyone", ""},
		{of(Entry{ActorName: "server"}, ServerStarted, ResultOK), "Server started", "", ""},
		{of(Entry{ActorName: "server"}, DatabaseMigrated, ResultOK, "schema=7>8", "copy=latchkey.db.schema-7-20261128T090000Z"), "Brought the database up to date: schema 7 → 8", "The server brought the database up to date: schema 7 → 8", ""},
		{of(Entry{ActorName: "cli:ada"}, KeysRotated, ResultOK, "key=k1>k2"), "Added the encryption key k2, which is used from then on", "ada on the command line added the encryption key k2, which is used from then on", ""},
		{of(Entry{ActorName: "cli:ada"}, KeysRekeyed, ResultOK, "key=k2", "sealed=1200"), "Sealed 1,200 values anew under the encryption key k2", "ada on the command line sealed 1,200 values anew under the encryption key k2", ""},
		{of(Entry{ActorName: "cli:ada"}, KeysRekeyed, ResultFailed, "key=k2", "sealed=1", "unreadable=3"), "Sealed 1 value anew under the encryption key k2; 3 could not be read", "ada on the command line sealed 1 value anew under the encryption key k2; 3 could not be read", ""},
		{of(Entry{ActorName: "server"}, RestoreDone, ResultOK, "found=older", "newest row=1042>1010"), "Found an older copy of the database and signed everyone out", "The server found an older copy of the database and signed everyone out", ""},
		{of(Entry{ActorName: "server"}, RestoreDone, ResultOK, "found=no record"), "Could not tell whether the database is the newest one and signed everyone out", "The server could not tell whether the database is the newest one and signed everyone out", ""},
		{of(own, GroupAdded, ResultOK, "group=on-call", "label=On call"), "Added the group “on-call”", "", ""},
		{of(own, GroupChanged, ResultOK, "group=on-call", "label=On call>Night shift"), "Changed the group “on-call”. label: On call → Night shift", "", ""},
		{of(own, GroupDeleted, ResultOK, "group=on-call>", "members=12>"), "Deleted the group “on-call”, which had 12 members", "", ""},
		{of(own, StreamAdded, ResultOK, "stream=SIEM", "kind=webhook", "address=siem.example"), "Added the event stream “SIEM”, which goes to siem.example", "", ""},
		{of(own, StreamChanged, ResultOK, "stream=SIEM", "content=full>lean", "key=ab>cd"), "Changed the event stream “SIEM”: content, key", "", ""},
		{of(own, StreamPaused, ResultOK, "stream=SIEM"), "Paused the event stream “SIEM”", "", ""},
		{of(Entry{ActorName: "server"}, StreamPaused, ResultOK, "stream=SIEM", "answer=410 Gone"), "Paused the event stream “SIEM”: 410 Gone", "The server paused the event stream “SIEM”: 410 Gone", ""},
		{of(own, StreamResumed, ResultOK, "stream=SIEM"), "Resumed the event stream “SIEM”", "", ""},
		{of(Entry{ActorName: "server"}, StreamFailed, ResultOK, "stream=SIEM", "answer=500"), "Gave up the event stream “SIEM”: 500", "The server gave up the event stream “SIEM”: 500", ""},
		{of(own, StreamDeleted, ResultOK, "stream=SIEM", "sent=3"), "Deleted the event stream “SIEM”", "", ""},
		{of(own, StreamRefilled, ResultOK, "stream=SIEM", "rows=1200"), "Put 1,200 events back into the audit log from the event stream “SIEM”", "", ""},
		{of(Entry{ActorName: "server"}, AuditRemoved, ResultOK, "older than=2026-01-01"), "Removed events older than 2026-01-01", "The server removed events older than 2026-01-01", ""},
		{of(Entry{}, SetupDone, ResultFailed), "Wrong setup code", "", ""},
	} {
		if c.named == "" {
			c.named = c.log
		}
		if c.me == "" {
			c.me = c.log
		}
		for got, want := range map[string]string{Sentence(c.e): c.log, SentenceWithNames(c.e): c.named} {
			if got != want {
				t.Errorf("%s %s: %q, want %q", c.e.Event, c.e.Result, got, want)
			}
		}
		if got := SentenceTo("g", c.e); c.e.SubjectID == "g" && got != c.me {
			t.Errorf("%s %s to the person: %q, want %q", c.e.Event, c.e.Result, got, c.me)
		}
	}
}

// TestEveryEventIsTold holds every event of today and tomorrow to a sentence of its own,
// however it ended: what failed or was blocked does not read like what was done.
func TestEveryEventIsTold(t *testing.T) {
	t.Parallel()
	foreign := regexp.MustCompile(`(?i)\b(log ?in|log ?out|2fa|mfa|otp)\b|  |\{|%`)
	mayFail := map[Event][]Result{
		LoginPassword: {ResultFailed, ResultBlocked}, LoginCode: {ResultFailed}, LoginRecovery: {ResultFailed}, SessionEnded: {ResultBlocked},
		PasswordChanged: {ResultFailed}, AuthenticatorAdded: {ResultFailed}, RecoveryTried: {ResultFailed}, SetupDone: {ResultFailed},
	}
	for _, event := range Events() {
		if tellings()[event] == nil {
			t.Errorf("%s has no sentence", event)
			continue
		}
		for _, e := range []Entry{own, byAda, nobody, byServer, byRoot, {}} {
			e = of(e, event, ResultOK)
			for _, words := range []string{Sentence(e), SentenceWithNames(e), SentenceTo("g", e), SentenceTo("a", e)} {
				if words == "" || foreign.MatchString(words) || words != capital(words) && !strings.HasPrefix(words, "ada ") && !strings.HasPrefix(words, "root ") {
					t.Errorf("%s: %q", event, words)
				}
			}
			for _, r := range mayFail[event] {
				if bad := of(e, event, r); Sentence(bad) == Sentence(e) {
					t.Errorf("%s reads %q whether it was done or %s", event, Sentence(e), r)
				}
			}
		}
	}
	if got := Sentence(Entry{Event: "from.tomorrow"}); got != "From.tomorrow" {
		t.Errorf("an unknown event is told as %q", got)
	}
}
