// Package ending is the table of what ends when: sessions, links and work in a user's name,
// by what happened to the user.
package ending

import "slices"

// Kind is something that was issued to a user, waits for them, or runs in their name.
type Kind string

// The kinds, in the order of the table.
const (
	KindSessions   Kind = "sessions"
	KindPending    Kind = "pending sign-ins"
	KindBrowsers   Kind = "known browsers"
	KindRemembered Kind = "remembered browsers"
	KindLinks      Kind = "links to sign in"
	KindAddress    Kind = "address to confirm"
	KindRequest    Kind = "open lost-phone request"
	KindApproved   Kind = "approved lost-phone request"
	KindEnrolment  Kind = "app being set up"
	KindChanges    Kind = "bulk changes"
	KindImports    Kind = "imports"
	KindApprovals  Kind = "approvals given"
)

// Kinds are all kinds.
func Kinds() []Kind {
	return []Kind{KindSessions, KindPending, KindBrowsers, KindRemembered, KindLinks, KindAddress, KindRequest, KindApproved, KindEnrolment, KindChanges, KindImports, KindApprovals}
}

// Cause is what happened to a user, in the words of the table.
type Cause string

// The causes: what users do themselves, what takes an account back or gives it up, and
// what administrators do.
const (
	CauseOwnPassword   Cause = "You change your password"
	CauseOwnAppAdded   Cause = "You add an authenticator app"
	CauseOwnAppRemoved Cause = "You remove an authenticator app"
	CauseOwnCodes      Cause = "You make new recovery codes"
	CauseOwnSignOut    Cause = "You sign out"
	CauseOwnSignOuts   Cause = "You sign out everywhere else"
	CauseAddress       Cause = "The email address changes"

	CausePasswordByLink Cause = "A password is chosen through a link"
	CauseNewPhone       Cause = "A lost phone is replaced through a link"
	CauseNotMe          Cause = "“This was not me”"
	CauseOwnDeletion    Cause = "You delete your account"

	CauseDisabled     Cause = "An administrator disables the user"
	CauseDeleted      Cause = "An administrator deletes the user"
	CauseRoleChanged  Cause = "An administrator changes the role"
	CauseTwoStepReset Cause = "An administrator resets two-step verification"
	CauseSignedOut    Cause = "An administrator signs the user out"
	CauseLinkMade     Cause = "An administrator makes a password link"
	CauseMustEnrol    Cause = "An administrator requires two-step verification"
	CauseEnabled      Cause = "An administrator enables the user"
	CauseRestored     Cause = "An administrator restores the user"
	CauseUnlocked     Cause = "An administrator unlocks the user"
)

// What becomes of the session in which users did something themselves.
const (
	renewed = "goes on, with a new token"
	stays   = "goes on"
	over    = "ends"
	none    = "–"
)

// Row is one row of the table.
type Row struct {
	Cause Cause
	// Here is what becomes of the session in which users did it themselves.
	Here string
	// Ends are the kinds that end; of the sessions it is the others where Here goes on.
	Ends []Kind
}

// Table is what ends when. docs/what-ends-when.md holds the same, and a test
// compares the two and another one the program with both.
func Table() []Row {
	// What somebody may have got who knew the old credentials.
	credentials := []Kind{KindSessions, KindPending, KindBrowsers, KindRemembered, KindLinks, KindAddress, KindRequest, KindApproved, KindEnrolment}
	// What runs in somebody's name without a session. It goes on over what its owner did
	// in a session, with a fresh proof, and ends wherever somebody else may have begun it.
	work := []Kind{KindChanges, KindImports, KindApprovals}
	everything := slices.Concat(credentials, work)
	role := slices.DeleteFunc(slices.Clone(everything), func(k Kind) bool { return k == KindRequest })
	return []Row{
		{CauseOwnPassword, renewed, credentials},
		{CauseOwnAppAdded, renewed, credentials},
		{CauseOwnAppRemoved, renewed, credentials},
		{CauseOwnCodes, stays, nil},
		{CauseOwnSignOut, over, nil},
		{CauseOwnSignOuts, stays, []Kind{KindSessions, KindPending, KindRemembered}},
		{CauseAddress, stays, []Kind{KindLinks, KindAddress, KindApproved}},
		{CausePasswordByLink, none, everything},
		{CauseNewPhone, none, credentials},
		{CauseNotMe, over, everything},
		{CauseOwnDeletion, over, everything},
		{CauseDisabled, none, everything},
		{CauseDeleted, none, everything},
		{CauseRoleChanged, none, role},
		{CauseTwoStepReset, none, everything},
		{CauseSignedOut, none, []Kind{KindSessions, KindPending, KindBrowsers, KindRemembered, KindEnrolment}},
		{CauseLinkMade, none, []Kind{KindLinks}},
		{CauseMustEnrol, none, nil},
		{CauseEnabled, none, nil},
		{CauseRestored, none, nil},
		{CauseUnlocked, none, nil},
	}
}
