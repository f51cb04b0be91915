package views

import (
	"cmp"
	"slices"
	"strings"
	"sync"
)

// kindWords is what pages say about one kind of action on users. In one for a single user
// {who} stands for their name, {whose} for it in the possessive, {browsers} for the
// browsers they are signed in on and {days} for how long an invitation works; in one for
// several {n} stands for the users and how many they are.
type kindWords struct {
	kind string

	// heading and button are of the page that asks, effects are what will happen, a sentence
	// a line, check is what to make sure of first, done the message afterwards.
	heading, button, check, done string
	effects                      []string
	// danger marks what is hard to take back.
	danger bool

	// offer is the way to it on the page of the user, title what that is about if it is
	// grave, note what it means; fix is the way to it where it helps to sign in.
	offer, title, note, fix string
	// reverted is what happens if it takes an event of the audit log back.
	reverted string
	// waits is what waits for a second administrator, and approved what happens once they
	// approve it.
	waits, approved string

	// choice is its entry in the list of actions on several users, many the heading and the
	// button, manyDone the sentence afterwards, manyEffect what will happen to them. {group}
	// stands for the group that they come into or go out of.
	choice, many, manyDone, manyEffect string
}

// kinds are the words of all kinds.
var kinds = sync.OnceValue(func() map[string]kindWords {
	all := map[string]kindWords{}
	for _, w := range slices.Concat(stateWords(), accessWords(), linkWords(), manyWords()) {
		all[w.kind] = w
	}
	return all
})

// wordsOf returns the words of a kind. An unknown kind is a mistake in our code and gets
// words that fit any.
func wordsOf(kind string) kindWords {
	if w, ok := kinds()[kind]; ok {
		return w
	}
	return kindWords{kind: kind, heading: "{who}", button: "Continue", done: "{who} has been changed.", choice: kind, many: "Change {n}", manyDone: "{n} changed."}
}

// stateWords are of what changes whether an account can be used at all.
func stateWords() []kindWords {
	return []kindWords{
		{kind: "disable", heading: "Disable {who}", button: "Disable", done: "{who} is disabled.",
			effects: []string{"{who} will be signed out{browsers} and cannot sign in until enabled again. Nothing is deleted."},
			offer:   "Disable", title: "Disable the account", note: "{who} is signed out everywhere and cannot sign in until enabled again.",
			reverted: "{who} is signed out everywhere and cannot sign in until enabled again.",
			choice:   "Disable", many: "Disable {n}", manyDone: "{n} disabled.",
			manyEffect: "They are signed out everywhere and cannot sign in until enabled again. Nothing is deleted."},
		{kind: "enable", heading: "Enable {who}", button: "Enable", done: "{who} can sign in again.",
			effects: []string{"{who} can sign in again with the same password and authenticator apps."},
			offer:   "Enable", fix: "Enable the account", reverted: "{who} can sign in again with the same password and authenticator apps.",
			choice: "Enable", many: "Enable {n}", manyDone: "{n} enabled.",
			manyEffect: "They can sign in again with the same password and authenticator apps."},
		{kind: "delete", heading: "Delete {who}", button: "Delete user", done: "{who} is in the recycle bin.", danger: true,
			effects: []string{
				"{who} will be signed out{browsers} and moved to the recycle bin. An administrator can restore them within 30 days. After that, everything is erased.",
				"The name stays in the audit log."},
			offer: "Delete", title: "Delete the account", note: "Kept in the recycle bin for 30 days. The audit log keeps the name.",
			reverted: "{who} is signed out everywhere and moved to the recycle bin again.",
			choice:   "Delete", many: "Delete {n}", manyDone: "{n} moved to the recycle bin.",
			manyEffect: "They are signed out everywhere and moved to the recycle bin. An administrator can restore them within 30 days. After that, everything is erased. The names stay in the audit log."},
		{kind: "restore", heading: "Restore {who}", button: "Restore", done: "{who} is back from the recycle bin.",
			effects: []string{"{who} will be restored from the recycle bin and can sign in again."},
			offer:   "Restore", fix: "Restore the account", reverted: "{who} will be restored from the recycle bin and can sign in again.",
			choice: "Restore", many: "Restore {n}", manyDone: "{n} restored.",
			manyEffect: "They are restored from the recycle bin and can sign in again."},
	}
}

