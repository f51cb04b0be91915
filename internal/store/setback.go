package store

import "time"

// EndOver ends for good what was over at a time, before the clock was set back behind it: it would
// come to life again (OT-17). People sign in once more, and begin an enrolment anew.
func (tx *Tx) EndOver(at time.Time) error {
	for _, statement := range []string{
		`DELETE FROM sessions WHERE idle_until <= $1 OR ends_at <= $1`, // with it go its looks, kept forms and sheets
		`DELETE FROM pending_sign_ins WHERE ends_at <= $1`,
		`DELETE FROM pending_authenticators WHERE ends_at <= $1`,
		`DELETE FROM handover_codes WHERE ends_at <= $1`,
		`DELETE FROM looks WHERE ends_at <= $1`,
		`DELETE FROM recovery_sheets WHERE ends_at <= $1`,
		`DELETE FROM setup_code WHERE ends_at <= $1`,
	} {
		if err := tx.exec(statement, ms(at)); err != nil {
			return err
		}
	}
	return nil
}

// EndOverLinks does the same to what its holder cannot get again alone: links, and browsers that skip
// the code.
func (tx *Tx) EndOverLinks(at time.Time) error {
	if err := tx.endLinks("ended", `ends_at <= $1`, ms(at)); err != nil {
		return err
	}
	return tx.exec(`UPDATE browsers SET remembered_until = 0, validator_hash = '' WHERE remembered_until > 0 AND remembered_until <= $1`, ms(at))
}

// DueAgain makes messages due that were put off by a clock that was ahead: none waits for more than four
// hours.
func (tx *Tx) DueAgain(now time.Time) error {
	return tx.exec(`UPDATE mails SET next_at = $1 WHERE failed_at = 0 AND next_at > CAST($1 AS BIGINT) + 14400000`, ms(now))
}
