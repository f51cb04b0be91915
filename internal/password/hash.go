package password

import (
	"errors"
	"fmt"
	"math/bits"
	"strings"
)

// ErrCorrupt is the answer to a stored hash that is none we can verify: broken,
// of an unknown kind, or of a cost that would hold up everybody else's sign-in.
var ErrCorrupt = errors.New("corrupt password hash")

// ErrUnknownKind is the ErrCorrupt of what is no spelling of any hash that we can
// verify.
var ErrUnknownKind = fmt.Errorf("%w: not of a known kind", ErrCorrupt)

// ErrCostly says of a cost, beside ErrCorrupt where it is that of a stored hash, that it is
// more memory or time than one password may take.
var ErrCostly = errors.New("it costs too much")

// ErrMemory is the ErrCorrupt of a hash that is well made, and takes more memory to verify
// than this machine has for one.
var ErrMemory = fmt.Errorf("%w: it takes more memory than there is for one here", ErrCorrupt)

// kind is how a password was hashed.
type kind string

const (
	argon2id     kind = "argon2id"
	argon2i      kind = "argon2i"
	argon2d      kind = "argon2d"
	plainBcrypt  kind = "bcrypt"
	sha256Bcrypt kind = "bcrypt_sha256" // a digest of the password goes into bcrypt
	pbkdf2SHA1   kind = "pbkdf2"
	pbkdf2SHA256 kind = "pbkdf2-sha256"
	pbkdf2SHA512 kind = "pbkdf2-sha512"
)

// storedHash is a hash taken apart and found within bounds.
type storedHash struct {
	kind      kind
	cost      Cost   // of the kinds of argon2
	rounds    uint32 // cost of bcrypt, iterations of pbkdf2
	salt, tag []byte // of the kinds of argon2
	// match does the work and reports whether it is the password's hash, in a time
	// that does not tell where they differ.
	match func(password string) bool
}

// work is what the time of a verification grows with, comparable within a kind.
func (h storedHash) work() float64 {
	switch h.kind {
	case argon2id, argon2i, argon2d:
		return float64(h.cost.work())
	case plainBcrypt, sha256Bcrypt:
		return float64(uint64(1) << h.rounds)
	}
	return float64(h.rounds)
}

// CheckHash returns nil if Hasher.Verify can work with encoded, else an error that
// wraps ErrCorrupt and says why. It hashes nothing.
func CheckHash(encoded string) error {
	_, err := parseHash(encoded)
	return err
}

// never reports a password that may not match, whatever the hash says: an empty one,
// and against bcrypt one of more than 72 bytes, of which bcrypt looks at the first 72
// only and so would let in anybody who has these.
func (h storedHash) never(password string) bool { return password == "" || h.tooLong(password) }

// tooLong reports a password of which bcrypt would look at a part only.
func (h storedHash) tooLong(password string) bool {
	return h.kind == plainBcrypt && len(password) > bcryptPassword
}

// PastBcrypt reports whether a password can never match encoded because it is longer
// than bcrypt looks at, so that nothing but a new password helps.
func PastBcrypt(encoded, password string) bool {
	h, err := parseHash(encoded)
	return err == nil && h.tooLong(password)
}

// IsBcrypt reports whether encoded is a hash that looks at 72 bytes of a password.
func IsBcrypt(encoded string) bool {
	h, err := parseHash(encoded)
	return err == nil && h.kind == plainBcrypt
}

// NeedsUpgrade reports whether encoded should be replaced by a hash of cost c
// when its password is next at hand.
func NeedsUpgrade(encoded string, c Cost) bool {
	h, err := parseHash(encoded)
	return err != nil || h.kind != argon2id || h.cost != c || len(h.salt) < saltLength || len(h.tag) < tagLength
}

// Profile returns kind and cost of encoded, such as "bcrypt:12" or
// "argon2id:64MiB:3:1", or "" if it is corrupt. Hashes of one profile take the
// same time to verify, within an eighth, hashes of two do not: see Hasher.Floor.
// What cannot be a cost of ours is rounded, so that there are few profiles however
// another system varied its numbers.
func Profile(encoded string) string {
	h, err := parseHash(encoded)
	if err != nil {
		return ""
	}
	switch h.kind {
	case argon2id, argon2i, argon2d:
		return string(h.kind) + h.cost.about()
	case plainBcrypt, sha256Bcrypt: // the digest takes no time
		return fmt.Sprintf("bcrypt:%d", h.rounds)
	}
	return fmt.Sprintf("%s:%d", h.kind, about(h.rounds))
}

// about is the cost as String spells it, without the name, and with memory that is no
// number of MiB rounded up.
func (c Cost) about() string {
	if c.MemoryKiB%mib == 0 {
		return strings.TrimPrefix(c.String(), string(argon2id))
	}
	return fmt.Sprintf(":about%dKiB:%d:%d", about(c.MemoryKiB), c.Time, c.Threads)
}

// about rounds iterations up to four significant bits. Some systems vary them from
// one password to the next, and every profile is measured.
func about(iterations uint32) uint32 {
	step := uint32(1) << max(0, bits.Len32(iterations)-4)
	return (iterations + step - 1) / step * step
}

// maxHash is longer than the longest hash within its bounds, in bytes.
const maxHash = 300

// parseHash takes a stored hash apart. Every number is held against its bounds
// before anything is computed: argon2 panics at t=0, and m=4 TiB, a bcrypt cost of
// 31 or 2³¹ iterations in an imported file would stop the server.
func parseHash(encoded string) (storedHash, error) {
	name, _, _ := strings.Cut(strings.TrimPrefix(encoded, "$"), "$")
	var h storedHash
	var err error
	switch {
	case encoded == "":
		err = errors.New("there is none")
	case len(encoded) > maxHash:
		err = errors.New("too long")
	case strings.HasPrefix(encoded, djangoBcrypt):
		h, err = parseDjangoBcrypt(encoded)
	case encoded[0] != '$':
		return h, ErrUnknownKind
	default:
		h, err = parseKind(name, encoded)
	}
	if errors.Is(err, ErrUnknownKind) {
		return storedHash{}, err
	}
	if err != nil {
		return storedHash{}, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return h, nil
}

// parseKind reads a hash by the name between its first two dollar signs.
func parseKind(name, encoded string) (storedHash, error) {
	switch kind(name) {
	case argon2id, argon2i, argon2d:
		return parseArgon2(kind(name), encoded)
	case "2a", "2b", "2y":
		return parseBcrypt(encoded)
	case "bcrypt-sha256":
		return parsePasslibBcrypt(encoded)
	case pbkdf2SHA1, pbkdf2SHA256, pbkdf2SHA512:
		return parsePBKDF2(kind(name), encoded)
	}
	return storedHash{}, ErrUnknownKind
}