// accessWords are of what concerns the ways to sign in.
func accessWords() []kindWords {
	return []kindWords{
		{kind: "unlock", heading: "Unlock {who}", button: "Unlock", done: "{who} can try to sign in again.",
			effects: []string{"Failed attempts are cleared, so {who} can try to sign in again straight away."},
			offer:   "Unlock", note: "Clears the wrong attempts, so the next one is checked straight away.", fix: "Unlock the account"},
		{kind: "sign-out", heading: "Sign out {who}", button: "Sign out everywhere", done: "{who} is signed out everywhere.",
			effects: []string{"{who} will be signed out{browsers}, and browsers that skip the code are forgotten. They can sign in again straight away."},
			offer:   "Sign out everywhere", note: "Ends {sessions} and forgets the browsers that skip the code.",
			choice: "Sign out", many: "Sign out {n}", manyDone: "{n} signed out.",
			manyEffect: "They are signed out everywhere, and browsers that skip the code are forgotten. They can sign in again straight away."},
		{kind: "reset-two-step", heading: "Reset two-step verification for {who}", button: "Reset two-step verification", danger: true,
			done: "Two-step verification for {who} has been reset. Make a password link now: it is the only way they can set up an app again.",
			effects: []string{
				"All of {whose} authenticator apps and recovery codes will stop working, and {who} will be signed out{browsers}.",
				"To sign in again, {who} will need a password link from you, and will then set up an app again."},
			check: "Make sure it is really {who} asking: call them back on a number you already have.",
			offer: "Reset two-step verification", note: "For a lost or new phone. {who} sets up an authenticator app again after using a password link.",
			fix: "Reset two-step verification", waits: "Reset of two-step verification",
			approved: "All of {whose} authenticator apps and recovery codes stop working at once. The person is told."},
		{kind: "email", waits: "New email address", approved: "The address is changed at once. The person is told at the old address."},
	}
}

// The password link says something else to somebody who never chose a password, and where
// it can be mailed.
const (
	firstLink  = "password-link, invitation"
	mailedLink = "password-link, by mail"
)

// linkWords are of the link to choose a password.
func linkWords() []kindWords {
	link := kindWords{kind: "password-link", heading: "New password link for {who}", button: "Show the link",
		effects: []string{
			"You will see a link to pass on. {who} can use it to choose a new password. It works once, within 24 hours. Earlier links stop working.",
			"The current password keeps working until then."},
		offer: "Send password link", note: "{who} chooses a new password. The link works once.", fix: "Send password link",
		waits: "Password link", approved: "Makes the link. You see it once and pass it on. The person is told."}
	mailed := link
	mailed.kind, mailed.effects = mailedLink, []string{
		"{who} can use the link to choose a new password. It works once: within 24 hours if you pass it on, or within 30 minutes if you send it by email. Earlier links stop working.",
		link.effects[1]}
	first := kindWords{kind: firstLink, heading: "New invitation for {who}", button: "Show the link", fix: "Send an invitation",
		effects: []string{"{who} can use the link to choose a password. It works once, within {days}. Earlier links stop working."}}
	return []kindWords{link, mailed, first}
}

// manyWords are of what is done to several users only.
func manyWords() []kindWords {
	return []kindWords{
		{kind: "require-enrolment", choice: "Require two-step verification", many: "Require two-step verification for {n}", manyDone: "Two-step verification is now required for {n}.",
			manyEffect: "Anyone without an authenticator app has to set one up on the next page they open or when they next sign in, whatever the policy says. None of them can remove their last app."},
		{kind: "lift-enrolment", choice: "Stop requiring two-step verification", many: "Stop requiring two-step verification for {n}",
			manyDone: "Two-step verification is no longer required individually for {n}.", manyEffect: "From now on only the policy decides whether they need it."},
		{kind: "invite", choice: "Send invitations again", many: "Send invitations to {n}", manyDone: "Invitations sent to {n}.",
			manyEffect: "Each person gets an email with a new link to choose a password. Earlier links stop working. Long lists are sent as fast as the mail server accepts them."},
		{kind: "print-invitations", choice: "Print invitations", many: "Print invitations for {n}", manyDone: "Invitations made for {n}.",
			manyEffect: "The next page shows them, up to 100 at a time, to print or pass on. Earlier links stop working."},
		{kind: "add-to-group", choice: "Add to a group", many: "Add {n} to {group}", manyDone: "{n} added to {group}.",
			manyEffect: "They can open the applications of this group straight away. Nobody is told by email."},
		{kind: "remove-from-group", choice: "Remove from a group", many: "Remove {n} from {group}", manyDone: "{n} removed from {group}.",
			manyEffect: "They can no longer open the applications of this group, unless another of their groups can. Nobody is signed out here or told by email."},
	}
}

// ofOne puts a name into a sentence of one user.
func ofOne(sentence, who string) string {
	return strings.NewReplacer("{who}", who, "{whose}", possessive(who)).Replace(sentence)
}

// forMany puts users, and the group they come into or go out of, into a sentence of several.
func forMany(sentence, users, group string) string {
	return strings.NewReplacer("{n}", users, "{group}", cmp.Or(group, "a group")).Replace(sentence)
}

// ActionDone says that an action was done to somebody.
func ActionDone(kind, who string) string { return ofOne(wordsOf(kind).done, who) }

// ApprovalWords is what is asked for, as in a list.
func ApprovalWords(kind string) string { return wordsOf(kind).waits }

// FixWords is the way to an action that helps somebody to sign in; invitation is for one
// who never chose a password.
func FixWords(kind string, invitation bool) string {
	if kind == "password-link" && invitation {
		kind = firstLink
	}
	return wordsOf(kind).fix
}

// BulkDone says that an action was done to so many users; group is what the group is called that
// it was about.
func BulkDone(kind, group string, n int) string {
	return forMany(wordsOf(kind).manyDone, count(n, "user"), group)
}

// BulkHeading names an action on so many users.
func BulkHeading(kind, group string, n int) string {
	return forMany(wordsOf(kind).many, count(n, "user"), group)
}
