// Package secret makes random values and keeps the keys that protect what the
// database holds. The inventory of its cryptography is short:
//
//   - Token, ID: random values from crypto/rand.
//   - HashToken: SHA-256, for values that are random themselves.
//   - Ring.Seal, Ring.Open: XChaCha20-Poly1305, for what we must read again.
//   - Ring.MAC: HMAC-SHA-256, for what we must only recognise.
//   - Sub-keys: HKDF-SHA-256 (RFC 5869), one per key, purpose and operation.
//
// Elsewhere there are only password hashes (package user), which must be slow, and
// one-time codes with their random secrets (package factor).
package secret

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"strings"
)

// Purpose is what a sealed value or a MAC is for. It goes into the sub-key and
// into the authenticated text, so that a value made for one use is never taken
// for another: a link token cannot be replayed as a browser cookie.
type Purpose string

// The purposes. Changing a text makes everything made under it unreadable.
const (
	// PurposeTOTP seals the secrets of authenticators.
	PurposeTOTP Purpose = "totp"
	// PurposeRecovery is for the MACs that stand in for recovery codes.
	PurposeRecovery Purpose = "recovery"
	// PurposeAudit chains the rows of the audit log.
	PurposeAudit Purpose = "audit"
	// PurposeRetention is for what stands of the audit rows that retention removed.
	PurposeRetention Purpose = "retention"
	// PurposeAuditHead is for the newest row of the audit log, as it is kept outside the log.
	PurposeAuditHead Purpose = "audit-head"
	// PurposeHeadFile is for the same in a file beside the database.
	PurposeHeadFile Purpose = "head-file"
	// PurposeName is for the short hashes of unknown user names in the audit log.
	PurposeName Purpose = "name"
	// PurposeLimit is for the bucket names of the limits.
	PurposeLimit Purpose = "limit"
	// PurposeMail seals messages that wait to be sent.
	PurposeMail Purpose = "mail"
	// PurposeNewCodes seals the recovery codes while they are shown once.
	PurposeNewCodes Purpose = "sheet"
	// PurposeImport seals the rows of an uploaded file until they are users.
	PurposeImport Purpose = "import"
	// PurposeFlash is for the messages carried over one redirect.
	PurposeFlash Purpose = "flash"
	// PurposeForm seals what was typed into a form until the person has proved who they are.
	PurposeForm Purpose = "form"
	// PurposeStream seals the keys and connection strings of event streams.
	PurposeStream Purpose = "stream"
	// PurposeSeen is for the question of latchkey check how its request was seen.
	PurposeSeen Purpose = "seen"
	// PurposeBackup authenticates a backup as a whole.
	PurposeBackup Purpose = "backup"
	// PurposeCheck is for the key check value in the database.
	PurposeCheck Purpose = "check"
)

// Token returns 256 random bits as 43 letters of base64url without padding: the
// value of a cookie or of a mailed link. Keep HashToken of it, never the token.
func Token() string { return encode(random(32)) }

// ID returns 128 random bits as 26 lower-case letters and digits (base32 with
// the alphabet 0-9a-v). It names a row and may stand in a URL; it is not a secret.
func ID() string {
	return strings.ToLower(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(random(16)))
}

// HashToken returns the SHA-256 of a token as base64url. The database keeps it
// instead of the token, so that somebody who reads a copy of the database cannot sign
// in with what stands there. A fast hash is right only because tokens are random.
func HashToken(token string) string {
	sum := sha256.Sum256(append(make([]byte, 0, 64), token...)) // on the stack, as every request does this
	var text [43]byte
	base64.RawURLEncoding.Encode(text[:], sum[:])
	return string(text[:])
}

// random returns n bytes of crypto/rand, which never fails: Go ends the program
// rather than return bytes that are not random.
func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// encode returns base64url without padding.
func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// decode is the reverse of encode and refuses every other spelling of the same
// bytes, such as line breaks, so that one value has one text.
func decode(text string) ([]byte, bool) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	return b, err == nil && encode(b) == text
}
