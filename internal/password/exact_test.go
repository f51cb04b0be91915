package password

import (
	"errors"
	"math"
	"strings"
	"testing"
)

// TestPW05_WhatAPieceIsWorth has passwords whose worth is known to the last bit: single characters, numbers, sequences,
// repetitions, years, words and names.
func TestPW05_WhatAPieceIsWorth(t *testing.T) {
	t.Parallel()
	for password, want := range map[string]float64{
		"": 0, "x": bitsLower, "a": bitsLower, "z": bitsLower, "A": bitsUpper, "é": bitsUpper, "!": bitsOther, "7": bitsLower, "9": bitsLower, "0": bitsLower,
		"xx": 2 * bitsLower, "77": 2 * bitsLower, "13": 2 * bitsLower, "135": 3 * bitsDigit, "159": 3 * bitsDigit, "1359": 4 * bitsDigit,
		"x13": 3 * bitsLower, "13x": 3 * bitsLower, "x13q": 4 * bitsLower, "x135q": 2*bitsLower + 3*bitsDigit, "777": 2*bitsDigit + bitsRepeat,
		"aaa": 2*bitsLower + bitsRepeat, "abc": 2*bitsLower + bitsRepeat, "cba": 2*bitsLower + bitsRepeat,
		"ace": 3 * bitsLower, "eca": 3 * bitsLower, "aab": 3 * bitsLower, "abb": 3 * bitsLower,
		"xqxq": 2*bitsLower + bitsRepeat, "1987": bitsYear, "2049": bitsYear, "1887": 3*bitsDigit + bitsDigit, "2185": 4 * bitsDigit,
		"house": bitsWord, "househouse": bitsWord + bitsRepeat, "xqzv": bitsName, "xqzvxqzv": bitsName + bitsRepeat,
	} {
		if got := guessBits(password, []string{"xqzv"}); math.Abs(got-want) > 1e-9 {
			t.Errorf("%q is worth %.1f bits, want %.1f", password, got, want)
		}
	}
	for year, want := range map[string]bool{"1900": true, "1987": true, "2099": true, "1887": false, "2187": false, "198": false, "19871": false, "19x7": false, "198x": false, "x987": false, "": false} {
		if isYear(year) != want {
			t.Errorf("%q is a year: %v", year, !want)
		}
	}
}

// TestPW08_WhatIsToldOfAHash: which hashes are bcrypt's, which are replaced, and how costs are rounded.
func TestPW08_WhatIsToldOfAHash(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 73)
	if PastBcrypt("corrupt", long) || PastBcrypt(cheap.Hash("x"), long) || PastBcrypt(secretHash, long[1:]) || !PastBcrypt(secretHash, long) {
		t.Error("a password is too long for a hash that is none of bcrypt, or not for one")
	}
	if IsBcrypt("corrupt") || IsBcrypt(cheap.Hash("x")) || !IsBcrypt(secretHash) {
		t.Error("a hash is bcrypt's that is not, or the other way round")
	}
	salt, tag := make([]byte, saltLength), make([]byte, tagLength)
	for encoded, want := range map[string]bool{
		"corrupt": true, secretHash: true, cheap.encode(salt, tag): false, cheap.encode(salt[1:], tag): true, cheap.encode(salt, tag[1:]): true,
		cheap.encodeAs(argon2i, salt, tag): true, (Cost{MemoryKiB: cheap.MemoryKiB, Time: cheap.Time + 1, Threads: 1}).encode(salt, tag): true,
	} {
		if NeedsUpgrade(encoded, cheap) != want {
			t.Errorf("%s is replaced: %v", encoded, !want)
		}
	}
	for iterations, want := range map[uint32]uint32{1: 1, 15: 15, 16: 16, 17: 18, 600_000: 655_360, 655_360: 655_360} {
		if got := about(iterations); got != want {
			t.Errorf("about %d is %d, want %d", iterations, got, want)
		}
	}
	if _, err := parseHash("$" + strings.Repeat("x", maxHash-1)); err != ErrUnknownKind {
		t.Errorf("a hash of %d bytes: %v", maxHash, err)
	}
	if _, err := parseHash("$" + strings.Repeat("x", maxHash)); errors.Is(err, ErrUnknownKind) || !strings.Contains(err.Error(), "too long") {
		t.Errorf("a hash of %d bytes: %v", maxHash+1, err)
	}
	if _, err := Imported("pbkdf2_sha256$1$2"); err == nil || !strings.Contains(err.Error(), "not three parts") {
		t.Errorf("two parts of Django's: %v", err)
	}
	if _, err := Imported("pbkdf2_sha256$100000$salt$!!!"); err == nil || !strings.Contains(err.Error(), "key is not base64") {
		t.Errorf("a key of Django's that is no base64: %v", err)
	}
}

