package password

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	gocrypt "github.com/go-crypt/crypt/algorithm/bcrypt"
	"golang.org/x/crypto/bcrypt"
)

const (
	minBcrypt      = 4
	maxBcrypt      = 14
	bcryptLength   = 60
	bcryptSalt     = 22 // characters
	bcryptTag      = 31 // characters
	bcryptPassword = 72
	bcryptAlphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
)

// djangoBcrypt begins what Django's BCryptSHA256PasswordHasher makes; an ordinary
// bcrypt hash follows, of the password's SHA-256 in hexadecimal.
const djangoBcrypt = "bcrypt_sha256$"

// parseBcrypt reads $2b$12$ and 53 characters of salt and hash.
func parseBcrypt(encoded string) (storedHash, error) {
	rounds, err := bcryptCost(encoded)
	return storedHash{kind: plainBcrypt, rounds: rounds, match: func(password string) bool {
		return bcrypt.CompareHashAndPassword([]byte(encoded), []byte(password)) == nil
	}}, err
}

// bcryptCost returns the cost of an ordinary bcrypt hash.
func bcryptCost(encoded string) (uint32, error) {
	known := strings.HasPrefix(encoded, "$2a$") || strings.HasPrefix(encoded, "$2b$") || strings.HasPrefix(encoded, "$2y$")
	if !known || len(encoded) != bcryptLength || encoded[6] != '$' || strings.Trim(encoded[7:], bcryptAlphabet) != "" {
		return 0, errors.New("wrong length or alphabet for bcrypt")
	}
	cost, err := number(encoded[4:6], minBcrypt, maxBcrypt)
	if err != nil {
		return 0, fmt.Errorf("bcrypt cost %w", err)
	}
	return cost, nil
}

func parseDjangoBcrypt(encoded string) (storedHash, error) {
	inner := strings.TrimPrefix(encoded, djangoBcrypt)
	rounds, err := bcryptCost(inner)
	return storedHash{kind: sha256Bcrypt, rounds: rounds, match: func(password string) bool {
		sum := sha256.Sum256([]byte(password))
		return bcrypt.CompareHashAndPassword([]byte(inner), []byte(hex.EncodeToString(sum[:]))) == nil
	}}, err
}

// parsePasslibBcrypt reads passlib's bcrypt_sha256: version 2, which keys the
// digest with the salt, as $bcrypt-sha256$v=2,t=2b,r=12$salt$hash, and version 1,
// which does not, as $bcrypt-sha256$2b,12$salt$hash.
func parsePasslibBcrypt(encoded string) (h storedHash, err error) {
	part := strings.Split(encoded, "$")
	if len(part) != 5 || len(part[3]) != bcryptSalt || len(part[4]) != bcryptTag || strings.Trim(part[3]+part[4], bcryptAlphabet) != "" {
		return h, errors.New("wrong length or alphabet for bcrypt-sha256")
	}
	rounds, keyed := strings.CutPrefix(part[2], "v=2,t=2b,r=")
	ident := "2b"
	if !keyed {
		ident, rounds, _ = strings.Cut(part[2], ",")
	}
	cost, err := number(rounds, minBcrypt, maxBcrypt)
	if err != nil || rounds != strconv.Itoa(int(cost)) {
		return h, errors.Join(errors.New("bcrypt-sha256 cost in an unusual spelling or out of bounds"), err)
	}
	h = storedHash{kind: sha256Bcrypt, rounds: cost}
	if keyed {
		digest, err := gocrypt.Decode(encoded)
		if err != nil {
			return h, err
		}
		h.match = digest.Match
		return h, nil
	}
	inner := fmt.Sprintf("$%s$%02d$%s%s", ident, cost, part[3], part[4])
	_, err = bcryptCost(inner)
	h.match = func(password string) bool {
		sum := sha256.Sum256([]byte(password))
		return bcrypt.CompareHashAndPassword([]byte(inner), []byte(base64.StdEncoding.EncodeToString(sum[:]))) == nil
	}
	return h, err
}
