package password

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

// cheap is the least that may be read; it is below what may be configured.
var cheap = Cost{MemoryKiB: minMemory, Time: 1, Threads: 1}

// secretHash is bcrypt of a password at cost 12.
const secretHash = "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW"

// verify reports whether encoded is a hash of password, as a Hasher does in its turn.
func verify(encoded, password string) (bool, error) {
	h, err := parseHash(encoded)
	return err == nil && !h.never(password) && h.match(password), err
}

func TestHashIsSalted(t *testing.T) {
	t.Parallel()
	if a, b := cheap.Hash("x"), cheap.Hash("x"); a == b {
		t.Error("two hashes of one password are equal")
	}
}

// TestVerifyKnownHash holds the argon2id spelling against one made by the
// reference implementation's command: argon2 somesalt -id -t 2 -m 16 -p 1.
func TestVerifyKnownHash(t *testing.T) {
	t.Parallel()
	const encoded = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	if ok, err := verify(encoded, "password"); !ok || err != nil {
		t.Errorf("the reference hash: %v, %v", ok, err)
	}
}

func TestPW03_TheWholePasswordIsVerified(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 80)
	encoded := cheap.Hash(long)
	for _, wrong := range []string{long[:72], long[:79], long[:72] + "yyyyyyyy", long + "x", strings.ToUpper(long), " " + long, long + " ", long + "\x00", ""} {
		if ok, err := verify(encoded, wrong); ok || err != nil {
			t.Errorf("argon2id took %q: %v, %v", wrong, ok, err)
		}
	}
	b, err := bcrypt.GenerateFromPassword([]byte(long[:72]), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := verify(string(b), long[:72]); !ok || err != nil {
		t.Errorf("bcrypt, its own 72 bytes: %v, %v", ok, err)
	}
	if ok, err := verify(string(b), long[:72]+"another tail"); ok || err != nil {
		t.Errorf("bcrypt took 72 bytes and any tail: %v, %v", ok, err)
	}
}

