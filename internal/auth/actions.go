package auth

import "time"

// What somebody who is signed in may do how often. The figures are far above what a
// person does, and far below what a program can: each of these actions writes to the audit
// log, and some send mail or compute a hash. They are for each user and count what was
// done, in an hour from the first one on.
const (
	// ProfileSavesPerHour is how often one person may save the profile in an hour, 60.
	// Each save is a row of the audit log.
	//
	//limit:people,an-hour Saving the profile
	ProfileSavesPerHour = 60
	// PasswordChangesPerHour is how often one person may try to change the password in an
	// hour, 10. Each costs two hashes and a message.
	//
	//limit:people,an-hour Changing the password
	PasswordChangesPerHour = 10
	// AppChangesPerHour is how often one person may set up, rename or remove authenticator
	// apps in an hour, 30. Each is a message.
	//
	//limit:people,an-hour Adding, renaming or removing authenticator apps
	AppChangesPerHour = 30
	// CodeSheetsPerHour is how often one person may make new recovery codes in an hour, 10.
	// Each is a message, and makes the codes useless that were printed before.
	//
	//limit:people,an-hour Making new recovery codes
	CodeSheetsPerHour = 10
	// ProofsPerHour is how often one person may prove who they are inside a session in an
	// hour, 60. A proof lasts ten minutes, and each costs a hash.
	//
	//limit:people,an-hour Confirming who you are while signed in
	ProofsPerHour = 60
	// SessionEndsPerHour is how often one person may end sessions or forget browsers in an
	// hour, 120: more than the sessions that anybody has.
	//
	//limit:people,an-hour Ending sessions or forgetting browsers
	SessionEndsPerHour = 120
	// DownloadsPerHour is how often one person may download their own data or recovery codes
	// in an hour, 30. Their own data includes their part of the audit log.
	//
	//limit:people,an-hour Downloading one's own data
	DownloadsPerHour = 30
	// OwnActionsPerHour is how often one person may do everything else for themselves in an
	// hour, 300. That is dismissing a notice every twelve seconds, and each is a write to the
	// database that everybody shares.
	//
	//limit:people,an-hour Everything else that people do for themselves
	OwnActionsPerHour = 300
	// SignInsPerHour is how often one person may sign in, with everything that is asked for,
	// in an hour, 200. Signing out needs no bound of its own: it takes a sign-in first.
	//
	//limit:people,an-hour Signing in, with everything that is asked for
	SignInsPerHour = 200
	// OpensPerHour is how often one person may go on to an application from here in an hour, 600. Each
	// is two writes and a row of the audit log; what is open already is not counted.
	//
	//limit:people,an-hour Opening applications
	OpensPerHour = 600
	// AdminActionsPerHour is how often one administrator may change something in an hour,
	// 2,000: one every two seconds. Many users at once are one action.
	//
	//limit:people,an-hour Changes by one administrator
	AdminActionsPerHour = 2000
	// TestMailsPerHour is how often one administrator may send a test message in an hour, 20.
	// A flood of messages would harm the name of the mail server.
	//
	//limit:people,an-hour Test messages by one administrator
	TestMailsPerHour = 20
	// ExportsPerHour is how often one administrator may export users or the audit log in an
	// hour, 60. An export reads everything, and is a row of the audit log.
	//
	//limit:people,an-hour Exports by one administrator
	ExportsPerHour = 60
	// UploadsPerHour is how often one administrator may upload a file in an hour, 120.
	// Each is read whole and checked row by row, which keeps a processor busy.
	//
	//limit:people,an-hour Uploads by one administrator
	UploadsPerHour = 120
	// ChecksPerHour is how often one administrator may compare what arrived in an event stream with
	// the audit log in an hour, 60. Each reads up to 20,000 events back from the other side.
	//
	//limit:people,an-hour Checks of event streams by one administrator
	ChecksPerHour = 60
)

// The buckets of what is done by people who are signed in; the key is the user.
const (
	ActionProfile  Bucket = "act-profile"
	ActionPassword Bucket = "act-password"
	ActionApps     Bucket = "act-apps"
	ActionCodes    Bucket = "act-codes"
	ActionProof    Bucket = "act-proof"
	ActionSessions Bucket = "act-sessions"
	ActionDownload Bucket = "act-download"
	ActionOwn      Bucket = "act-own"
	ActionSignIn   Bucket = "act-sign-in"
	ActionOpen     Bucket = "act-open"
	ActionAdmin    Bucket = "act-admin"
	ActionTestMail Bucket = "act-test-mail"
	ActionExport   Bucket = "act-export"
	ActionUpload   Bucket = "act-upload"
	ActionCheck    Bucket = "act-check"
)

// An action is how often something may be done, and how a refusal says what it was.
type action struct {
	perHour int
	words   string
}

func (a action) limit() Limit { return Limit{Free: a.perHour, Window: time.Hour} }

var actions = map[Bucket]action{
	ActionProfile:  {ProfileSavesPerHour, "saved your profile"},
	ActionPassword: {PasswordChangesPerHour, "changed your password, or tried to,"},
	ActionApps:     {AppChangesPerHour, "changed your authenticator apps"},
	ActionCodes:    {CodeSheetsPerHour, "made new recovery codes"},
	ActionProof:    {ProofsPerHour, "confirmed that it is you"},
	ActionSessions: {SessionEndsPerHour, "signed out other browsers"},
	ActionDownload: {DownloadsPerHour, "downloaded your data"},
	ActionOwn:      {OwnActionsPerHour, "changed something here"},
	ActionSignIn:   {SignInsPerHour, "signed in"},
	ActionOpen:     {OpensPerHour, "opened an application"},
	ActionAdmin:    {AdminActionsPerHour, "changed something on the administration pages"},
	ActionTestMail: {TestMailsPerHour, "sent a test message"},
	ActionExport:   {ExportsPerHour, "exported a list"},
	ActionUpload:   {UploadsPerHour, "uploaded a file"},
	ActionCheck:    {ChecksPerHour, "checked an event stream"},
}

// ActionWords says what somebody did too often and how often, as in "saved your profile 60
// times"; "" for a bucket that is not of this kind.
func ActionWords(b Bucket) (words string, times int) { return actions[b].words, actions[b].perHour }
