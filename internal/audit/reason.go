package audit

// Reasons that the program itself writes into the detail "reason", where no person gave
// one. They are part of what is stored, so a change of one is a change of the log.
const (
	// ReasonConfirming marks a proof that was asked for inside a session.
	ReasonConfirming = "confirming"
	// ReasonAddingApp marks a code that was to turn a new authenticator app on.
	ReasonAddingApp = "adding an app"
	// ReasonTryingCode marks a recovery code that was only tried out.
	ReasonTryingCode = "trying out a recovery code"
	// ReasonChangingPassword marks the current password, which is asked for when somebody wants another.
	ReasonChangingPassword = "changing the password"
	// ReasonNewPhone marks the password that a link for a new phone asks for.
	ReasonNewPhone = "new phone"
	// ReasonRemembered marks a sign-in that a remembered browser completed.
	ReasonRemembered = "remembered browser"
	// ReasonNoSecondStep marks a sign-in that the password completed: there was no second step.
	ReasonNoSecondStep = "no second step"
	// ReasonResetFirst is a right password that leads nowhere until a password link is used.
	ReasonResetFirst = "two-step verification was reset; a password link comes first"
	// ReasonDisabled, ReasonDeleted, ReasonNoPassword and ReasonClosed are tries that could
	// not succeed whatever the password was.
	ReasonDisabled   = "the user is disabled"
	ReasonDeleted    = "the user is in the recycle bin"
	ReasonNoPassword = "no password is set"
	ReasonClosed     = "the password was closed by “this was not me”"
	// ReasonTooLong is more than the 72 bytes that bcrypt looks at, against a hash of it.
	ReasonTooLong = "longer than 72 bytes"
	// ReasonUncompared is a new password where the closed one cannot be read, so that nobody
	// knows whether they are the same.
	ReasonUncompared = "not compared with the closed password"
	// ReasonUnfit is text that no password can be: too long for any, or with control characters.
	ReasonUnfit = "not a possible password"
	// ReasonCorrupt is a stored hash that cannot be read.
	ReasonCorrupt = "the stored hash is corrupt"
	// ReasonSealed is an authenticator's secret that does not open.
	ReasonSealed = "its secret does not open"
	// ReasonWrong, ReasonUsed and ReasonWrongOrUsed are codes that were refused.
	ReasonWrong       = "wrong"
	ReasonUsed        = "used before"
	ReasonWrongOrUsed = "wrong or used before"
	// ReasonCopied and ReasonGuessing are why a remembered browser was forgotten.
	ReasonCopied   = "remembered browser used with an old cookie"
	ReasonGuessing = "remembered browser used for too many wrong passwords"
	// ReasonTwoCookies is a cookie of ours that came twice.
	ReasonTwoCookies = "two cookies of one name"
	// ReasonAskedAgain is one more request for help while one is open.
	ReasonAskedAgain = "asked again"
	// ReasonFound and ReasonByLink are why a request about a lost phone was withdrawn.
	ReasonFound  = "signed in with a second step"
	ReasonByLink = "by the link in the notice"
	// ReasonNotMe is somebody who said "this was not me".
	ReasonNotMe = "this was not me"
	// ReasonByUser is somebody who deleted the own account.
	ReasonByUser = "by the user"
	// ReasonOverdue is a request that nobody decided.
	ReasonOverdue = "nobody decided in time"
)

// Detail returns what the detail of this name came to be; "" if there is none.
func (e Entry) Detail(name string) string {
	for _, d := range e.Details {
		if d.Name == name {
			return d.After
		}
	}
	return ""
}

// Why returns the reason that a person gave for what they did to somebody; "" where there
// is none. What the program itself writes into that place is part of the sentence.
func (e Entry) Why() string {
	switch e.Event {
	case UserChanged, UserDisabled, UserEnabled, UserRestored, UserUnlocked, UserInvited, UserViewed, UsersChanged,
		AuthenticatorReset, PasswordResetRequested, SettingsChanged, RequestApproved, ApprovalAsked, ApprovalGiven:
		return e.Detail("reason")
	case UserDeleted:
		if why := e.Detail("reason"); why != ReasonByUser {
			return why
		}
	case RequestRefused, ApprovalRefused:
		if why := e.Detail("reason"); why != ReasonOverdue {
			return why
		}
	case SessionEnded:
		if e.ActorID != e.SubjectID {
			return e.Detail("reason")
		}
	}
	return ""
}