func TestPW15_EmptyNeverMatches(t *testing.T) {
	t.Parallel()
	b, err := bcrypt.GenerateFromPassword(nil, bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	for _, encoded := range []string{string(b), cheap.Hash("")} {
		if ok, err := verify(encoded, ""); ok || err != nil {
			t.Errorf("%.12s…: %v, %v", encoded, ok, err)
		}
	}
	if ok, err := verify("", ""); ok || !errors.Is(err, ErrCorrupt) {
		t.Errorf("no hash: %v, %v", ok, err)
	}
}

func TestPW09_OldHashesVerify(t *testing.T) {
	t.Parallel()
	b, err := bcrypt.GenerateFromPassword([]byte("secret"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"$2a$", "$2b$", "$2y$"} {
		encoded := kind + string(b[4:])
		right, err1 := verify(encoded, "secret")
		wrong, err2 := verify(encoded, "Secret")
		if !right || wrong || err1 != nil || err2 != nil {
			t.Errorf("%s: right %v, %v, wrong %v, %v", kind, right, err1, wrong, err2)
		}
		if !NeedsUpgrade(encoded, cheap) {
			t.Errorf("%s would not be replaced", kind)
		}
	}
	// Made by another implementation, jBCrypt: its test vectors.
	for password, encoded := range map[string]string{
		"a":   "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe",
		"abc": "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i",
	} {
		if ok, err := verify(encoded, password); !ok || err != nil {
			t.Errorf("jBCrypt's %q: %v, %v", password, ok, err)
		}
	}
}

func TestNeedsUpgrade(t *testing.T) {
	t.Parallel()
	encoded := cheap.Hash("x")
	if NeedsUpgrade(encoded, cheap) {
		t.Error("a hash of the current cost would be replaced")
	}
	if !NeedsUpgrade(encoded, MinCost()) {
		t.Error("a hash of another cost would stay")
	}
	shortSalt := cheap.encode(make([]byte, 8), make([]byte, 32))
	shortTag := cheap.encode(make([]byte, 16), make([]byte, 16))
	if !NeedsUpgrade(shortSalt, cheap) || !NeedsUpgrade(shortTag, cheap) {
		t.Error("a short salt or tag would stay")
	}
}

// Not parallel, since memory is counted for the whole program: none of these
// may cost as much as one hash.
func TestPW08_EvilHashesAreCorrupt(t *testing.T) {
	const tail = "$c29tZXNhbHRzb21lc2FsdA$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	evil := []string{
		"", "plaintext", "$", "$$$$$", "$argon2id$", "$argon2$v=19$m=65536,t=3,p=1" + tail, "argon2id$v=19$m=65536,t=3,p=1" + tail,
		"$argon2id$v=16$m=65536,t=3,p=1" + tail, "$argon2id$m=65536,t=3,p=1" + tail, "$argon2id$v=19$m=65536,t=3,p=1$$",
		"$2a$12$", "$2$12$" + secretHash[7:], "$2x$12$" + secretHash[7:], secretHash[:59], secretHash + "a", secretHash[:59] + "!", "$2b$+9$" + secretHash[7:],
		"$2b$03$" + secretHash[7:], "$2b$15$" + secretHash[7:], "$2b$31$" + secretHash[7:], "$2b$99$" + secretHash[7:], "$2b$12a" + secretHash[7:],
	}
	for _, parameters := range []string{
		"m=65536,t=0,p=1", "m=65536,t=3,p=0", "m=4294967295,t=3,p=1", "m=4398046511104,t=3,p=1", "m=8191,t=3,p=1", "m=1048576,t=20,p=1", "m=1048576,t=1,p=1", "m=262145,t=1,p=1", "m=262144,t=4,p=1", "m=65536,t=13,p=1", "m=39936,t=20,p=8", "m=65536,t=21,p=1",
		"m=65536,t=4294967295,p=1", "m=65536,t=3,p=9", "m=65536,t=3,p=256", "m=65536,t=-1,p=1", "m=+65536,t=3,p=1", "m=065536,t=3,p=1", "m=65536,t=3", "t=3,m=65536,p=1",
		"m=65536,t=3,p=1,keyid=x", "m=0x10000,t=3,p=1", "m=65_536,t=3,p=1", " m=65536,t=3,p=1", "m=,t=,p=", "",
	} {
		evil = append(evil, "$argon2id$v=19$"+parameters+tail)
	}
	for _, end := range []string{
		"$c29tZQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "$c29tZXNhbHRzb21lc2FsdA$CTFhFdXP", "$c29tZXNhbHRzb21lc2FsdA==$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$not base64!!$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "$" + strings.Repeat("AAAA", 22) + "$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$c29tZXNhbHRzb21lc2FsdA$" + strings.Repeat("AAAA", 1<<18), tail + "$", tail + "\n",
	} {
		evil = append(evil, "$argon2id$v=19$m=65536,t=3,p=1"+end)
	}
	before := allocated()
	for _, encoded := range evil {
		ok, err := verify(encoded, "secret")
		if ok || !errors.Is(err, ErrCorrupt) || !errors.Is(CheckHash(encoded), ErrCorrupt) || Profile(encoded) != "" {
			t.Errorf("%.60q: %v, %v, want corrupt", encoded, ok, err)
		}
	}
	if spent := allocated() - before; spent > minMemory*1024 {
		t.Errorf("%d bytes of memory for hashes that must not be computed", spent)
	}
}

func TestCheckHashTakesTheBounds(t *testing.T) {
	t.Parallel()
	good := map[string]string{"$2b$04$" + secretHash[7:]: "bcrypt:4", "$2y$14$" + secretHash[7:]: "bcrypt:14"}
	for c, profile := range map[Cost]string{
		cheap: "argon2id:8MiB:1:1", DefaultCost(): "argon2id:64MiB:3:1", {MemoryKiB: 19456 + 1, Time: 2, Threads: 1}: "argon2id:about20480KiB:2:1",
		{MemoryKiB: maxMemory, Time: 3, Threads: maxThreads}: "argon2id:256MiB:3:8", {MemoryKiB: 38 * mib, Time: maxTime, Threads: 1}: "argon2id:38MiB:20:1",
	} {
		good[c.encode(make([]byte, 8), make([]byte, 16))] = profile
		good[c.encode(make([]byte, 64), make([]byte, 64))] = profile
	}
	for encoded, profile := range good {
		if err := CheckHash(encoded); err != nil || Profile(encoded) != profile {
			t.Errorf("%.60q: %v, profile %q, want %q", encoded, err, Profile(encoded), profile)
		}
	}
}

func FuzzParseHash(f *testing.F) {
	f.Add(secretHash)
	f.Add(cheap.encode(make([]byte, 16), make([]byte, 32)))
	f.Add("$argon2id$v=19$m=4398046511104,t=0,p=256$$")
	for _, v := range vectors() {
		f.Add(v.given)
	}
	f.Fuzz(func(t *testing.T, encoded string) {
		h, err := parseHash(encoded)
		if err != nil {
			return
		}
		c := h.cost
		bounded := c.MemoryKiB >= minMemory && c.MemoryKiB <= maxMemory && c.work() <= maxWork && c.Time >= 1 && c.Time <= maxTime && c.Threads >= 1 && c.Threads <= maxThreads
		switch h.kind {
		case argon2id, argon2i, argon2d:
			if !bounded {
				t.Errorf("%q was read as %+v", encoded, h)
			}
		case plainBcrypt, sha256Bcrypt:
			if h.rounds < minBcrypt || h.rounds > maxBcrypt {
				t.Errorf("%q was read as %+v", encoded, h)
			}
		default:
			if h.rounds < minIterations || h.rounds > maxIterations {
				t.Errorf("%q was read as %+v", encoded, h)
			}
		}
		if h.kind == argon2id && c.encode(h.salt, h.tag) != encoded {
			t.Errorf("%q reads like %q", encoded, c.encode(h.salt, h.tag))
		}
		if Profile(encoded) == "" || h.match == nil {
			t.Errorf("%q is read and has no profile or cannot be verified", encoded)
		}
	})
}
