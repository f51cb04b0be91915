package auth

import "time"

// Bucket names what is counted together. A success in one bucket never clears
// another.
type Bucket string

// The buckets that attempts are counted in (AU-03).
const (
	BucketName     Bucket = "password-name"    // passwords for one username, from browsers that are not known; a person mistypes a few times, and a guesser gets nowhere with a hundred
	BucketBrowser  Bucket = "password-browser" // passwords from one known browser; strangers cannot fill this one, so they do not hold up the person
	BucketNetwork  Bucket = "password-network" // passwords from one network; a few people behind one address mistype less than that, and signing in gives its try back
	BucketDay      Bucket = "password-day"     // passwords from one network, in a day; who guesses slowly is stopped as well
	BucketWide     Bucket = "password-wide"    // passwords from one wider network; of an IPv4 /24 each address has a few all the same
	BucketAll      Bucket = "password-all"     // passwords from everywhere, before each network has a few only; an attack from everywhere slows down without stopping anybody
	BucketCode     Bucket = "code"             // codes for one user, from browsers that are not known; a guess is right once in some 300,000, so that 50 give no chance worth having
	BucketRecovery Bucket = "recovery"         // recovery codes for one user; after that a few a day from each network
	BucketCookie   Bucket = "cookie"           // audit rows about doubled cookies from one network; nobody waits
	BucketAddress  Bucket = "address"          // links that confirm an address, sent for one user; nobody can fill a mailbox with them

	BucketSecond          Bucket = "second-all"       // codes, recovery codes and proofs for one user together; guesses by all ways together stay below the 100 of NIST SP 800-63B
	BucketSecondBrowser   Bucket = "second-browser"   // codes and recovery codes for one user, from one known browser; after these the browser is treated like one that is not known
	BucketRecoveryNetwork Bucket = "recovery-network" // recovery codes for one user from one network, once 20 in a row were wrong; nobody guesses 80 bits, so a person is never shut out by somebody who tries
	BucketRecoveryWide    Bucket = "recovery-wide"    // recovery codes for one user from one IPv6 site, once 20 in a row were wrong; one customer may have a whole /48
	BucketBoth            Bucket = "both-network"     // password and code together, from one network; each costs a hash, and a person needs one
	BucketBothSite        Bucket = "both-site"        // password and code together, from one IPv6 site; one customer may have a whole /48
	BucketBothAll         Bucket = "both-all"         // password and code together, from everywhere, before the audit log counts them; nobody waits
	BucketSetup           Bucket = "setup-network"    // set-up codes from one network; each is looked at in the database; a code of 128 bits cannot be guessed anyway
	BucketSetupWide       Bucket = "setup-wide"       // set-up codes from one IPv6 site; one customer may have a whole /48

	BucketForgot        Bucket = "forgot-user"    // resets mailed to one user; nobody can fill a mailbox with them
	BucketForgotNetwork Bucket = "forgot-network" // requests for a reset from one network; one network cannot use up what all may mail
	BucketForgotWide    Bucket = "forgot-wide"    // requests for a reset from one wider network; of an IPv4 /24 each address has a few all the same
	BucketForgotAll     Bucket = "forgot-all"     // resets mailed in all, before each user gets one only; a flood of messages would harm the name of the mail server
	BucketRequest       Bucket = "request"        // requests for help with a lost phone of one user; more of one person would bury those of others
	BucketUnlock        Bucket = "unlock"         // unlocking one administrator on the pages; each time codes may be guessed anew
)

// Limit is the rule of one bucket. Either tries are counted in a row until a
// success clears them (Window is zero), or within a window that begins with the
// first try.
type Limit struct {
	// Free is how many tries are let through before anybody has to wait.
	Free int
	// Wait is the first wait after the Free-th try in a row; it doubles with
	// every further try up to MaxWait.
	Wait, MaxWait time.Duration
	// Window is how long tries of a windowed bucket count.
	Window time.Duration
	// Ceiling closes the bucket after so many tries in a row, until the bucket is
	// cleared; 0 means that there is none.
	Ceiling int
}

