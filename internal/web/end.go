package web

import (
	"latchkey/internal/auth"
	"latchkey/internal/store"
)

// TwoStepIn is the setting of two-step verification as it stands inside a transaction:
// taken from memory, it could be the one from before a change that commits at this
// moment.
func TwoStepIn(tx *store.Tx) (auth.TwoStep, error) {
	stored, err := tx.Settings()
	if err != nil {
		return "", err
	}
	settings, err := auth.ParseSettings(stored)
	return settings.TwoStep, err
}
