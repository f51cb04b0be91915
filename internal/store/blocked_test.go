package store

import (
	"testing"

	"latchkey/internal/problem"
)

// TestTx_WaitsOnceForALockThatNobodyGives: a commit that waits for a standby which is gone keeps the
// lock. Who waits for it in vain does so as long as anybody may, the next ones for less, until it can be had.
func TestTx_WaitsOnceForALockThatNobodyGives(t *testing.T) {
	t.Parallel()
	if !onPostgres {
		t.Skip("a file has another lock")
	}
	path, ring := closed(t)
	opened, err := Open(t.Context(), path+"&lock_timeout=300", ring, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { opened.Close() })
	db := testDB{opened, path}
	holder, err := db.raw(t).BeginTx(t.Context(), nil)
	if err == nil {
		_, err = holder.Exec(lockHead)
	}
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		wantProblem(t, db.Tx(t.Context(), setMeta("a")), problem.Unavailable)
	}
	if err := holder.Rollback(); err != nil {
		t.Fatal(err)
	}
	waits := func() (text string) {
		db.must(t, func(tx *Tx) (err error) {
			text, _, err = one(tx.q.queryRow(`SELECT current_setting('lock_timeout')`), single[string], "asking how long is waited")
			return err
		})
		return text
	}
	if first, then := waits(), waits(); first != "1s" || then != "300ms" {
		t.Errorf("it waits %s after it waited in vain, and then %s", first, then)
	}
}
