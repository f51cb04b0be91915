package instance

import (
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/mail"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// CountPassword counts a try of a password in every bucket it belongs to, before
// anything is checked. u is the user with that name, if found. A browser known for the
// user has a bucket of its own that no stranger can fill, and is not held up by its network.
//
// It asks and writes the same for names of nobody (AU-06): u.ID is "" then, which
// no row has.
func (i *Instance) CountPassword(tx *store.Tx, c Caller, name string, u user.User, found bool) (t Try, err error) {
	defer t.unlessCounted(&err)
	if found {
		name = u.Username
	}
	slot := bucketKey{auth.BucketName, i.NameSlot(name)}
	t = Try{Of: auth.BucketName, now: c.now(), network: c.network(), user: u.ID, slot: slot.key, burst: slot, clears: []bucketKey{slot}}
	id, known, err := i.knownBrowser(tx, c, u, auth.BucketBrowser, auth.LimitOf(auth.BucketBrowser).Free)
	if err != nil {
		return t, err
	}
	if known && found {
		t.burst = bucketKey{auth.BucketBrowser, id}
		t.clears = append(t.clears, t.burst)
		err = i.countBrowser(tx, c, u, id, &t)
		return t, err
	}
	t.refunds = passwordNetworks(t.network, c.wide())
	err = i.countStranger(tx, c, u, found, &t)
	return t, err
}

// countStranger counts a try from a browser that is not known, in the buckets of its
// networks and in that of the name, or in none of them.
func (i *Instance) countStranger(tx *store.Tx, c Caller, u user.User, found bool, t *Try) error {
	all, everywhere, err := i.passwordBuckets(tx, c, t.burst.key)
	if err != nil {
		return err
	}
	done, err := t.count(tx, all...)
	if err != nil {
		return err
	}
	t.Wait, t.HeldBy = done.Wait, all[done.At].Bucket
	if t.Refused() && done.At < len(all)-1 {
		t.burst = bucketKey{all[done.At].Bucket, all[done.At].Key}
		return nil
	}
	t.lately = ofNetwork(all, done)
	name := done.Tries[len(all)-1]
	t.Closed = name.Count >= auth.LimitOf(auth.BucketName).Ceiling
	if t.Refused() {
		return stillLocked(tx, u, name.BlockedUntil)
	}
	if everywhere && !found {
		// A flood of invented names would else bring rows of its own for each (LO-08).
		t.burst = bucketKey{auth.BucketAll, ""}
	}
	if err := t.countCrowd(tx, c); err != nil {
		return err
	}
	if name.BlockedUntil.After(t.now) {
		if err := tx.SetLockedUntil(u.ID, name.BlockedUntil); err != nil {
			return err
		}
	}
	if found {
		t.stands = func(tx *store.Tx) error { return i.tellOwner(tx, c, u, name.Count) }
	}
	return nil
}

// ofNetwork returns how many passwords the network of a try has sent lately, as far as it
// was counted.
func ofNetwork(all []store.Counted, done store.Verdict) int {
	for n, b := range all {
		if b.Bucket == auth.BucketNetwork && n < len(done.Tries) {
			return done.Tries[n].Count
		}
	}
	return 0
}

// passwordBuckets are the buckets of a try from a browser that is not known: the
// networks from the wide to the narrow, and the name. While very many tries fail
// everywhere, or from the neighbours of an IPv4 address, a network has fewer;
// nobody is shut out for what others do. An IPv6 site (/48) is one customer, and is
// stopped as a whole.
func (i *Instance) passwordBuckets(tx *store.Tx, c Caller, slot string) (all []store.Counted, everywhere bool, err error) {
	if everywhere, err = i.isFull(tx, auth.BucketAll, ""); err != nil {
		return nil, false, err
	}
	near := auth.LimitOf(auth.BucketNetwork)
	if c.isSite() {
		all = append(all, counting(auth.BucketWide, c.wide()))
	} else if crowded, err := i.isFull(tx, auth.BucketWide, c.wide()); err != nil {
		return nil, false, err
	} else if crowded {
		near.Free = auth.BurstNetworkFree
	}
	if everywhere {
		near.Free = auth.BurstNetworkFree
	}
	return append(all,
		counting(auth.BucketDay, c.network()),
		store.Counted{Bucket: auth.BucketNetwork, Key: c.network(), Limit: near},
		counting(auth.BucketName, slot),
	), everywhere, nil
}

// countCrowd counts a try that was let through in the buckets that refuse nobody by
// themselves: that of everybody, and that of the neighbours of an IPv4 address.
func (t *Try) countCrowd(tx *store.Tx, c Caller) error {
	if _, err := t.count(tx, counting(auth.BucketAll, "")); err != nil || c.isSite() {
		return err
	}
	_, err := t.count(tx, counting(auth.BucketWide, c.wide()))
	return err
}

// passwordNetworks are where a password that was right is taken back from.
func passwordNetworks(network, wide string) []bucketKey {
	return []bucketKey{{auth.BucketNetwork, network}, {auth.BucketDay, network}, {auth.BucketWide, wide}, {auth.BucketAll, ""}}
}

// lockedEvery is how far behind the list of users may be with the end of a ceiling,
// which moves with every try that is refused.
const lockedEvery = time.Hour

// stillLocked keeps the list of users right about a name that is closed until somebody
// opens it. It writes once an hour at most: a try that is refused else writes nothing.
func stillLocked(tx *store.Tx, u user.User, until time.Time) error {
	if u.ID == "" || until.Sub(u.LockedUntil) < lockedEvery {
		return nil
	}
	return tx.SetLockedUntil(u.ID, until)
}

// tellAt is how many tries in a row the owner of a name is told of (AU-13).
const tellAt = 20

// tellOwner tells a user of many tries in a row from browsers that are not known for
// them: once, and again when the ceiling closes sign-in. It waits until the try stands: one
// that is taken back would come again, and the owner would be told each time.
//
// It is work that a name of nobody does not cause (AU-06): a few rows, about a
// thousandth of the hash before them. Nobody can measure that. It happens at two
// tries in a hundred, the first after more than an hour of waiting, and not again
// until the user signs in: an attacker has one sample of each, where telling the two
// kinds of names apart would take thousands.
func (i *Instance) tellOwner(tx *store.Tx, c Caller, u user.User, tries int) error {
	if tries != tellAt && tries != auth.LimitOf(auth.BucketName).Ceiling || !u.Active() {
		return nil
	}
	e := c.By
	e.Event, e.Result = audit.LoginPassword, audit.ResultFailed
	e.ActorID, e.ActorName = "", "" // nobody has shown who they are
	return i.Notify(tx, u, mail.TooManyFailures, e, mail.Facts{})
}

// knownBrowser returns the id of the caller's browser if it is known for u and has tries left
// in its bucket, which lets so many through. One that has none left loses here what it
// was known for, where nothing else took it away: the server may have been killed before its
// last try was answered. While the wait that this try began lasts it may be looked at still, and
// may be right, as where a browser opens all its tabs again; the browser only has to wait then.
func (i *Instance) knownBrowser(tx *store.Tx, c Caller, u user.User, b auth.Bucket, most int) (id string, known bool, err error) {
	id, known, err = tx.KnowsBrowser(c.Browser, u.ID, c.now())
	if err != nil || !known {
		return "", false, err
	}
	tries, err := tx.Tries(b, id)
	waits := auth.LimitOf(b).Ceiling == 0 && tries.BlockedUntil.After(c.now()) // a ceiling has no end that could be waited for
	if err != nil || tries.Count < most || waits {
		return id, err == nil, err
	}
	return "", false, i.dropGuessing(tx, c, u, id)
}

// countBrowser counts in the bucket of a known browser, which loses its privilege with the
// last free try. It keeps it until that stands: a try that is taken back costs nobody the one
// browser in which strangers cannot hold them up.
func (i *Instance) countBrowser(tx *store.Tx, c Caller, u user.User, id string, t *Try) error {
	own := counting(auth.BucketBrowser, id)
	done, err := t.count(tx, own)
	t.Wait, t.HeldBy = done.Wait, auth.BucketBrowser
	if err == nil && !t.Refused() && done.Tries[0].Count >= own.Limit.Free {
		t.stands = func(tx *store.Tx) error { return i.dropGuessing(tx, c, u, id) }
	}
	return err
}

// dropGuessing takes from a browser what it was known for, and ends what it was remembered
// for as u, when it loses its privilege with wrong passwords or codes. u is told: else a
// thief with a copy of the cookie would get rid of the validator that gives the copy away,
// and nobody would hear of it.
func (i *Instance) dropGuessing(tx *store.Tx, c Caller, u user.User, id string) error {
	forgotten, err := tx.ForgetRemembered(u.ID, id, c.now())
	if err != nil {
		return err
	}
	if forgotten {
		e := c.By
		e.Event, e.Result = audit.LoginBlocked, audit.ResultBlocked
		e.ActorID, e.ActorName, e.SubjectID, e.SubjectName = "", "", u.ID, u.Username // nobody has shown who they are
		e.Details = []audit.Detail{{Name: "reason", After: audit.ReasonGuessing}}
		if err := tx.Audit(e); err != nil {
			return err
		}
		if err := i.Notify(tx, u, mail.RememberedEnded, e, mail.Facts{}); err != nil {
			return err
		}
	}
	_, err = tx.DropBrowser(u.ID, id)
	return err
}
