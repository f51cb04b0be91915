package audit

func tellAppAdded(e Entry, _ people) string {
	if e.Result != ResultOK {
		return times(e, "Wrong code while adding an app")
	}
	return "Added the authenticator app " + quoted(e.Detail("label"))
}

func tellAppRemoved(e Entry, _ people) string {
	return "Removed the authenticator app " + quoted(before(e, "label"))
}

func tellReset(_ Entry, p people) string { return "reset " + p.their + " two-step verification" }

func tellCodesMade(Entry, people) string { return "Made new recovery codes" }

func tellCodeUsed(e Entry, _ people) string {
	if left := e.Detail("left"); left != "" {
		return "Used a recovery code. " + left + " left"
	}
	return "Used a recovery code"
}

func tellCodeTried(e Entry, _ people) string {
	if e.Result == ResultOK {
		return "Tried out a recovery code: it works"
	}
	return times(e, "Wrong recovery code while trying it out")
}

func tellRequestMade(e Entry, _ people) string {
	if e.Detail("reason") == ReasonAskedAgain {
		return "Asked again for help with a lost phone"
	}
	return "Asked for help with a lost phone"
}

func tellRequestCancelled(e Entry, _ people) string {
	const withdrawn = "Lost phone request withdrawn"
	switch e.Detail("reason") {
	case ReasonFound:
		return withdrawn + " by signing in with a second step"
	case ReasonByLink:
		return withdrawn + " by the link in the notice"
	case ReasonNotMe:
		return withdrawn + " by “This was not me”"
	}
	return withdrawn
}

func tellRequestApproved(e Entry, p people) string {
	if e.Detail("approval") != "" {
		return "gave the first of two approvals for " + p.their + " lost phone request"
	}
	return "approved " + p.their + " lost phone request"
}

func tellRequestRefused(e Entry, p people) string {
	if e.Detail("reason") == ReasonOverdue {
		return "Lost phone request refused: nobody decided in time"
	}
	return "refused " + p.their + " lost phone request"
}

func tellRequestUsed(e Entry, _ people) string {
	app := quoted(e.Detail("authenticators"))
	if app == "" {
		app = "an app"
	}
	return "Set up " + app + " in place of the lost phone"
}

func tellProfile(e Entry, _ people) string {
	if len(e.Details) != 1 {
		return fieldsOr(e, "Changed the profile")
	}
	switch d := e.Details[0]; d.Name {
	case "authenticator":
		return "Renamed the authenticator app " + quoted(d.Before) + " to " + quoted(d.After)
	case "remembered browsers":
		return "Made a remembered browser ask for the code again"
	case "email that waits":
		if d.After == "" {
			return "Cancelled the change of email address to " + d.Before
		}
		return "Asked to change the email address to " + d.After
	}
	return fieldsOr(e, "Changed the profile")
}

func tellEmailConfirmed(e Entry, _ people) string {
	if to := e.Detail("email"); to != "" {
		return "Confirmed the email address " + to
	}
	return "Confirmed the email address"
}

// fieldsOr is what was changed, or these words where nothing says what.
func fieldsOr(e Entry, otherwise string) string {
	if all := fields(e); all != "" {
		return all
	}
	return otherwise
}

// tellApproval tells what a second administrator was asked about.
func tellApproval(did string) telling {
	return func(e Entry, p people) string {
		if e.Detail("reason") == ReasonOverdue {
			return "Second approval refused: nobody decided in time"
		}
		what := "make a password link for " + p.them
		switch e.Detail("act") {
		case "reset-two-step":
			what = "reset " + p.their + " two-step verification"
		case "email":
			what = "change " + p.their + " email address to " + e.Detail("email")
			if e.Detail("email") == "" {
				what = "remove " + p.their + " email address"
			}
		}
		return did + what
	}
}
