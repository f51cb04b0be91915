package instance

import "latchkey/internal/secret"

// Seal encrypts text for one place: it opens only for the same purpose, under the same
// instance and with the same names of the place, such as the id of its row.
func (i *Instance) Seal(p secret.Purpose, text []byte, place ...string) string {
	return i.Ring.Seal(p, text, i.in(place)...)
}

// Open returns what Seal was given.
func (i *Instance) Open(p secret.Purpose, sealed string, place ...string) ([]byte, error) {
	return i.Ring.Open(p, sealed, i.in(place)...)
}

// MAC authenticates these values for a purpose, under the newest key.
func (i *Instance) MAC(p secret.Purpose, values ...string) string {
	return i.Ring.MAC(p, i.in(values)...)
}

// Verify reports whether MAC made this of these values for a purpose, under whichever key.
func (i *Instance) Verify(p secret.Purpose, mac string, values ...string) bool {
	return i.Ring.VerifyMAC(p, mac, i.in(values)...)
}

// MACs is MAC under every key, the newest first, for finding what an older one made.
func (i *Instance) MACs(p secret.Purpose, values ...string) []string {
	return i.Ring.MACs(p, i.in(values)...)
}

// in puts the instance before the names of a place.
func (i *Instance) in(place []string) []string { return append([]string{i.id}, place...) }

// SealTOTP seals an authenticator's secret for its row: it opens only under the
// same instance, user and authenticator (OT-05).
func (i *Instance) SealTOTP(key []byte, userID, id string) string {
	return i.Seal(secret.PurposeTOTP, key, userID, id)
}

// OpenTOTP opens what SealTOTP sealed.
func (i *Instance) OpenTOTP(sealed, userID, id string) ([]byte, error) {
	return i.Open(secret.PurposeTOTP, sealed, userID, id)
}
