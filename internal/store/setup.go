package store

import (
	"database/sql"
	"errors"
	"time"
)

// SetSetupCode replaces the set-up code.
func (tx *Tx) SetSetupCode(hash string, ends time.Time) error {
	return tx.exec(`INSERT INTO setup_code (only, code_hash, tries, ends_at) VALUES (1, $1, 0, $2)
		ON CONFLICT (only) DO UPDATE SET code_hash = excluded.code_hash, tries = 0, ends_at = excluded.ends_at`,
		hash, ms(ends))
}

// CountSetupCode counts a try of the set-up code before it is compared; counted
// is false if there is no living code or it has used up its tries.
func (tx *Tx) CountSetupCode(most int, now time.Time) (hash string, counted bool, err error) {
	err = tx.q.queryRow(`UPDATE setup_code SET tries = tries + 1 WHERE only = 1 AND tries < $1 AND ends_at > $2
		RETURNING code_hash`, most, ms(now)).Scan(&hash)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	return hash, err == nil, err
}

// TakeSetupCode uses the set-up code up; taken is true for exactly one caller.
func (tx *Tx) TakeSetupCode(hash string) (taken bool, err error) {
	return tx.once(`DELETE FROM setup_code WHERE code_hash = $1`, hash)
}
