package web

import (
	"latchkey/internal/auth"
	"latchkey/internal/store"
)

// passwordBuckets are the buckets of a try from a browser that is not known: the
// networks from the wide to the narrow, and the name. While very many tries fail
// everywhere (storm), or from the neighbours of an IPv4 address, a network has fewer;
// nobody is shut out for what others do. An IPv6 site (/48) is one customer, and is
// stopped as a whole.
func (v *Visitor) passwordBuckets(tx *store.Tx, t PasswordTry) (all []store.Counted, storm bool, err error) {
	everywhere, err := v.IsFull(tx, auth.BucketAll, "")
	if err != nil {
		return nil, false, err
	}
	near := auth.LimitOf(auth.BucketNetwork)
	if auth.IsSite(v.IP()) {
		all = append(all, store.Counted{Bucket: auth.BucketWide, Key: t.wide, Limit: auth.LimitOf(auth.BucketWide)})
	} else if crowded, err := v.IsFull(tx, auth.BucketWide, t.wide); err != nil {
		return nil, false, err
	} else if crowded {
		near.Free = auth.StormNetworkFree
	}
	if everywhere {
		near.Free = auth.StormNetworkFree
	}
	return append(all,
		store.Counted{Bucket: auth.BucketDay, Key: t.network, Limit: auth.LimitOf(auth.BucketDay)},
		store.Counted{Bucket: auth.BucketNetwork, Key: t.network, Limit: near},
		store.Counted{Bucket: auth.BucketName, Key: t.slot, Limit: auth.LimitOf(auth.BucketName)},
	), everywhere, nil
}

// countCrowd counts a try that was let through in the buckets that refuse nobody by
// themselves: that of everybody, and that of the neighbours of an IPv4 address.
func (v *Visitor) countCrowd(tx *store.Tx) error {
	if _, _, err := tx.Count(auth.BucketAll, "", auth.LimitOf(auth.BucketAll), v.Now); err != nil || auth.IsSite(v.IP()) {
		return err
	}
	_, _, err := tx.Count(auth.BucketWide, auth.WideNetwork(v.IP()), auth.LimitOf(auth.BucketWide), v.Now)
	return err
}

type bucketKey struct {
	bucket auth.Bucket
	key    string
}

func (t PasswordTry) networks() []bucketKey {
	return []bucketKey{
		{auth.BucketNetwork, t.network}, {auth.BucketDay, t.network}, {auth.BucketWide, t.wide},
	}
}
