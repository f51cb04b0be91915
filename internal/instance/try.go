package instance

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/password"
	"latchkey/internal/store"
)

// Caller is who tries something: from where, when, and in which browser.
type Caller struct {
	// By is the beginning of an audit entry about the request. Its time is that of the
	// try, and its address that of the networks that the try counts for.
	By audit.Entry
	// Browser is the hash of the token of the browser; "" if it brought none.
	Browser string
}

func (c Caller) now() time.Time  { return c.By.At }
func (c Caller) network() string { return auth.Network(c.By.IP) }
func (c Caller) wide() string    { return auth.WideNetwork(c.By.IP) }
func (c Caller) isSite() bool    { return auth.IsSite(c.By.IP) }

// bucketKey is one bucket.
type bucketKey struct {
	bucket auth.Bucket
	key    string
}

// Try is a try of a password, a code or the like that was counted before it is looked at.
// The transaction that counted it has to commit first. Whoever counts it passes it on to
// whoever looks, so that it is cleared, taken back and written down where it was counted.
type Try struct {
	// Of is what was tried: BucketName for a password, BucketCode, BucketRecovery,
	// BucketBoth, BucketSetup or BucketForgotNetwork.
	Of auth.Bucket
	// Wait is how long the caller has to wait; 0 lets the try through.
	Wait time.Duration
	// HeldBy is the bucket that says so.
	HeldBy auth.Bucket
	// Closed says that waiting does not help.
	Closed bool

	now     time.Time
	network string
	lately  int                   // passwords of the network, this one included; 0 in a known browser
	burst   bucketKey             // whose failures share rows of the audit log with this one
	clears  []bucketKey           // what a right answer opens again
	refunds []bucketKey           // what a success is taken back from
	counted []countedIn           // where it was counted
	user    string                // the id of the user whom it may have locked out; "" for nobody
	slot    string                // of the user's name
	stands  func(*store.Tx) error // what follows once it is not taken back; nil for nothing
}

// countedIn is a bucket that a try was counted in, with what was remembered of it then.
type countedIn struct {
	store.Counted
	tries auth.Tries
}

// Refused reports whether the try has to wait. Nothing may be looked at then.
func (t Try) Refused() bool { return t.Wait > 0 }

// unlessCounted makes a try wait that an error kept from being counted: where somebody
// passes over the error, nothing is let through all the same (AU-10).
func (t *Try) unlessCounted(err *error) {
	if *err != nil {
		t.Wait = auth.CeilingWait
	}
}

// Hashing returns on whose behalf a password is hashed.
func (t Try) Hashing() password.Caller {
	return password.Caller{Network: t.network, Tries: t.lately}
}

// Right clears what a right answer clears, and nothing else: other buckets keep what
// failed (AU-03). A right password clears the tries in a row of its name, so that a known
// browser opens it again for every other; the networks go on counting it until a session
// starts, since somebody who has nothing but the password is a guesser still.
func (t Try) Right(tx *store.Tx) error {
	for _, b := range t.clears {
		if err := tx.Clear(b.bucket, b.key); err != nil {
			return err
		}
	}
	return nil
}

// Refund takes the try back from where it was counted: it was a success. What failed stays.
func (t Try) Refund(tx *store.Tx) error {
	for _, b := range t.refunds {
		if err := tx.Refund(b.bucket, b.key, auth.LimitOf(b.bucket)); err != nil {
			return err
		}
	}
	return nil
}

// Stands does what follows from a try that stays counted: the owner of a name is told of many,
// and a browser that had its last one is not known any more. Audit does it for each that was
// wrong; call it where a try ends without an answer.
func (t Try) Stands(tx *store.Tx) error {
	if t.stands == nil {
		return nil
	}
	return t.stands(tx)
}

// Failures says for how many failures an audit row about this try stands; 0 means that
// none is due. What a closed network sends is one burst, however many names it tries: else
// each new name would bring rows of its own (LO-08).
func (t Try) Failures(tx *store.Tx) (int, error) {
	return tx.Coalesce(t.burst.bucket, t.burst.key, t.now)
}

