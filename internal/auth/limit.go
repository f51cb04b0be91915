package auth

import "time"

// Bucket names what is counted together. A success in one bucket never clears
// another.
type Bucket string

// The buckets of SECURITY 3.5.
const (
	BucketName     Bucket = "password-name"    // tries from unknown browsers, by user name
	BucketBrowser  Bucket = "password-browser" // tries from one known browser
	BucketNetwork  Bucket = "password-network" // tries from one network, 10 minutes
	BucketDay      Bucket = "password-day"     // tries from one network, a day
	BucketWide     Bucket = "password-wide"    // tries from one wider network, 10 minutes
	BucketAll      Bucket = "password-all"     // tries from everywhere, 10 minutes
	BucketCode     Bucket = "code"             // codes of one user
	BucketRecovery Bucket = "recovery"         // recovery codes of one user
	BucketCookie   Bucket = "cookie"           // doubled cookies from one network; only folded, nobody waits
	BucketAddress  Bucket = "address"          // links that confirm an address, sent for one user

	BucketForgot        Bucket = "forgot-user"    // forgotten passwords, by name and by user
	BucketForgotNetwork Bucket = "forgot-network" // … from one network
	BucketForgotWide    Bucket = "forgot-wide"    // … from one wider network
	BucketForgotAll     Bucket = "forgot-all"     // … from everywhere
	BucketRequest       Bucket = "request"        // requests for a lost phone of one user, a day
	BucketNewCodes      Bucket = "new-codes"      // new recovery codes made by one user
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
	// Ceiling closes the road after so many tries in a row, until the bucket is
	// cleared; 0 means that there is none.
	Ceiling int
}

// CeilingWait is what people are told once a ceiling is reached. Waiting does not
// open the road: an administrator does, or the proof given another way.
const CeilingWait = 24 * time.Hour

// limits are the numbers of SECURITY 3.5.
var limits = map[Bucket]Limit{
	BucketName:     {Free: 10, Wait: 30 * time.Second, MaxWait: 15 * time.Minute, Ceiling: 100},
	BucketBrowser:  {Free: 10, Wait: 30 * time.Second, MaxWait: 15 * time.Minute},
	BucketNetwork:  {Free: 30, Window: 10 * time.Minute},
	BucketDay:      {Free: 300, Window: 24 * time.Hour},
	BucketWide:     {Free: 300, Window: 10 * time.Minute},
	BucketAll:      {Free: 1000, Window: 10 * time.Minute},
	BucketCode:     {Free: 5, Wait: time.Minute, MaxWait: 15 * time.Minute, Ceiling: 50},
	BucketRecovery: {Free: 5, Wait: 15 * time.Minute, MaxWait: 15 * time.Minute, Ceiling: 20},
	BucketCookie:   {Free: 30, Window: 10 * time.Minute},
	BucketAddress:  {Free: 5, Window: time.Hour},

	BucketForgot:        {Free: 3, Window: time.Hour},
	BucketForgotNetwork: {Free: 10, Window: time.Hour},
	BucketForgotWide:    {Free: 30, Window: time.Hour},
	BucketForgotAll:     {Free: 100, Window: time.Hour},
	BucketRequest:       {Free: 3, Window: 24 * time.Hour},
	BucketNewCodes:      {Free: 10, Window: time.Hour},
}

// LimitOf returns the rule of a bucket.
func LimitOf(b Bucket) Limit { return limits[b] }

// StormNetworkFree is how many tries one network has in ten minutes while
// BucketAll is over its limit. Under an attack from everywhere each network gets
// less, but nobody gets nothing.
const StormNetworkFree = 5

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
