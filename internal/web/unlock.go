package web

import (
	"maps"
	"time"

	"latchkey/internal/auth"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// OpenPassword opens sign-in with the password alone: a user who proved to have the mailbox
// has proved nothing about the second factor, and clearing its tries with every reset
// would take its ceiling away (AU-03).
func (s *Site) OpenPassword(tx *store.Tx, u user.User) error {
	return tx.Clear(auth.BucketName, s.nameSlot(u.Username))
}

// Unlock opens everything of a user that too many tries closed.
func (s *Site) Unlock(tx *store.Tx, u user.User) error {
	if err := tx.Clear(auth.BucketName, s.nameSlot(u.Username)); err != nil {
		return err
	}
	for _, b := range []auth.Bucket{auth.BucketCode, auth.BucketRecovery, auth.BucketSecond} {
		if err := tx.Clear(b, u.ID); err != nil {
			return err
		}
	}
	return tx.SetLockedUntil(u.ID, time.Time{})
}

// Closed returns until when sign-in as a user is closed by too many tries;
// open ones are left out.
func (s *Site) Closed(u user.User, now time.Time) (map[auth.Bucket]time.Time, error) {
	closed, err := s.DB.BlockedNow(s.nameSlot(u.Username), now, auth.BucketName)
	if err != nil {
		return nil, err
	}
	second, err := s.DB.BlockedNow(u.ID, now, auth.BucketCode, auth.BucketRecovery, auth.BucketSecond)
	maps.Copy(closed, second)
	if all := closed[auth.BucketSecond]; all.After(closed[auth.BucketCode]) {
		closed[auth.BucketCode] = all // the total holds up codes
	}
	delete(closed, auth.BucketSecond)
	return closed, err
}