// Audit writes down that the try was wrong, or has to wait, if a row is due, with the number
// of failures that it stands for.
func (t Try) Audit(tx *store.Tx, e audit.Entry) error {
	if err := t.Stands(tx); err != nil {
		return err
	}
	count, err := t.Failures(tx)
	if err != nil || count == 0 {
		return err
	}
	if count > 1 {
		e.Details = append(slices.Clone(e.Details), audit.Detail{Name: "tries", After: strconv.Itoa(count)})
	}
	return tx.Audit(e)
}

// Counted is what a pending sign-in keeps of the try of the password it began with, for
// CountedTry; "" if no network counts it.
func (t Try) Counted() string {
	if len(t.refunds) == 0 {
		return ""
	}
	return t.network
}

// CountedTry is the try of a password of an earlier request, as far as it can be taken back.
func CountedTry(counted string) Try {
	if counted == "" {
		return Try{}
	}
	address, _, _ := strings.Cut(counted, "/")
	return Try{Of: auth.BucketName, network: counted, refunds: passwordNetworks(counted, auth.WideNetwork(address))}
}

// counting is a bucket with its own rule.
func counting(b auth.Bucket, key string) store.Counted {
	return store.Counted{Bucket: b, Key: key, Limit: auth.LimitOf(b)}
}

// count counts the try in these buckets, or in none of them if one is closed, and remembers
// where.
func (t *Try) count(tx *store.Tx, all ...store.Counted) (store.Verdict, error) {
	done, err := tx.CountAll(t.now, all...)
	if err == nil && done.Wait == 0 {
		for n, c := range all {
			t.counted = append(t.counted, countedIn{c, done.Tries[n]})
		}
	}
	return done, err
}

// countNetwork counts a try for the network of the caller alone, and for its IPv6 site
// where it has one.
func countNetwork(tx *store.Tx, c Caller, near, site auth.Bucket) (t Try, err error) {
	defer t.unlessCounted(&err)
	t = Try{Of: near, now: c.now(), network: c.network(), burst: bucketKey{near, c.network()}}
	var all []store.Counted
	if c.isSite() {
		all = append(all, counting(site, c.wide()))
	}
	all = append(all, counting(near, c.network()))
	for _, b := range all {
		t.refunds = append(t.refunds, bucketKey{b.Bucket, b.Key})
	}
	done, err := t.count(tx, all...)
	t.Wait, t.HeldBy = done.Wait, all[done.At].Bucket
	return t, err
}

// CountSetup counts a try of a set-up code.
func (i *Instance) CountSetup(tx *store.Tx, c Caller) (Try, error) {
	return countNetwork(tx, c, auth.BucketSetup, auth.BucketSetupWide)
}

// CountBoth counts a try of a password and a code together, before either is looked at. It
// counts for the network of the caller alone.
func (i *Instance) CountBoth(tx *store.Tx, c Caller) (Try, error) {
	return countNetwork(tx, c, auth.BucketBoth, auth.BucketBothSite)
}

// CountForgotten counts that somebody forgot a password. Nothing may come of one that is
// refused; the person who asks is not told, but the page says what may be the matter
// (MA-07). It counts the networks of the caller and nothing else: which name it is about
// changes nothing, and names of nobody use up nothing that others have. What is counted
// for everybody is counted when a message goes out (countMailed).
func (i *Instance) CountForgotten(tx *store.Tx, c Caller) (t Try, err error) {
	defer t.unlessCounted(&err)
	if c.isSite() {
		return countNetwork(tx, c, auth.BucketForgotNetwork, auth.BucketForgotWide)
	}
	t = Try{Of: auth.BucketForgotNetwork, HeldBy: auth.BucketForgotNetwork, now: c.now(), network: c.network()}
	near := auth.LimitOf(auth.BucketForgotNetwork)
	if crowded, err := i.isFull(tx, auth.BucketForgotWide, c.wide()); err != nil {
		return t, err
	} else if crowded {
		near.Free = auth.CrowdedForgotFree
	}
	if _, t.Wait, err = tx.Count(auth.BucketForgotNetwork, c.network(), near, t.now); err != nil || t.Refused() {
		return t, err
	}
	_, _, err = tx.Count(auth.BucketForgotWide, c.wide(), auth.LimitOf(auth.BucketForgotWide), t.now)
	return t, err
}
