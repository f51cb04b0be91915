package views

// action is what the page says about one kind of action on a user.
type action struct {
	heading, button string
	// effects are what will happen, a sentence a line; check is what to make sure of first.
	effects []string
	check   string
	// reason says that a reason must be given; danger marks what is hard to take back.
	reason, danger bool
}

// words returns the sentences for the page's kind. An unknown kind is a mistake in
// our code and gives a page without them.
func (p UserAction) words() action {
	who := p.who()
	switch p.Kind {
	case "disable":
		return action{heading: "Disable " + who, button: "Disable", effects: []string{
			who + " will be signed out" + p.everywhere() + " and cannot sign in until enabled again. Nothing is deleted."}}
	case "enable":
		return action{heading: "Enable " + who, button: "Enable", effects: []string{who + " can sign in again with the same password and authenticator apps."}}
	case "delete":
		return action{heading: "Delete " + who, button: "Delete user", danger: true, effects: []string{
			who + " will be signed out" + p.everywhere() + " and moved to the recycle bin. An administrator can restore them within 30 days. After that, everything is erased.",
			"The name stays in the audit log."}}
	case "restore":
		return action{heading: "Restore " + who, button: "Restore", effects: []string{who + " will be restored from the recycle bin and can sign in again."}}
	case "unlock":
		return action{heading: "Unlock " + who, button: "Unlock", effects: []string{"Failed attempts are cleared, so " + who + " can try to sign in again straight away."}}
	case "sign-out":
		return action{heading: "Sign out " + who, button: "Sign out everywhere", effects: []string{
			who + " will be signed out" + p.everywhere() + ", and browsers that skip the code are forgotten. They can sign in again straight away."}}
	case "reset-two-step":
		return p.resetWords(who)
	case "password-link":
		return p.linkWords(who)
	}
	return action{heading: who, button: "Continue"}
}

// ActionDone says that an action was done to somebody.
func ActionDone(kind, who string) string {
	switch kind {
	case "disable":
		return who + " is disabled."
	case "enable":
		return who + " can sign in again."
	case "delete":
		return who + " is in the recycle bin."
	case "restore":
		return who + " is back from the recycle bin."
	case "unlock":
		return who + " can try to sign in again."
	case "sign-out":
		return who + " is signed out everywhere."
	case "reset-two-step":
		return "Two-step verification for " + who + " has been reset. Make a password link now: it is the only way they can set up an app again."
	}
	return who + " has been changed."
}

func (p UserAction) resetWords(who string) action {
	return action{
		heading: "Reset two-step verification for " + who, button: "Reset two-step verification", reason: true, danger: true,
		check: "Make sure it is really " + who + " asking: call them back on a number you already have.",
		effects: []string{
			"All of " + possessive(who) + " authenticator apps and recovery codes will stop working, and " + who + " will be signed out" + p.everywhere() + ".",
			"To sign in again, " + who + " will need a password link from you, and will then set up an app again."},
	}
}

func (p UserAction) linkWords(who string) action {
	if p.Invitation {
		return action{heading: "New invitation for " + who, button: "Show the link", effects: []string{
			who + " can use the link to choose a password. It works once, within " + count(p.InviteDays, "day") + ". Earlier links stop working."}}
	}
	a := action{heading: "New password link for " + who, button: "Show the link", effects: []string{
		"You will see a link to pass on. " + who + " can use it to choose a new password. It works once, within 24 hours. Earlier links stop working.",
		"The current password keeps working until then."}}
	if p.CanMail {
		a.effects[0] = who + " can use the link to choose a new password. It works once: within 24 hours if you pass it on, or within 30 minutes if you send it by email. Earlier links stop working."
	}
	return a
}

func (p UserAction) who() string {
	if p.Name != "" {
		return p.Name
	}
	return p.Username
}

func (p UserAction) path() string { return "/admin/users/" + p.ID }

// everywhere counts the browsers that will be signed out, when there are any.
func (p UserAction) everywhere() string {
	if p.Sessions == 0 {
		return ""
	}
	return " of " + count(p.Sessions, "browser")
}

func (p UserLink) who() string {
	if p.Name != "" {
		return p.Name
	}
	return p.Username
}

func (p UserLink) heading() string {
	switch {
	case p.Invitation:
		return "Invitation for " + p.who()
	case p.NewPhone:
		return "New phone for " + p.who()
	}
	return "Password link for " + p.who()
}
