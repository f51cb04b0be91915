package user

import (
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

// ErrCorrupt is the answer to a stored hash that is none we can verify: broken,
// of an unknown kind, or of a cost that would hold the machine for minutes.
var ErrCorrupt = errors.New("corrupt password hash")

const (
	minMemory      = 8 * mib
	minSalt        = 8
	maxSalt        = 64
	minTag         = 16
	maxTag         = 64
	minBcrypt      = 4
	maxBcrypt      = 14
	bcryptLength   = 60
	bcryptPassword = 72
	bcryptAlphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
)

// storedHash is a hash taken apart and found within bounds.
type storedHash struct {
	// bcrypt is the cost of a bcrypt hash; 0 means argon2id.
	bcrypt    int
	cost      Cost
	salt, tag []byte
}

// CheckHash returns nil if Verify can work with encoded, else an error that
// wraps ErrCorrupt and says why. It hashes nothing.
func CheckHash(encoded string) error {
	_, err := parseHash(encoded)
	return err
}

// maxWork bounds the memory times passes of an imported argon2id hash: four times
// the default. One of the costliest hashes we can verify takes a minute and a GiB,
// and every wrong sign-in would have to look as slow as that.
const maxWork = 4 * 64 * mib * 3

// CheckImported is CheckHash for hashes from elsewhere: it also refuses one that
// would take so long that strangers could hold up sign-ins with it.
func CheckImported(encoded string) error {
	h, err := parseHash(encoded)
	if err == nil && uint64(h.cost.MemoryKiB)*uint64(h.cost.Time) > maxWork {
		return fmt.Errorf("%w: it costs too much to verify", ErrCorrupt)
	}
	return err
}

// Verify reports whether encoded is a hash of password; the comparison takes
// the same time wherever they differ. An empty password never matches, nor does
// one of more than 72 bytes against bcrypt, which would look at the first 72
// only and so let in anybody who has these (nothing is hashed then). The error
// is ErrCorrupt for anything CheckHash refuses; nothing is hashed then either.
// A server uses Hasher.Verify, which spends equal work in every case.
func Verify(encoded, password string) (bool, error) {
	h, err := parseHash(encoded)
	if err != nil {
		return false, err
	}
	if password == "" || h.tooLong(password) {
		return false, nil
	}
	if h.bcrypt > 0 {
		return bcrypt.CompareHashAndPassword([]byte(encoded), []byte(password)) == nil, nil
	}
	tag := h.cost.derive(password, h.salt, len(h.tag))
	return subtle.ConstantTimeCompare(tag, h.tag) == 1, nil
}

// tooLong reports a password of which bcrypt would look at a part only.
func (h storedHash) tooLong(password string) bool {
	return h.bcrypt > 0 && len(password) > bcryptPassword
}

// NeedsUpgrade reports whether encoded should be replaced by a hash of cost c
// when its password is next at hand.
func NeedsUpgrade(encoded string, c Cost) bool {
	h, err := parseHash(encoded)
	return err != nil || h.bcrypt > 0 || h.cost != c || len(h.salt) < saltLength || len(h.tag) < tagLength
}

// Profile returns kind and cost of encoded, such as "bcrypt:12" or
// "argon2id:64MiB:3:1", or "" if it is corrupt. Hashes of one profile take the
// same time to verify, hashes of two do not: see Hasher.FloorFor.
func Profile(encoded string) string {
	h, err := parseHash(encoded)
	switch {
	case err != nil:
		return ""
	case h.bcrypt > 0:
		return fmt.Sprintf("bcrypt:%d", h.bcrypt)
	}
	return h.cost.String()
}

// parseHash takes a stored hash apart. Every number is held against its bounds
// before anything is computed: argon2 panics at t=0, and m=4 TiB or a bcrypt
// cost of 31 in an imported file would stop the server.
func parseHash(encoded string) (storedHash, error) {
	var h storedHash
	var err error
	switch {
	case encoded == "":
		err = errors.New("there is none")
	case strings.HasPrefix(encoded, "$argon2id$"):
		h, err = parseArgon2(encoded)
	case strings.HasPrefix(encoded, "$2a$"), strings.HasPrefix(encoded, "$2b$"), strings.HasPrefix(encoded, "$2y$"):
		h.bcrypt, err = parseBcrypt(encoded)
	default:
		err = errors.New("not of a known kind")
	}
	if err != nil {
		return storedHash{}, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return h, nil
}

func parseBcrypt(encoded string) (int, error) {
	if len(encoded) != bcryptLength || encoded[6] != '$' || strings.Trim(encoded[7:], bcryptAlphabet) != "" {
		return 0, errors.New("wrong length or alphabet for bcrypt")
	}
	cost, err := number(encoded[4:6], minBcrypt, maxBcrypt)
	if err != nil {
		return 0, fmt.Errorf("bcrypt cost %w", err)
	}
	return int(cost), nil
}

// parseArgon2 reads $argon2id$v=19$m=…,t=…,p=…$salt$tag, in this order only.
func parseArgon2(encoded string) (h storedHash, err error) {
	part := strings.Split(encoded, "$")
	if len(part) != 6 {
		return h, errors.New("not five parts of argon2id")
	}
	var numbers [3]uint32
	field := strings.Split(part[3], ",")
	bounds := [3]struct {
		name      string
		low, high uint32
	}{{"m=", minMemory, maxMemory}, {"t=", 1, maxTime}, {"p=", 1, maxThreads}}
	for i, b := range bounds {
		if len(field) != len(bounds) || !strings.HasPrefix(field[i], b.name) {
			return h, errors.New("argon2id parameters are not m, t, p")
		}
		if numbers[i], err = number(field[i][len(b.name):], b.low, b.high); err != nil {
			return h, fmt.Errorf("argon2id %s%w", b.name, err)
		}
	}
	h.cost = Cost{MemoryKiB: numbers[0], Time: numbers[1], Threads: uint8(numbers[2])}
	if h.salt, err = bytesBetween(part[4], minSalt, maxSalt); err != nil {
		return h, fmt.Errorf("argon2id salt: %w", err)
	}
	if h.tag, err = bytesBetween(part[5], minTag, maxTag); err != nil {
		return h, fmt.Errorf("argon2id tag: %w", err)
	}
	// One hash has one spelling: version 19, no leading zeros, no line breaks
	// inside the base64, which the decoder would pass over.
	if h.cost.encode(h.salt, h.tag) != encoded {
		return h, errors.New("argon2id hash in an unusual spelling")
	}
	return h, nil
}

// bytesBetween decodes base64 without padding into low to high bytes.
func bytesBetween(s string, low, high int) ([]byte, error) {
	if len(s) > base64.RawStdEncoding.EncodedLen(high) {
		return nil, errors.New("too long")
	}
	b, err := base64.RawStdEncoding.DecodeString(s)
	if err == nil && len(b) < low {
		err = errors.New("too short")
	}
	return b, err
}
