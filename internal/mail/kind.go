package mail

// Kind is what a message is about. The names stand in the database.
type Kind string

// The kinds. Where it says "not me", Facts.NotMe leads to the page that ends
// everything; the other facts a kind uses are named with it.
const (
	// Invitation to a new user: Link chooses the first password.
	Invitation Kind = "invitation"
	// ConfirmAddress to the new address: Link confirms it.
	ConfirmAddress Kind = "confirm-address"
	// ResetPassword to a person who forgot theirs: Link, time, place.
	ResetPassword Kind = "reset-password"
	// PasswordChanged: time, place, not me.
	PasswordChanged Kind = "password-changed"
	// TwoStepOn tells of an added authenticator: Detail is its name; time, place, not me.
	TwoStepOn Kind = "two-step-on"
	// TwoStepAppRemoved: Detail is the name of the authenticator; time, place, not me.
	TwoStepAppRemoved Kind = "two-step-app-removed"
	// TwoStepReset by an administrator: Detail is the reason; time, not me.
	TwoStepReset Kind = "two-step-reset"
	// RecoveryUsed: Left codes are left; time, place, not me.
	RecoveryUsed Kind = "recovery-used"
	// RecoveryMade tells of new recovery codes: time, place, not me.
	RecoveryMade Kind = "recovery-made"
	// NewBrowser signed in: time, place, not me.
	NewBrowser Kind = "new-browser"
	// RememberedStolen tells of a remembered browser that came with an old cookie:
	// time, place, not me.
	RememberedStolen Kind = "remembered-stolen"
	// RememberedEnded tells of a remembered browser that was forgotten because of many
	// wrong passwords: time, place, not me.
	RememberedEnded Kind = "remembered-ended"
	// TooManyFailures of signing in: time, place, not me.
	TooManyFailures Kind = "too-many-failures"
	// AddressAsked to the old address, before the new one (Detail) is confirmed:
	// time, place, not me.
	AddressAsked Kind = "address-asked"
	// AddressChanged to the old address, once the new one (Detail, empty if there is none)
	// is in its place: time, place, not me.
	AddressChanged Kind = "address-changed"
	// Disabled by an administrator: Detail is the reason; time.
	Disabled Kind = "disabled"
	// Deleted, by an administrator or by the person: time, place.
	Deleted Kind = "deleted"
	// LostPhoneAsked to the person in whose name it was: Link cancels the request,
	// Opens is when it may be approved; time, place, not me.
	LostPhoneAsked Kind = "lost-phone-asked"
	// LostPhoneApproved: Link enrols again; time, not me.
	LostPhoneApproved Kind = "lost-phone-approved"
	// LostPhoneRefused: Detail is the reason; time.
	LostPhoneRefused Kind = "lost-phone-refused"
	// AdminRequest tells administrators of a lost phone: Username asks, Link is the
	// request, Opens is when it may be approved; time, place.
	AdminRequest Kind = "admin-request"
	// AdminNotMe tells administrators that Username said "this was not me" of Detail,
	// an event in words: Link is the user's page; time, place.
	AdminNotMe Kind = "admin-not-me"
	// Test is sent from the settings page: time.
	Test Kind = "test"
)

// place says how much of when and where a message tells. An administrator's own
// address and browser are nobody else's business.
type place int

const (
	nothing place = iota
	onlyWhen
	whenAndWhere
)

// words is what one kind says, in the order of the message. Names in braces stand
// for values, see values.
type words struct {
	kind          Kind
	subject, lead string
	place         place
	more          string
	link          string // before Link; without one the paragraph is left out
	notMe         string // before NotMe; without one: tell your administrator
	last          string
	admins        bool // to administrators, about somebody else
}

const (
	saySo     = "If this was not you, say so here: all your browsers are signed out, and your password stops working until you choose a new one."
	saySoToo  = "If you did not ask for this, say so here: all your browsers are signed out, and your password stops working until you choose a new one."
	somebody  = "If somebody else may know your password, say so here: all your browsers are signed out, and it stops working until you choose a new one."
	callThem  = "Read the request and decide here. Make sure that it is really {user}: call back on a number you know."
	mistaken  = "If you think this is a mistake, ask your administrator."
	ignoreIt  = "If you did not expect this message, you can ignore it."
	nothingIs = "If it was not you, you can ignore this message: your password stays as it is."
)

