// Package audit says what is written down about who did what: the names of the
// events, the fields of an entry, and the keyed chain that shows when somebody who
// can write the database file has changed, removed or inserted one.
//
// An entry is stored in the transaction of the action it tells of. The chain does
// not show a cut tail; for that, compare with a head noted elsewhere.
package audit

import "sync"

// Event is the name of something that happened. The names are a contract: they
// stand in exports and in filters.
type Event string

// The events.
const (
	SetupDone              Event = "setup.done"
	LoginPassword          Event = "login.password"
	LoginCode              Event = "login.code"
	LoginRecovery          Event = "login.recovery"
	LoginBlocked           Event = "login.blocked"
	Logout                 Event = "logout"
	SessionEnded           Event = "session.ended"
	PasswordChanged        Event = "password.changed"
	PasswordResetRequested Event = "password.reset-requested"
	PasswordReset          Event = "password.reset"
	AuthenticatorAdded     Event = "authenticator.added"
	AuthenticatorRemoved   Event = "authenticator.removed"
	AuthenticatorReset     Event = "authenticator.reset"
	RecoveryMade           Event = "recovery.made"
	RecoveryUsed           Event = "recovery.used"
	RecoveryTried          Event = "recovery.tried"
	RequestMade            Event = "request.made"
	RequestCancelled       Event = "request.cancelled"
	RequestApproved        Event = "request.approved"
	RequestRefused         Event = "request.refused"
	RequestUsed            Event = "request.used"
	ApprovalAsked          Event = "approval.asked"
	ApprovalGiven          Event = "approval.given"
	ApprovalRefused        Event = "approval.refused"
	ProfileChanged         Event = "profile.changed"
	EmailConfirmed         Event = "email.confirmed"
	UserCreated            Event = "user.created"
	UserInvited            Event = "user.invited"
	UserChanged            Event = "user.changed"
	UserDisabled           Event = "user.disabled"
	UserEnabled            Event = "user.enabled"
	UserDeleted            Event = "user.deleted"
	UserRestored           Event = "user.restored"
	UserUnlocked           Event = "user.unlocked"
	UserNotMe              Event = "user.not-me"
	UserViewed             Event = "user.viewed"
	UsersImported          Event = "users.imported"
	UsersChanged           Event = "users.changed"
	UsersExported          Event = "users.exported"
	AuditExported          Event = "audit.exported"
	AuditRemoved           Event = "audit.removed"
	WordsExported          Event = "words.exported"
	SettingsChanged        Event = "settings.changed"
	GroupAdded             Event = "group.added"
	GroupChanged           Event = "group.changed"
	GroupDeleted           Event = "group.deleted"
	ApplicationAdded       Event = "application.added"
	ApplicationChanged     Event = "application.changed"
	ApplicationEnabled     Event = "application.enabled"
	ApplicationDisabled    Event = "application.disabled"
	ApplicationDeleted     Event = "application.deleted"
	ApplicationOpened      Event = "application.opened"
	ApplicationDenied      Event = "application.denied"
	ApplicationClosed      Event = "application.closed"
	StreamAdded            Event = "stream.added"
	StreamChanged          Event = "stream.changed"
	StreamPaused           Event = "stream.paused"
	StreamResumed          Event = "stream.resumed"
	StreamFailed           Event = "stream.failed"
	StreamDeleted          Event = "stream.deleted"
	StreamRefilled         Event = "stream.refilled"
	KeysRotated            Event = "keys.rotated"
	KeysRekeyed            Event = "keys.rekeyed"
	BackupMade             Event = "backup.made"
	BackupDownloaded       Event = "backup.downloaded"
	RestoreDone            Event = "restore.done"
	DatabaseMigrated       Event = "database.migrated"
	ServerStarted          Event = "server.started"
	ServerStopped          Event = "server.stopped"
)

// line is what there is to say about one event.
type line struct {
	group string
	event Event
	words string
}

