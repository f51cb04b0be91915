package web

import (
	"latchkey/internal/auth"
	"latchkey/internal/store"
)

// CountForgotten counts that somebody forgot a password. It says whether anything may
// come of it; the person who asks is not told, but the page says what may be the matter
// (MA-07). It counts the networks of the visitor and nothing else: which name it
// is about changes nothing, and names of nobody use up nothing that others have (MA-07).
// What is counted for everybody is counted when a message goes out (countMailed).
func (v *Visitor) CountForgotten(tx *store.Tx) (allowed bool, err error) {
	near, wide := auth.LimitOf(auth.BucketForgotNetwork), auth.WideNetwork(v.IP())
	var all []store.Counted
	site := auth.IsSite(v.IP())
	if site {
		all = append(all, store.Counted{Bucket: auth.BucketForgotWide, Key: wide, Limit: auth.LimitOf(auth.BucketForgotWide)})
	} else if crowded, err := v.IsFull(tx, auth.BucketForgotWide, wide); err != nil {
		return false, err
	} else if crowded {
		near.Free = auth.CrowdedForgotFree
	}
	done, err := tx.CountAll(v.Now, append(all, store.Counted{Bucket: auth.BucketForgotNetwork, Key: auth.Network(v.IP()), Limit: near})...)
	if err != nil || done.Wait > 0 || site {
		return err == nil && done.Wait == 0, err
	}
	_, _, err = tx.Count(auth.BucketForgotWide, wide, auth.LimitOf(auth.BucketForgotWide), v.Now)
	return err == nil, err
}
