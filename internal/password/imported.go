package password

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// Imported returns the form in which a hash from another system is stored, which
// Verify can read. Known are
//
//   - $2a$, $2b$ and $2y$ (bcrypt), and Django's bcrypt$$2b$…;
//   - bcrypt of a SHA-256: Django's bcrypt_sha256$$2b$… and passlib's
//     $bcrypt-sha256$, versions 1 and 2;
//   - $argon2id$, $argon2i$ and $argon2d$ of version 19, and Django's argon2$argon2id$…;
//   - PBKDF2 with SHA-1, SHA-256 or SHA-512: passlib's $pbkdf2-sha256$… and
//     Django's pbkdf2_sha256$….
//
// The error wraps ErrCorrupt, and ErrUnknownKind for everything that is none of
// these. What would take so long to verify that strangers could hold up sign-ins with
// it counts as corrupt. It hashes nothing.
func Imported(encoded string) (stored string, err error) {
	stored, err = respell(encoded)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	if err := CheckHash(stored); err != nil {
		return "", err
	}
	return stored, nil
}

// respell turns Django's spellings into the ones that we store, and leaves the
// others as they are. Django writes the name of its hasher, a dollar sign, and what
// the hasher made.
func respell(encoded string) (string, error) {
	name, made, _ := strings.Cut(encoded, "$")
	switch name {
	case "bcrypt":
		return made, nil
	case "argon2":
		return "$" + made, nil
	case "pbkdf2_sha1":
		return respellPBKDF2(pbkdf2SHA1, made)
	case "pbkdf2_sha256":
		return respellPBKDF2(pbkdf2SHA256, made)
	}
	return encoded, nil
}

// respellPBKDF2 reads Django's iterations$salt$key, where the salt is text as it is
// and the key base64 with padding.
func respellPBKDF2(k kind, made string) (string, error) {
	part := strings.Split(made, "$")
	if len(part) != 3 || len(made) > maxHash {
		return "", errors.New("not three parts of Django's pbkdf2")
	}
	key, err := base64.StdEncoding.Strict().DecodeString(part[2])
	if err != nil || strings.ContainsAny(part[2], "\r\n") {
		return "", errors.New("pbkdf2 key is not base64")
	}
	return encodePBKDF2(k, part[0], []byte(part[1]), key), nil
}
