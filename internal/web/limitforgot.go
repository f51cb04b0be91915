package web

import (
	"latchkey/internal/auth"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// CountForgotten counts that somebody forgot a password. It says whether anything may
// come of it; the person who asks is not told, but the page says what may be the matter
// (MA-07). It counts the networks of the visitor and nothing else: which name it
// is about changes nothing, and names of nobody use up nothing that others have (MA-07).
// What is counted for everybody is counted when a message goes out (countMailed).
func (v *Visitor) CountForgotten(tx *store.Tx) (allowed bool, err error) {
	near, wide := auth.LimitOf(auth.BucketForgotNetwork), WideNetwork(v.IP())
	var all []store.Counted
	site := IsSite(v.IP())
	if site {
		all = append(all, store.Counted{Bucket: auth.BucketForgotWide, Key: wide, Limit: auth.LimitOf(auth.BucketForgotWide)})
	} else if crowded, err := v.isFull(tx, auth.BucketForgotWide, wide); err != nil {
		return false, err
	} else if crowded {
		near.Free = auth.CrowdedForgotFree
	}
	done, err := tx.CountAll(v.Now, append(all, store.Counted{Bucket: auth.BucketForgotNetwork, Key: Network(v.IP()), Limit: near})...)
	if err != nil || done.Wait > 0 || site {
		return err == nil && done.Wait == 0, err
	}
	_, _, err = tx.Count(auth.BucketForgotWide, wide, auth.LimitOf(auth.BucketForgotWide), v.Now)
	return err == nil, err
}

// mayMailReset counts a reset that is asked for a user who exists. While very many are
// mailed each user gets one an hour: a user who was not asked about lately is never left
// out for what is done to others.
func (s *Site) mayMailReset(tx *store.Tx, u user.User) (bool, error) {
	limit := auth.LimitOf(auth.BucketForgot)
	storm, err := s.isFull(tx, auth.BucketForgotAll, "")
	if err != nil {
		return false, err
	}
	if storm {
		t, err := tx.Tries(auth.BucketForgot, u.ID)
		if err != nil || t.Count >= auth.StormForgotFree && t.WindowEnds.After(s.Now()) {
			return false, err
		}
	}
	_, wait, err := tx.Count(auth.BucketForgot, u.ID, limit, s.Now())
	return err == nil && wait == 0, err
}

// countMailed counts a reset that was mailed for everybody.
func (s *Site) countMailed(tx *store.Tx) error {
	_, _, err := tx.Count(auth.BucketForgotAll, "", auth.LimitOf(auth.BucketForgotAll), s.Now())
	return err
}