// CeilingWait is what people are told once a ceiling is reached. Waiting does not
// open the bucket again: an administrator does, or the proof given another way.
const CeilingWait = 24 * time.Hour

// limits are the numbers of each bucket; docs/limits.md gives them to operators.
var limits = map[Bucket]Limit{
	BucketName:     {Free: 10, Wait: 30 * time.Second, MaxWait: 15 * time.Minute, Ceiling: 100},
	BucketBrowser:  {Free: 10, Wait: 30 * time.Second, MaxWait: 15 * time.Minute},
	BucketNetwork:  {Free: 30, Window: 10 * time.Minute},
	BucketDay:      {Free: 300, Window: 24 * time.Hour},
	BucketWide:     {Free: 300, Window: 10 * time.Minute},
	BucketAll:      {Free: 1000, Window: 10 * time.Minute},
	BucketCode:     {Free: 5, Wait: time.Minute, MaxWait: 15 * time.Minute, Ceiling: 50},
	BucketRecovery: {Free: 5, Wait: 15 * time.Minute, MaxWait: 15 * time.Minute, Ceiling: 20},
	BucketSecond:   {Free: secondFree, Wait: 15 * time.Minute, MaxWait: 15 * time.Minute, Ceiling: SecondCeiling},
	BucketCookie:   {Free: 30, Window: 10 * time.Minute},
	BucketAddress:  {Free: 5, Window: time.Hour},

	BucketSecondBrowser:   {Free: 5, Wait: time.Minute, MaxWait: 15 * time.Minute, Ceiling: SecondBrowserCeiling},
	BucketRecoveryNetwork: {Free: RecoveryNetworkFree, Window: 24 * time.Hour},
	BucketRecoveryWide:    {Free: RecoverySiteFree, Window: 24 * time.Hour},
	BucketBoth:            {Free: BothNetworkFree, Window: time.Hour},
	BucketBothSite:        {Free: BothSiteFree, Window: time.Hour},
	BucketBothAll:         {Free: 1000, Window: time.Hour},
	BucketSetup:           {Free: SetupNetworkFree, Window: 10 * time.Minute},
	BucketSetupWide:       {Free: SetupSiteFree, Window: 10 * time.Minute},

	BucketForgot:        {Free: 3, Window: time.Hour},
	BucketForgotNetwork: {Free: 10, Window: time.Hour},
	BucketForgotWide:    {Free: 30, Window: time.Hour},
	BucketForgotAll:     {Free: 100, Window: time.Hour},
	BucketRequest:       {Free: 3, Window: 24 * time.Hour},
	BucketUnlock:        {Free: UnlocksPerDay, Window: 24 * time.Hour},
}

// LimitOf returns the rule of a bucket.
func LimitOf(b Bucket) Limit {
	if a, ok := actions[b]; ok {
		return a.limit()
	}
	return limits[b]
}

// SecondCeiling is how many codes, recovery codes and proofs inside a session together may
// fail in a row for one user, 60: after that no code from the app works in a browser that
// is not known until the user signs in in another way. It keeps the sum of all ways below
// the 100 of NIST SP 800-63B, and leaves four mornings of bad luck with a phone's clock.
const SecondCeiling = 60

// UnlocksPerDay is how often one administrator may be unlocked by others in a day, 5.
// Unlocking forgets the wrong codes, so without a bound somebody who knows the password
// and a second account could guess for as long as they like.
const UnlocksPerDay = 5

// secondFree is how many of them may fail before each further one waits 15 minutes.
const secondFree = 30

// SecondBrowserCeiling is how many codes and recovery codes may fail in a row in a browser
// that is known for the user, 20: then it is treated like one that is not. Such a browser
// is not held up by what others tried.
const SecondBrowserCeiling = 20

// RecoveryNetworkFree is how many recovery codes of one user may be tried from one
// network in a day, 3, once 20 in a row were wrong: a recovery code has 80 bits and
// cannot be guessed, so the owner is never shut out by somebody who tries.
const RecoveryNetworkFree = 3

