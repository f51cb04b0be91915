package audit

import (
	"strings"
	"sync"
)

// tellings is the one table of how each kind of event is told.
var tellings = sync.OnceValue(func() map[Event]telling {
	return map[Event]telling{
		LoginPassword: tellPassword, LoginCode: tellCode, LoginRecovery: tellRecovery, LoginBlocked: tellBlocked,
		Logout: tellLogout, SessionEnded: tellSessionEnded, UserNotMe: tellNotMe,
		PasswordChanged: tellPasswordChanged, PasswordResetRequested: tellLinkMade, PasswordReset: tellPasswordReset,
		AuthenticatorAdded: tellAppAdded, AuthenticatorRemoved: tellAppRemoved, AuthenticatorReset: tellReset,
		RecoveryMade: tellCodesMade, RecoveryUsed: tellCodeUsed, RecoveryTried: tellCodeTried,
		RequestMade: tellRequestMade, RequestCancelled: tellRequestCancelled, RequestApproved: tellRequestApproved,
		RequestRefused: tellRequestRefused, RequestUsed: tellRequestUsed,
		ApprovalAsked: tellApproval("asked for a second approval to "), ApprovalGiven: tellApproval("gave the second approval to "),
		ApprovalRefused: tellApproval("refused to "),
		ProfileChanged:  tellProfile, EmailConfirmed: tellEmailConfirmed,
		UserCreated: tellCreated, UserInvited: tellInvited, UserChanged: tellChanged, UserDeleted: tellDeleted,
		UserDisabled: done("disabled"), UserEnabled: done("enabled"), UserUnlocked: done("unlocked"),
		UserRestored: tellRestored, UserViewed: tellViewed,
		UsersImported: tellImported, UsersChanged: tellBulk, UsersExported: exported("user"), AuditExported: exported("event"), WordsExported: exported("word"),
		AuditRemoved: tellRemoved, SettingsChanged: tellSettings, SetupDone: tellSetup,
		GroupAdded: tellGroup("added"), GroupChanged: tellGroupChanged, GroupDeleted: tellGroup("deleted"),
		ApplicationAdded: tellApplication("added"), ApplicationChanged: tellApplicationChanged, ApplicationEnabled: tellApplication("enabled"),
		ApplicationDisabled: tellApplication("disabled"), ApplicationDeleted: tellApplication("deleted"),
		ApplicationOpened: tellApplication("opened"), ApplicationDenied: tellApplicationDenied, ApplicationClosed: tellApplicationClosed,
		StreamAdded: tellStream("added"), StreamChanged: tellStreamChanged, StreamPaused: tellStream("paused"), StreamResumed: tellStream("resumed"),
		StreamFailed: tellStreamFailed, StreamDeleted: tellStream("deleted"), StreamRefilled: tellRefilled,
		KeysRotated: tellKeysRotated, KeysRekeyed: tellKeysRekeyed,
		BackupMade: tellBackup, BackupDownloaded: tellBackupDownloaded, RestoreDone: tellRestoreDone,
		DatabaseMigrated: tellMigrated, ServerStarted: tellStarted, ServerStopped: simply("Server stopped"),
	}
})

// done is an action that takes nothing but whom it is done to.
func done(verb string) telling {
	return func(_ Entry, p people) string { return verb + " " + p.them }
}

// simply is an event of which there is nothing else to say.
func simply(words string) telling { return func(Entry, people) string { return words } }

func tellCreated(e Entry, p people) string {
	words := "added " + p.them
	if e.Detail("by") == "import" {
		words = "imported " + p.them
	}
	if e.Detail("role") == "admin" {
		words += " as an administrator"
	}
	return words
}

func tellInvited(e Entry, p people) string {
	if e.Detail("sent to") != "" {
		return "sent " + p.them + " an invitation"
	}
	return "made an invitation link for " + p.them
}

func tellChanged(e Entry, p people) string {
	if words := tellMembership(e, p); words != "" {
		return words
	}
	var changed []Detail
	for _, d := range e.Details {
		if d.Name == "must enrol" || d.Name == "notes" {
			changed = append(changed, d)
		}
	}
	all := fields(e)
	if len(changed) == 1 && !strings.Contains(all, "; ") {
		switch d := changed[0]; {
		case d.Name == "notes":
			return "changed the notes about " + p.them
		case d.After == "yes":
			return "required two-step verification for " + p.them
		}
		return "no longer requires two-step verification for " + p.them + " in particular"
	}
	switch {
	case all == "":
		return "changed " + p.them
	case p.columns:
		return all
	case p.you:
		return "changed your account. " + all
	}
	return "changed " + p.them + ". " + all
}

