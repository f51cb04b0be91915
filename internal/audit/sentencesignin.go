package audit

import "strings"

func tellPassword(e Entry, p people) string {
	reason := e.Detail("reason")
	switch e.Result {
	case ResultOK:
		return passwordAccepted(reason)
	case ResultBlocked:
		return passwordBlocked(e, reason)
	}
	if p.you { // what an administrator needs to know is no hint for the person who tries
		return times(e, wrongPassword(map[bool]string{true: reason}[reason == ReasonConfirming]))
	}
	if e.SubjectID == "" {
		return times(e, "Wrong username or password")
	}
	return times(e, wrongPassword(reason))
}

func passwordAccepted(reason string) string {
	switch reason {
	case ReasonConfirming:
		return "Confirmed with the password"
	case ReasonRemembered:
		return "Signed in with a password, in a remembered browser"
	case ReasonNoSecondStep:
		return "Signed in with a password"
	case ReasonNewPhone:
		return "Password accepted, to set up a new phone"
	}
	return "Password accepted"
}

func passwordBlocked(e Entry, reason string) string {
	switch reason {
	case ReasonResetFirst:
		return "Password accepted, but two-step verification was reset: a password link has to be used first"
	case ReasonDisabled:
		return times(e, "Refused because the account is disabled")
	case ReasonDeleted:
		return times(e, "Refused because the account is in the recycle bin")
	case ReasonNoPassword:
		return times(e, "Refused because no password has been set yet")
	case ReasonClosed:
		return times(e, "Refused because the password is closed after “This was not me”")
	}
	return times(e, "Password not checked")
}

func wrongPassword(reason string) string {
	switch reason {
	case ReasonConfirming:
		return "Wrong password while confirming"
	case ReasonChangingPassword:
		return "Wrong current password while changing the password"
	case ReasonTooLong:
		return "Wrong password: longer than the 72 bytes that the imported password can have"
	case ReasonUnfit:
		return "Wrong password: too long for any password, or with control characters"
	case ReasonCorrupt:
		return "The stored password could not be read"
	}
	return "Wrong password"
}

func tellCode(e Entry, _ people) string {
	reason := e.Detail("reason")
	switch {
	case e.Result == ResultOK && reason == ReasonConfirming:
		return "Confirmed with password and code"
	case e.Result == ResultOK && e.Detail("remembered for days") != "":
		return "Signed in with password and code; this browser skips the code for " + counted(e.Detail("remembered for days"), "day")
	case e.Result == ResultOK:
		return "Signed in with password and code"
	}
	switch reason {
	case ReasonSealed:
		return "The stored key of an authenticator app could not be read"
	case ReasonConfirming:
		return times(e, "Wrong code while confirming")
	case ReasonUsed:
		return times(e, "Code already used")
	case "", ReasonWrong:
		return times(e, "Wrong code")
	}
	return times(e, "Wrong code: "+reason) // of a clock that is wrong
}

func tellRecovery(e Entry, _ people) string {
	if e.Result == ResultOK {
		return "Signed in with password and recovery code"
	}
	if e.Detail("reason") == ReasonWrongOrUsed {
		return times(e, "Recovery code wrong or already used")
	}
	return times(e, "Wrong recovery code")
}

func tellBlocked(e Entry, _ people) string {
	switch e.Detail("reason") {
	case string(LoginCode):
		return times(e, "Too many wrong codes. Sign-in is paused")
	case string(LoginRecovery):
		return times(e, "Too many wrong recovery codes. Sign-in is paused")
	case ReasonConfirming, ReasonChangingPassword:
		return times(e, "Too many wrong attempts to confirm")
	case ReasonAddingApp:
		return times(e, "Too many wrong codes while adding an app")
	case ReasonTryingCode:
		return times(e, "Too many wrong recovery codes while trying them out")
	case ReasonCopied:
		return "Remembered browser forgotten: it came with an old cookie, so it may have been copied"
	case ReasonGuessing:
		return "Remembered browser forgotten: too many wrong passwords came from it"
	case ReasonTwoCookies:
		return times(e, "Cookie sent twice, so it was ignored")
	}
	if e.ActorID != "" {
		return times(e, "Too many wrong attempts while signed in")
	}
	return times(e, "Too many wrong passwords. Sign-in is paused")
}

func tellLogout(Entry, people) string { return "Signed out" }

func tellSessionEnded(e Entry, p people) string {
	browser := before(e, "browser")
	switch own := e.OwnAct(); {
	case e.Result != ResultOK:
		return "Signed out after too many wrong attempts to confirm"
	case browser != "" && own:
		return "Signed out " + browser
	case browser != "":
		return "signed out one of " + p.their + " browsers: " + browser
	case !own:
		return "signed " + p.them + " out everywhere"
	case e.Detail("sessions") != "":
		return "Signed out everywhere else: " + counted(e.Detail("sessions"), "browser")
	}
	return "Signed out one browser"
}

func tellNotMe(e Entry, _ people) string {
	words := "Said “This was not me”"
	if notice := e.Detail("notice"); notice != "" {
		words += " about " + quoted(strings.TrimSuffix(notice, "."))
	}
	if strings.HasPrefix(e.Detail("password"), "stays") {
		return words + ". The password still works"
	}
	return words + ". The password is closed"
}

func tellPasswordChanged(e Entry, p people) string {
	switch {
	case e.Result != ResultOK:
		return times(e, wrongPassword(ReasonChangingPassword))
	case e.OwnAct():
		return "Changed the password"
	}
	return "changed " + p.their + " password"
}

func tellLinkMade(e Entry, p people) string {
	switch to := e.Detail("sent to"); {
	case e.ActorName == "":
		return "Somebody asked for a link to choose a new password"
	case e.OwnAct():
		return "Asked for a link to choose a new password"
	case to != "":
		return "sent " + p.them + " a password link"
	}
	return "made a password link for " + p.them
}

func tellPasswordReset(e Entry, _ people) string {
	if e.Detail("reason") == ReasonUncompared {
		return "Chose a password through a link; it could not be compared with the closed one"
	}
	return "Chose a password through a link"
}
