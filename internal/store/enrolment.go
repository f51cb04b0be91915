package store

// RequireEnrolment demands two-step verification of a user, whatever the policy says.
// An administrator without an authenticator cannot really sign in from then on, so
// the last usable one is guarded.
func (tx *Tx) RequireEnrolment(demands bool, id string) (Outcome, error) {
	const update = `UPDATE users SET must_enrol = TRUE, version = version + 1 WHERE id = $1 AND must_enrol = FALSE AND deleted_at = 0`
	out, err := free(tx.once(update+` AND authenticators > 0`, id))
	if err != nil || out == Done {
		return out, err
	}
	return tx.guarded(demands, id, update+` AND authenticators = 0`, id)
}

// LiftEnrolment leaves it to the policy again whether the user needs two-step
// verification.
func (tx *Tx) LiftEnrolment(id string) (done bool, err error) {
	return tx.once(`UPDATE users SET must_enrol = FALSE, version = version + 1 WHERE id = $1 AND must_enrol = TRUE AND deleted_at = 0`, id)
}