func tellDeleted(e Entry, p people) string {
	switch {
	case e.Detail("recycle bin") != "":
		return "Removed from the recycle bin for good, after 30 days"
	case e.OwnAct():
		return "Deleted their account"
	}
	return "deleted " + p.them
}

func tellRestored(_ Entry, p people) string { return "restored " + p.them + " from the recycle bin" }

func tellViewed(_ Entry, p people) string { return "viewed " + p.their + " pages" }

func tellImported(e Entry, _ people) string {
	words := "imported " + counted(e.Detail("added"), "user")
	if file := e.Detail("file"); file != "" {
		words += " from " + quoted(file)
	}
	if n := e.Detail("refused"); n != "" && n != "0" {
		words += "; " + counted(n, "row") + " refused"
	}
	if why := e.Detail("stopped"); why != "" {
		words += "; stopped " + why
	}
	return words
}

// tellBulk tells what an action on several users came to.
func tellBulk(e Entry, _ people) string {
	users := counted(e.Detail("changed"), "user")
	words, known := map[string]string{
		"disable": "disabled ", "enable": "enabled ", "delete": "deleted ", "restore": "restored ",
		"sign-out": "signed out ", "require-enrolment": "required two-step verification for ",
		"lift-enrolment": "no longer requires two-step verification for ", "invite": "sent invitations to ",
		"add-to-group": "added ", "remove-from-group": "removed ",
	}[e.Detail("action")]
	if !known {
		words = "changed "
	}
	words += users
	switch group := groupOf(value(e, GroupDetail)); e.Detail("action") {
	case "add-to-group":
		words += " to " + group
	case "remove-from-group":
		words += " from " + group
	}
	if e.Detail("undoes") != "" {
		words += ", undoing an earlier change"
	}
	if n := e.Detail("left out"); n != "" && n != "0" {
		words += "; " + n + " left out"
	}
	switch why := e.Detail("stopped"); why {
	case "":
	case "cancelled":
		words += "; cancelled part-way through"
	default:
		words += "; stopped because " + why
	}
	return words
}

// exported is a list that was taken out as a file.
func exported(one string) telling {
	return func(e Entry, _ people) string {
		words := "exported " + counted(e.Detail("rows"), one)
		if format := e.Detail("format"); format != "" {
			words += " as " + map[string]string{"csv": "CSV", "jsonl": "JSON lines"}[format]
		}
		return words
	}
}

func tellRemoved(e Entry, _ people) string {
	if day := e.Detail("older than"); day != "" {
		return "removed events older than " + day
	}
	return "removed old events"
}

func tellSettings(e Entry, p people) string {
	switch all := fields(e); {
	case all == "":
		return "changed the settings"
	case p.columns:
		return "Settings changed. " + all
	default:
		return "changed the settings. " + all
	}
}

func tellSetup(e Entry, _ people) string {
	if e.Result != ResultOK {
		return "Wrong setup code"
	}
	return "Set up this instance"
}

func tellMigrated(e Entry, _ people) string {
	for _, d := range e.Details {
		if d.Name == "schema" {
			return "brought the database up to date: schema " + d.Before + " → " + d.After
		}
	}
	return "brought the database up to date"
}

// tellKeysRotated names the key by its id, which is no secret.
func tellKeysRotated(e Entry, _ people) string {
	return "added the encryption key " + e.Detail("key") + ", which is used from then on"
}

func tellKeysRekeyed(e Entry, _ people) string {
	words := "sealed " + counted(e.Detail("sealed"), "value") + " anew under the encryption key " + e.Detail("key")
	if n := e.Detail("unreadable"); n != "" {
		words += "; " + n + " could not be read"
	}
	return words
}

func tellStarted(e Entry, _ people) string {
	if all := fields(e); all != "" {
		return "Server started. " + all
	}
	return "Server started"
}

// tellRestoreDone is about a backup that was restored, or about a copy of the database that
// the server found at its start.
func tellRestoreDone(e Entry, _ people) string {
	switch e.Detail("found") {
	case "":
		if name := e.Detail("backup"); name != "" {
			return "restored the backup " + quoted(name) + " and signed everyone out"
		}
		return "restored a backup"
	case "older":
		return "found an older copy of the database and signed everyone out"
	case "different":
		return "found another copy of the database and signed everyone out"
	}
	return "could not tell whether the database is the newest one and signed everyone out"
}
