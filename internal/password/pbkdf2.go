package password

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	gocrypt "github.com/go-crypt/crypt/algorithm/pbkdf2"
)

// Bounds of the iterations of an imported PBKDF2 hash: at least what RFC 8018,
// section 4.2 asks for, at most what takes about five times as long as the default.
const (
	minIterations = 1_000
	maxIterations = 2_000_000
)

// passlib64 is the base64 of passlib's hashes: a dot for the plus, no padding.
func passlib64() *base64.Encoding {
	return base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./").WithPadding(base64.NoPadding)
}

// parsePBKDF2 reads passlib's $pbkdf2-sha256$iterations$salt$key and its siblings
// with SHA-1, which are called $pbkdf2$, and SHA-512. The key may not be longer
// than the digest: each further block would cost all iterations again.
func parsePBKDF2(k kind, encoded string) (h storedHash, err error) {
	part := strings.Split(encoded, "$")
	if len(part) != 5 {
		return h, errors.New("not four parts of pbkdf2")
	}
	h.kind = k
	if h.rounds, err = number(part[2], minIterations, maxIterations); err != nil {
		return h, fmt.Errorf("pbkdf2 iterations: %w", err)
	}
	salt, err := bytesBetween(passlib64(), part[3], minSalt, maxSalt)
	if err != nil {
		return h, fmt.Errorf("pbkdf2 salt: %w", err)
	}
	longest := map[kind]int{pbkdf2SHA1: 20, pbkdf2SHA256: 32, pbkdf2SHA512: 64}[k]
	key, err := bytesBetween(passlib64(), part[4], minTag, longest)
	if err != nil {
		return h, fmt.Errorf("pbkdf2 key: %w", err)
	}
	if encodePBKDF2(k, strconv.Itoa(int(h.rounds)), salt, key) != encoded {
		return h, errors.New("pbkdf2 hash in an unusual spelling")
	}
	digest, err := gocrypt.Decode(encoded)
	if err != nil {
		return h, err
	}
	// HMAC fills its key up with zeros, so a NUL at the end would not count (PW-03).
	h.match = func(password string) bool { return !strings.ContainsRune(password, 0) && digest.Match(password) }
	return h, nil
}

func encodePBKDF2(k kind, iterations string, salt, key []byte) string {
	return fmt.Sprintf("$%s$%s$%s$%s", k, iterations, passlib64().EncodeToString(salt), passlib64().EncodeToString(key))
}