// all returns the one table of kinds.
func all() []words {
	return []words{
		{kind: Invitation, subject: "You have been invited",
			lead: "You have been invited to {instance}. Your username is {user}.",
			link: "Choose a password to sign in for the first time.", last: ignoreIt},
		{kind: ConfirmAddress, subject: "Confirm your email address",
			lead: "The user {user} of {instance} wants to use this email address.",
			link: "If this is you, confirm the address here.", last: ignoreIt},
		{kind: ResetPassword, subject: "Choose a new password", place: whenAndWhere,
			lead: "Somebody asked to choose a new password for {user}.",
			link: "If it was you, choose one here.", last: nothingIs},
		{kind: PasswordChanged, subject: "Your password was changed", place: whenAndWhere,
			lead: "Your password was changed.", notMe: saySo},
		{kind: TwoStepOn, subject: "An authenticator app was added", place: whenAndWhere,
			lead: "{app} was added to your two-step verification.", notMe: saySo},
		{kind: TwoStepAppRemoved, subject: "An authenticator app was removed", place: whenAndWhere,
			lead: "{app} was removed from your two-step verification.", notMe: saySo},
		{kind: TwoStepReset, subject: "Your two-step verification was reset", place: onlyWhen,
			lead: "An administrator reset your two-step verification: your authenticator apps and recovery codes no longer work.",
			more: "{reason}", notMe: saySoToo},
		{kind: RecoveryUsed, subject: "A recovery code was used", place: whenAndWhere,
			lead: "A recovery code was used to sign in as {user}.", more: "{left}", notMe: saySo},
		{kind: RecoveryMade, subject: "New recovery codes were made", place: whenAndWhere,
			lead: "New recovery codes were made, and the old ones no longer work.", notMe: saySo},
		{kind: NewBrowser, subject: "New sign-in", place: whenAndWhere,
			lead: "New sign-in from {browser}.", notMe: saySo},
		{kind: RememberedStolen, subject: "A remembered browser may have been copied", place: whenAndWhere,
			lead: "A browser that skips the code as {user} came with an old cookie, so it may have been copied.",
			more: "It has to enter the code again. A sign-in that was cut off can be the reason too.", notMe: saySo},
		{kind: RememberedEnded, subject: "A remembered browser was forgotten", place: whenAndWhere,
			lead:  "A browser that skips the code as {user} was used for many failed attempts to sign in, so it may have been copied.",
			more:  "It has to enter the code again.",
			notMe: saySo},
		{kind: TooManyFailures, subject: "Many failed attempts to sign in", place: whenAndWhere,
			lead:  "There were many failed attempts to sign in as {user}.",
			more:  "If it was not you, your password has kept them out so far.",
			notMe: somebody},
		{kind: AddressAsked, subject: "Your email address is about to change", place: whenAndWhere,
			lead: "Somebody asked to change the email address of {user}{to}.",
			more: "This address counts until the new one is confirmed.", notMe: saySo},
		{kind: AddressChanged, subject: "Your email address was changed", place: whenAndWhere,
			lead: "The email address of {user} was changed{to}.",
			more: "This address gets no further messages.", notMe: saySo},
		{kind: Disabled, subject: "You can no longer sign in", place: onlyWhen,
			lead: "An administrator disabled {user}, so you can no longer sign in.", more: "{reason}", last: mistaken},
		{kind: Deleted, subject: "You have been deleted", place: whenAndWhere,
			lead: "The user {user} was deleted, so you can no longer sign in.",
			last: "For 30 days an administrator can bring you back. If you think this is a mistake, ask soon."},
		{kind: LostPhoneAsked, subject: "Somebody says that you have lost your phone", place: whenAndWhere,
			lead: "Somebody who knows your password says that you have lost your phone.", more: "{opens}",
			link: "If it was not you, or you have found your phone, cancel the request here.", notMe: somebody},
		{kind: LostPhoneApproved, subject: "Set up your authenticator app again", place: onlyWhen,
			lead: "An administrator approved your request, so you can set up an authenticator app again.",
			link: "Set it up here, with your password at hand.", notMe: saySoToo},
		{kind: LostPhoneRefused, subject: "Your request was refused", place: onlyWhen,
			lead: "An administrator refused your request about a lost phone, and two-step verification stays as it is.",
			more: "{reason}", last: mistaken},
		{kind: AdminRequest, subject: "A user asks for help: lost phone", place: whenAndWhere, admins: true,
			lead: "{user} asks for help because of a lost phone.", more: "{opens}", link: callThem},
		{kind: AdminNotMe, subject: "A user says: this was not me", place: whenAndWhere, admins: true,
			lead: "{user} says that something done in their name was not them.", more: "{event}",
			link: "Their browsers were signed out. See here what happened, and whether they need a new password."},
		{kind: Test, subject: "Test message", place: onlyWhen,
			lead: "This is a test message: mail from {instance} arrives.", last: "There is nothing to do."},
	}
}

// OwnDeed reports whether a message of this kind tells people of what they have most
// likely done themselves, so that the browser in which they did it need not warn them.
func (k Kind) OwnDeed() bool {
	switch k {
	case PasswordChanged, TwoStepOn, TwoStepAppRemoved, RecoveryUsed, RecoveryMade, NewBrowser, AddressAsked, AddressChanged, LostPhoneAsked:
		return true
	}
	return false
}

// OffersNotMe reports whether a message of this kind leads to "this was not me".
func (k Kind) OffersNotMe() bool { return wordsOf(k).notMe != "" }