// RecoverySiteFree is the same for one IPv6 site (/48) or the neighbours of an IPv4
// address (/24): 10 a day.
const RecoverySiteFree = 10

// BothNetworkFree is how often a password and a code may be tried together from one
// network in an hour, 10. It is the way in where a stranger's wrong passwords have closed a
// name to new browsers; the codes count for their user as well.
const BothNetworkFree = 10

// BothSiteFree is the same for one IPv6 site (/48): 30 an hour.
const BothSiteFree = 30

// SetupNetworkFree is how many set-up codes one network may try in ten minutes, 10. There
// is no limit for all networks together: a code of 128 bits cannot be guessed, and
// strangers must not end the operator's.
const SetupNetworkFree = 10

// SetupSiteFree is how many set-up codes one IPv6 site (/48) may try in ten minutes, 30.
const SetupSiteFree = 30

// CrowdedForgotFree is how many forgotten passwords one IPv4 address may ask for in an
// hour, 2 instead of 10, while its neighbours (/24) have asked for more than 30. Somebody with
// many addresses of one /24 gets little, and a person beside them can still ask.
//
//limit:tries,an-hour Requests for a reset from one IPv4 address whose neighbours have asked for too many
const CrowdedForgotFree = 2

// BurstForgotFree is how many resets are mailed to one user in an hour, 1 instead of 3,
// while more than 100 an hour are mailed to users of this server. Nobody gets none for
// what is asked about others.
//
//limit:tries,an-hour Resets mailed to one user while too many are mailed in all
const BurstForgotFree = 1

// BurstNetworkFree is how many tries one network has in ten minutes while
// BucketAll is over its limit. Under an attack from everywhere each network gets
// less, but nobody gets nothing.
//
//limit:tries,in-10-minutes Passwords from one network while there are too many from everywhere
const BurstNetworkFree = 5

// Tries is what is remembered of one bucket and key. The zero value is an empty
// bucket.
type Tries struct {
	Count        int
	WindowEnds   time.Time // of a windowed bucket
	BlockedUntil time.Time
}

// Try counts one more try at now, before the secret is looked at. It returns
// what to remember and how long to wait: 0 lets the try through. A try that has
// to wait is not counted, so that hammering does not lengthen a wait without end.
func (l Limit) Try(t Tries, now time.Time) (Tries, time.Duration) {
	if l.Window > 0 && !t.WindowEnds.After(now) {
		t = Tries{WindowEnds: now.Add(l.Window)}
	}
	t = t.bounded(l, now)
	if l.Ceiling > 0 && t.Count >= l.Ceiling {
		t.BlockedUntil = now.Add(CeilingWait)
	}
	if t.BlockedUntil.After(now) {
		return t, t.BlockedUntil.Sub(now)
	}
	t.Count++
	t.BlockedUntil = time.Time{}
	if l.Window > 0 {
		if t.Count >= l.Free {
			t.BlockedUntil = t.WindowEnds
		}
	} else if wait := l.waitAfter(t.Count); wait > 0 {
		t.BlockedUntil = now.Add(wait)
	}
	return t, 0
}

// bounded moves ends that lie further ahead than the rule could have set them back
// to where it would set them now. They come from a clock that was wrong for a
// while; taken as they are, they would lock people out until that time is reached.
func (t Tries) bounded(l Limit, now time.Time) Tries {
	longest := l.waitAfter(t.Count)
	if l.Window > 0 {
		longest = l.Window
		t.WindowEnds = earlier(t.WindowEnds, now.Add(longest))
	}
	t.BlockedUntil = earlier(t.BlockedUntil, now.Add(longest))
	return t
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// waitAfter is how long to wait after so many tries in a row.
func (l Limit) waitAfter(count int) time.Duration {
	switch {
	case count < l.Free:
		return 0
	case l.Ceiling > 0 && count >= l.Ceiling:
		return CeilingWait
	}
	wait := l.Wait
	for i := l.Free; i < count && wait < l.MaxWait; i++ {
		wait *= 2
	}
	return min(wait, l.MaxWait)
}
