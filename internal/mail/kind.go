package mail

// Kind is what a message is about. The names are stored in the database.
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
	// ApprovalAsked to an administrator about whom another asked for What, which a second
	// one must approve: Detail is the reason; time.
	ApprovalAsked Kind = "approval-asked"
	// ApprovalGiven tells them that it was approved: Detail is the reason; time, not me.
	ApprovalGiven Kind = "approval-given"
	// AdminApproval asks the other administrators to approve What about Username: Link is
	// its page; time.
	AdminApproval Kind = "admin-approval"
	// AdminNotMe tells administrators that Username said "this was not me" of Detail,
	// an event in words: Link is the user's page; time, place.
	AdminNotMe Kind = "admin-not-me"
	// StreamFailed tells administrators that an event stream was given up, Detail is its name: Link is its
	// page; time.
	StreamFailed Kind = "stream-failed"
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
	saySo     = "If this was not you, tell us here. You will be signed out everywhere, and your password will stop working until you choose a new one."
	saySoToo  = "If you did not ask for this, tell us here. You will be signed out everywhere, and your password will stop working until you choose a new one."
	somebody  = "If somebody else may know your password, tell us here. You will be signed out everywhere, and it will stop working until you choose a new one."
	callThem  = "Read the request and decide here. First make sure it is really {user}: call them back on a number you already have."
	mistaken  = "If you think this is a mistake, ask your administrator."
	ignoreIt  = "If you did not expect this message, you can ignore it."
	nothingIs = "If this was not you, you can ignore this message. Your password has not changed."
)

// all returns the one table of kinds.
func all() []words {
	return []words{
		{kind: Invitation, subject: "You have been invited",
			lead: "You have been invited to {instance}. Your username is {user}.",
			link: "Choose a password to sign in for the first time.", last: ignoreIt},
		{kind: ConfirmAddress, subject: "Confirm your email address",
			lead: "{user} at {instance} wants to use this email address.",
			link: "If this is you, confirm the address here.", last: ignoreIt},
		{kind: ResetPassword, subject: "Choose a new password", place: whenAndWhere,
			lead: "Somebody asked for a link to choose a new password for {user}.",
			link: "If it was you, choose a new password here.", last: nothingIs},
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
			lead: "A remembered browser of {user} sent an old cookie, so the cookie may have been copied.",
			more: "That browser has to enter a code again. An interrupted sign-in can also cause this.", notMe: saySo},
		{kind: RememberedEnded, subject: "A remembered browser was forgotten", place: whenAndWhere,
			lead:  "A remembered browser of {user} was used for many failed attempts to sign in, so its cookie may have been copied.",
			more:  "That browser has to enter a code again.",
			notMe: saySo},
		{kind: TooManyFailures, subject: "Many failed attempts to sign in", place: whenAndWhere,
			lead:  "There were many failed attempts to sign in as {user}.",
			more:  "If this was not you, your password has kept them out so far.",
			notMe: somebody},
		{kind: AddressAsked, subject: "Your email address is about to change", place: whenAndWhere,
			lead: "Somebody asked to change the email address of {user}{to}.",
			more: "This address stays in use until the new one is confirmed.", notMe: saySo},
		{kind: AddressChanged, subject: "Your email address was changed", place: whenAndWhere,
			lead: "The email address of {user} was changed{to}.",
			more: "We will not send any more messages to this address.", notMe: saySo},
		{kind: Disabled, subject: "You can no longer sign in", place: onlyWhen,
			lead: "An administrator disabled {user}, so you can no longer sign in.", more: "{reason}", last: mistaken},
		{kind: Deleted, subject: "Your account has been deleted", place: whenAndWhere,
			lead: "The user {user} was deleted, so you can no longer sign in.",
			last: "An administrator can restore your account for 30 days. If you think this is a mistake, ask them soon."},
		{kind: LostPhoneAsked, subject: "Somebody reported your phone as lost", place: whenAndWhere,
			lead: "Somebody who knows your password reported your phone as lost.", more: "{opens}",
			link: "If it was not you, or you have found your phone, cancel the request here.", notMe: somebody},
		{kind: LostPhoneApproved, subject: "Set up your authenticator app again", place: onlyWhen,
			lead: "An administrator approved your request, so you can now set up an authenticator app again.",
			link: "Set it up here. You will need your password.", notMe: saySoToo},
		{kind: LostPhoneRefused, subject: "Your request was refused", place: onlyWhen,
			lead: "An administrator refused your request about a lost phone, and your two-step verification has not changed.",
			more: "{reason}", last: mistaken},
		{kind: AdminRequest, subject: "A user asks for help: lost phone", place: whenAndWhere, admins: true,
			lead: "{user} has lost their phone and asks for help.", more: "{opens}", link: callThem},
		{kind: ApprovalAsked, subject: "A change to how you sign in needs a second approval", place: onlyWhen,
			lead: "An administrator asked to {what}, and another administrator must approve it before anything changes.",
			more: "{reason}", last: "If you did not ask for this, sign in and refuse it under Requests, or tell another administrator now."},
		{kind: ApprovalGiven, subject: "Two administrators agreed on a change to how you sign in", place: onlyWhen,
			lead: "Two administrators agreed to {what}.", more: "{reason}", notMe: saySoToo},
		{kind: AdminApproval, subject: "An administrator needs your approval", place: onlyWhen, admins: true,
			lead: "An administrator asked to {what}, and because that is an administrator, another one must approve it.",
			link: callThem},
		{kind: AdminNotMe, subject: "A user says: this was not me", place: whenAndWhere, admins: true,
			lead: "{user} says that they did not do something that was done in their name.", more: "{event}",
			link: "They have been signed out everywhere. See what happened, and whether they need a new password."},
		{kind: StreamFailed, subject: "An event stream has failed", place: onlyWhen, admins: true,
			lead: "{stream} could not deliver its events, so it has stopped.", more: "Its events are safe in the audit log.",
			link: "See what the other side said, and resume the stream here."},
		{kind: Test, subject: "Test message", place: onlyWhen,
			lead: "This is a test message: mail from {instance} is working.", last: "You do not need to do anything."},
	}
}

// OwnAct reports whether a message of this kind tells people of what they have most
// likely done themselves, so that the browser in which they did it need not warn them.
func (k Kind) OwnAct() bool {
	switch k {
	case PasswordChanged, TwoStepOn, TwoStepAppRemoved, RecoveryUsed, RecoveryMade, NewBrowser, AddressAsked, AddressChanged, LostPhoneAsked:
		return true
	}
	return false
}

// OffersNotMe reports whether a message of this kind leads to "this was not me".
func (k Kind) OffersNotMe() bool { return wordsOf(k).notMe != "" }