// lines is the one table of events: grouped, in the order people look for them.
var lines = sync.OnceValue(func() []line {
	return []line{
		{"Signing in", LoginPassword, "Sign-in with a password"},
		{"Signing in", LoginCode, "Sign-in with a code"},
		{"Signing in", LoginRecovery, "Sign-in with a recovery code"},
		{"Signing in", LoginBlocked, "Sign-in paused or refused"},
		{"Signing in", Logout, "Signed out"},
		{"Signing in", SessionEnded, "Session ended"},
		{"Signing in", UserNotMe, "This was not me"},
		{"Passwords", PasswordChanged, "Password changed"},
		{"Passwords", PasswordResetRequested, "Password link requested"},
		{"Passwords", PasswordReset, "Password set through a link"},
		{"Two-step verification", AuthenticatorAdded, "Authenticator app added"},
		{"Two-step verification", AuthenticatorRemoved, "Authenticator app removed"},
		{"Two-step verification", AuthenticatorReset, "Two-step verification reset"},
		{"Two-step verification", RecoveryMade, "Recovery codes made"},
		{"Two-step verification", RecoveryUsed, "Recovery code used"},
		{"Two-step verification", RecoveryTried, "Recovery code tried out"},
		{"Lost phones", RequestMade, "Lost phone help requested"},
		{"Lost phones", RequestCancelled, "Lost phone request withdrawn"},
		{"Lost phones", RequestApproved, "Lost phone request approved"},
		{"Lost phones", RequestRefused, "Lost phone request refused"},
		{"Lost phones", RequestUsed, "New phone set up after a request"},
		{"Approvals", ApprovalAsked, "Second approval asked for"},
		{"Approvals", ApprovalGiven, "Second approval given"},
		{"Approvals", ApprovalRefused, "Second approval refused"},
		{"Profile", ProfileChanged, "Profile changed"},
		{"Profile", EmailConfirmed, "Email address confirmed"},
		{"Users", UserCreated, "User added"},
		{"Users", UserInvited, "User invited"},
		{"Users", UserChanged, "User changed"},
		{"Users", UserDisabled, "User disabled"},
		{"Users", UserEnabled, "User enabled"},
		{"Users", UserDeleted, "User deleted"},
		{"Users", UserRestored, "User restored"},
		{"Users", UserUnlocked, "User unlocked"},
		{"Users", UserViewed, "Pages viewed by an administrator"},
		{"Users", UsersChanged, "Bulk change"},
		{"Users", UsersImported, "Users imported"},
		{"Users", UsersExported, "Users exported"},
		{"Groups", GroupAdded, "Group added"},
		{"Groups", GroupChanged, "Group changed"},
		{"Groups", GroupDeleted, "Group deleted"},
		{"Applications", ApplicationOpened, "Application opened"},
		{"Applications", ApplicationDenied, "Application refused to somebody without access"},
		{"Applications", ApplicationClosed, "Signed out of an application"},
		{"Applications", ApplicationAdded, "Application added"},
		{"Applications", ApplicationChanged, "Application changed"},
		{"Applications", ApplicationEnabled, "Application enabled"},
		{"Applications", ApplicationDisabled, "Application disabled"},
		{"Applications", ApplicationDeleted, "Application deleted"},
		{"Event streams", StreamAdded, "Event stream added"},
		{"Event streams", StreamChanged, "Event stream changed"},
		{"Event streams", StreamPaused, "Event stream paused"},
		{"Event streams", StreamResumed, "Event stream resumed"},
		{"Event streams", StreamFailed, "Event stream failed"},
		{"Event streams", StreamDeleted, "Event stream deleted"},
		{"Event streams", StreamRefilled, "Audit log refilled from a stream"},
		{"Instance", SetupDone, "Setup finished"},
		{"Instance", SettingsChanged, "Settings changed"},
		{"Instance", AuditExported, "Audit log exported"},
		{"Instance", WordsExported, "Words of requests exported"},
		{"Instance", AuditRemoved, "Old events removed"},
		{"Instance", KeysRotated, "Encryption key added"},
		{"Instance", KeysRekeyed, "Sealed anew under the newest key"},
		{"Instance", BackupMade, "Backup made"},
		{"Instance", BackupDownloaded, "Backup downloaded"},
		{"Instance", RestoreDone, "Backup restored"},
		{"Instance", DatabaseMigrated, "Database brought up to date"},
		{"Instance", ServerStarted, "Server started"},
		{"Instance", ServerStopped, "Server stopped"},
	}
})

// Words returns the kind of event for people, as in a filter; what happened, Sentence tells. An event that is not known, from a newer version's database,
// is shown by its name.
func Words(e Event) string {
	for _, l := range lines() {
		if l.event == e {
			return l.words
		}
	}
	return string(e)
}

// Group is a heading and the events under it, for a grouped select.
type Group struct {
	Name   string
	Events []Event
}

// Groups returns every event once, under its heading. The result is the caller's own.
func Groups() []Group {
	var groups []Group
	for _, l := range lines() {
		if len(groups) == 0 || groups[len(groups)-1].Name != l.group {
			groups = append(groups, Group{Name: l.group})
		}
		last := &groups[len(groups)-1]
		last.Events = append(last.Events, l.event)
	}
	return groups
}

// Events returns every event once, in the order of Groups.
func Events() []Event {
	var all []Event
	for _, l := range lines() {
		all = append(all, l.event)
	}
	return all
}