// TestPW08_NumbersOfACost: within their bounds, and with words and a kind of error beyond them.
func TestPW08_NumbersOfACost(t *testing.T) {
	t.Parallel()
	for s, c := range map[string]struct {
		want   uint32
		fails  bool
		costly bool
	}{
		"3": {3, false, false}, "3000000000": {3_000_000_000, false, false}, "4294967295": {4_294_967_295, false, false}, "4294967296": {0, true, true}, "99999999999999999999": {0, true, true},
		"2": {0, true, false}, "x": {0, true, false}, "": {0, true, false}, "-3": {0, true, false},
	} {
		if n, err := number(s, 3, math.MaxUint32); n != c.want || (err != nil) != c.fails || errors.Is(err, ErrCostly) != c.costly {
			t.Errorf("%q is %d, %v, want %d, an error: %v, of cost: %v", s, n, err, c.want, c.fails, c.costly)
		}
	}
	if n, err := number("11", 3, 10); n != 0 || !errors.Is(err, ErrCostly) {
		t.Errorf("11 of 10 at most is %d, %v", n, err)
	}
	if _, err := ParseCost("argon2id:256MiB:4:1"); err == nil || !strings.Contains(err.Error(), "is 1024 MiB, and may be 768 at most") {
		t.Errorf("a cost of 1024 MiB: %v", err)
	}
	if s := (Cost{MemoryKiB: 1500, Time: 2, Threads: 1}).String(); s != "argon2id:1500KiB:2:1" {
		t.Error(s)
	}
}

// TestEX02_WhatAHasherMayTake: as many threads as fit, at least one, and a hash that never fits is refused in words.
func TestEX02_WhatAHasherMayTake(t *testing.T) {
	t.Parallel()
	for memory, want := range map[int64]int{0: cores(), 1: 1, cheap.bytes(): 1, 64 * cheap.bytes(): cores()} {
		h := NewHasher(cheap, memory)
		if h.Workers() != want {
			t.Errorf("%d threads in %d bytes, want %d", h.Workers(), memory, want)
		}
		h.Close()
		if _, err := h.Hash(t.Context(), Caller{}, "x"); !errors.Is(err, ErrBusy) {
			t.Errorf("after its end it answered %v", err)
		}
	}
	h, other := newHasher(cheap, nil), newHasher(cheap, nil)
	if string(h.salt) == string(other.salt) || h.most != maxMemory*1024 {
		t.Errorf("two salts are one, or %d bytes are too many", h.most)
	}
	h.most = 32 << 20
	if _, err := h.parse((Cost{MemoryKiB: 64 * mib, Time: 1, Threads: 1}).encode(make([]byte, saltLength), make([]byte, tagLength))); !errors.Is(err, ErrMemory) || !strings.Contains(err.Error(), "64 MiB, where 32 are free") {
		t.Errorf("64 MiB of 32: %v", err)
	}
}

// TestEX02_EachSpellingIsCollected: the garbage of one is gone before the next begins, and the last one's after it.
func TestEX02_EachSpellingIsCollected(t *testing.T) {
	t.Parallel()
	cost := Cost{MemoryKiB: maxLitter / 1024, Time: 1, Threads: 1}
	p := newPool(1, cost.bytes(), never)
	collected := 0
	p.collect = func() { collected++ }
	h := newHasher(cost, p)
	_, err := h.Verify(t.Context(), Caller{}, "", []string{"a", "b", "c"})
	h.Close()
	if err != nil || collected != 3 {
		t.Errorf("%d collections, %v, want 3", collected, err)
	}
}
