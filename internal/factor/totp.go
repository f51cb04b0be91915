// Package factor is the arithmetic of the second step: one-time codes from an
// authenticator app (TOTP, RFC 6238 over HOTP, RFC 4226), recovery codes, and what
// is shown when an app is set up. Codes are SHA-1, six digits, thirty seconds: the
// only combination that every authenticator app understands.
//
// Nothing here remembers which codes were used. A caller must consume the step of
// MatchingStep in one conditional UPDATE, or a code works more than once.
package factor

import (
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

const (
	// Period is how long one code is current.
	Period = 30 * time.Second
	// Digits is the length of a code.
	Digits = 6
	// Skew is how many steps before and after the current one are accepted, for
	// clocks that differ and people who type slowly (RFC 6238, section 5.2).
	Skew = 1
)

const (
	secretSize    = 20 // bytes, RFC 4226 R6 recommends 160 bits
	minSecretSize = 10 // bytes, what the first generators of the tutorial kind made
	maxSecretSize = 64 // bytes, the block of SHA-1; longer keys are hashed first
)

// NewSecret returns 160 random bits for a new authenticator.
func NewSecret() []byte {
	secret := make([]byte, secretSize)
	rand.Read(secret) // never fails: Go ends the program instead
	return secret
}

// Step returns the number of the time step that now lies in, counted from 1970.
func Step(now time.Time) int64 { return now.Unix() / int64(Period/time.Second) }

// Code returns the six digits that an app shows for this secret in this step.
func Code(secret []byte, step int64) string {
	code, err := hotp.GenerateCodeCustom(EncodeSecret(secret), uint64(step), hotp.ValidateOpts{
		Digits:    otp.DigitsSix,
		Algorithm: otp.AlgorithmSHA1,
	})
	if err != nil {
		panic(fmt.Sprintf("compute a code: %v", err)) // only for base32 that is none
	}
	return code
}

// MatchingStep returns the step whose code this is, looking at the current step
// and Skew steps on either side. Every step is computed and compared in constant
// time, so that the answer's delay says nothing about the code. If two of the steps
// share the code, the later one is returned: consuming it consumes both. A secret
// too short to be one never matches, since the codes of an empty secret are known to
// everybody. Pass the code through CleanCode first.
func MatchingStep(secret []byte, code string, now time.Time) (step int64, ok bool) {
	if len(secret) < minSecretSize {
		return 0, false
	}
	current := Step(now)
	found, offset := 0, 0
	for skew := -Skew; skew <= Skew; skew++ {
		same := subtle.ConstantTimeCompare([]byte(Code(secret, current+int64(skew))), []byte(code))
		found |= same
		offset = subtle.ConstantTimeSelect(same, skew, offset)
	}
	if found == 0 {
		return 0, false
	}
	return current + int64(offset), true
}
