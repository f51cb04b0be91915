package store

import (
	"time"
)

// SetSetupCode replaces the set-up code.
func (tx *Tx) SetSetupCode(hash string, ends time.Time) error {
	return tx.exec(`INSERT INTO setup_code ("only", code_hash, tries, ends_at) VALUES (1, $1, 0, $2)
		ON CONFLICT ("only") DO UPDATE SET code_hash = excluded.code_hash, tries = 0, ends_at = excluded.ends_at`,
		hash, ms(ends))
}

// SetupCode returns the hash of the set-up code, or "" if there is no living one. The
// try must have been counted. One that would work for longer than a code lasts was made by a clock that was
// ahead, and is none (OT-17).
func (tx *Tx) SetupCode(now time.Time, lasts time.Duration) (hash string, err error) {
	hash, _, err = one(tx.q.queryRow(`SELECT code_hash FROM setup_code WHERE "only" = 1 AND ends_at > $1 AND ends_at <= $2`, ms(now), ms(now.Add(lasts+clockSlack))), single[string], "reading the set-up code")
	return hash, err
}

// TakeSetupCode uses the set-up code up; taken is true for exactly one caller.
func (tx *Tx) TakeSetupCode(hash string) (taken bool, err error) {
	return tx.once(`DELETE FROM setup_code WHERE code_hash = $1`, hash)
}
