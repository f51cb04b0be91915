package web

import (
	"strconv"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/store"
)

// CountSetup counts a set-up code before it is looked at; tx must commit first. It counts
// for the network of the person who typed it alone. A wait of 0 lets the try through.
func (v *Visitor) CountSetup(tx *store.Tx) (wait time.Duration, err error) {
	var all []store.Counted
	if auth.IsSite(v.IP()) {
		all = append(all, store.Counted{Bucket: auth.BucketSetupWide, Key: auth.WideNetwork(v.IP()), Limit: auth.LimitOf(auth.BucketSetupWide)})
	}
	done, err := tx.CountAll(v.Now, append(all, store.Counted{Bucket: auth.BucketSetup, Key: auth.Network(v.IP()), Limit: auth.LimitOf(auth.BucketSetup)})...)
	return done.Wait, err
}

// AuditSetup writes down that a set-up code was wrong, in few rows for each network (LO-08).
func (v *Visitor) AuditSetup(tx *store.Tx) error {
	count, err := tx.Coalesce(auth.BucketSetup, auth.Network(v.IP()), v.Now)
	if err != nil || count == 0 {
		return err
	}
	e := v.Audit(audit.SetupDone, audit.ResultFailed)
	if count > 1 {
		e.Details = []audit.Detail{{Name: "tries", After: strconv.Itoa(count)}}
	}
	return tx.Audit(e)
}
