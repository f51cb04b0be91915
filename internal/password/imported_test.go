package password

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"
)

// vector is a hash made by another program.
type vector struct {
	name, given string
	// stored is what Imported makes of it, "" for the same.
	stored, profile string
	long            bool // of 100 letters x, not of the phrase
}

// phrase is the password of the vectors; NFC, with a letter of two bytes.
const phrase = "correct horse b\u00e2ttery"

// vectors were made with Debian 12's python3-passlib 1.7.4, python3-django 3.2.25,
// python3-bcrypt 3.2.2 and python3-argon2 21.1.0. Django's are the encode methods of
// django.contrib.auth.hashers, with iterations, rounds or memory_cost lowered in a
// subclass where the hash is not "as it comes":
//
//	PBKDF2PasswordHasher().encode(phrase, "NaClNaClNaCl", 1000)
//	passlib.hash.pbkdf2_sha256.using(rounds=1000).hash(phrase)
//	passlib.hash.bcrypt_sha256.using(rounds=4, version=1).hash(phrase)
//	passlib.hash.argon2.using(type="I", memory_cost=8192, time_cost=1, parallelism=2).hash(phrase)
func vectors() []vector {
	return []vector{
		{"Django PBKDF2, as it comes", "pbkdf2_sha256$260000$saltsaltsalt$SqQeIAiDgbGcHs5AlKHM4lDlm90TQpmElZusRZF/1OU=",
			"$pbkdf2-sha256$260000$c2FsdHNhbHRzYWx0$SqQeIAiDgbGcHs5AlKHM4lDlm90TQpmElZusRZF/1OU", "pbkdf2-sha256:262144", false},
		{"Django PBKDF2", "pbkdf2_sha256$1000$NaClNaClNaCl$ZJzr3wA3Fcul9fiymjYpdJs87e1ehd/Bjytxhx0GYYU=",
			"$pbkdf2-sha256$1000$TmFDbE5hQ2xOYUNs$ZJzr3wA3Fcul9fiymjYpdJs87e1ehd/Bjytxhx0GYYU", "pbkdf2-sha256:1024", false},
		{"Django PBKDF2 SHA-1", "pbkdf2_sha1$1000$NaClNaClNaCl$FLBmEYmf3BS0tUuZ5h6hC34ep28=",
			"$pbkdf2$1000$TmFDbE5hQ2xOYUNs$FLBmEYmf3BS0tUuZ5h6hC34ep28", "pbkdf2:1024", false},
		{"Django Argon2, as it comes", "argon2$argon2id$v=19$m=102400,t=2,p=8$c2FsdHNhbHRzYWx0$cU/UWs7AfOYyz01eQ27VsQ",
			"$argon2id$v=19$m=102400,t=2,p=8$c2FsdHNhbHRzYWx0$cU/UWs7AfOYyz01eQ27VsQ", "argon2id:100MiB:2:8", false},
		{"Django Argon2", "argon2$argon2id$v=19$m=8192,t=1,p=2$c2FsdHNhbHRzYWx0$HbruDFg1ODRir93tsMPPFA",
			"$argon2id$v=19$m=8192,t=1,p=2$c2FsdHNhbHRzYWx0$HbruDFg1ODRir93tsMPPFA", "argon2id:8MiB:1:2", false},
		{"Django bcrypt of SHA-256", "bcrypt_sha256$$2b$04$beivlKElmLrwR.RFHzrgNuDGz9XBBEN.MV/T2PK6e8P861i0Wy/Y6", "", "bcrypt:4", false},
		{"Django bcrypt of SHA-256, long", "bcrypt_sha256$$2b$04$vZQmIBwzkaWhI7/HSy6Yk.xoEu7e0StFyW7/frRrdp7SqSYDbOSFy", "", "bcrypt:4", true},
		{"Django bcrypt", "bcrypt$$2b$04$.t4PpC/ZX0zc/ePtQRlvnuHF8aUnWJGM9zeipSl/89lq00KFLpqay",
			"$2b$04$.t4PpC/ZX0zc/ePtQRlvnuHF8aUnWJGM9zeipSl/89lq00KFLpqay", "bcrypt:4", false},
		{"passlib PBKDF2 SHA-1", "$pbkdf2$1000$1zpHKKUUQojR2tubs9Z6Tw$rH4l2Qy2hKQX5kHHsbzjbwauL14", "", "pbkdf2:1024", false},
		{"passlib PBKDF2 SHA-256", "$pbkdf2-sha256$1000$KUWI0ZrzPkdIybmXUiqlNA$kcgLVU/MR..kQkBOASbEdKEXb6xR8d7SUYKgnJ4S27U", "", "pbkdf2-sha256:1024", false},
		{"passlib PBKDF2 SHA-512", "$pbkdf2-sha512$1000$/r.3ltI6ZyxlDIHwfg.h9A$qm4sbJYaXkuXhGLcZx5TX9dvJiP7jZCtEnUR.aC0fDNSSyCqtmxbnkZDsAcEQ1flazWadtsx0KohwE10RjgJYg", "", "pbkdf2-sha512:1024", false},
		{"passlib PBKDF2 SHA-1, as it comes", "$pbkdf2$131000$REjpfc8ZA6DUutcaA8DY.w$Y1PyZgqvQqcupPkbOrnnqA9J758", "", "pbkdf2:131072", false},
		{"passlib PBKDF2 SHA-256, as it comes", "$pbkdf2-sha256$29000$GIOQ8j4n5JyzVqp1jhFiLA$DIgT90Pd53m5dLGOsMZPvq9Ddu4ttn/WbGowmGeGMJI", "", "pbkdf2-sha256:30720", false},
		{"passlib PBKDF2 SHA-512, as it comes", "$pbkdf2-sha512$25000$TSlFaA0hRGiNEYJwznkPIQ$npwRCsudmgR/wnneU73DI4sfXZFxwUv1oCVQUz44wxuQXjfrFuTvvT7kAJQWwlFW2lWDQHTRt03XJAHyN0PxCg", "", "pbkdf2-sha512:26624", false},
		{"passlib bcrypt", "$2b$04$qRA8I5JlT2cIJwTDuCIbteSnMH/3cXFnTO04bZYNEd0KsfPdyJA3u", "", "bcrypt:4", false},
		{"passlib bcrypt of SHA-256", "$bcrypt-sha256$v=2,t=2b,r=4$trGZhzdS2iE8wmEITByFAu$2kLJLzKEqYAf1rxSAndYlmK5Z8uKZA2", "", "bcrypt:4", false},
		{"passlib bcrypt of SHA-256, long", "$bcrypt-sha256$v=2,t=2b,r=4$0Om3jCuraDsmK/5uWHQaXe$7qJYiq/nPhsrw7M50o0s7ypmzRU0ACa", "", "bcrypt:4", true},
		{"passlib bcrypt of SHA-256, version 1", "$bcrypt-sha256$2b,4$YafUPqOmgiy4Vp87nEWxOe$cVxc6ESOpEB966LxWY1e/dk8SBXzyYO", "", "bcrypt:4", false},
		{"passlib bcrypt of SHA-256, version 1, long", "$bcrypt-sha256$2b,4$/d/ckYE2u8uh.Ci8tkN5Pe$YyNVRDRbY5dgAHAcYG3opkVkRBRNgkC", "", "bcrypt:4", true},
		{"passlib bcrypt of SHA-256, version 1, 2a", "$bcrypt-sha256$2a,4$nsa7shF5d9qc1UyX54FtI.$hruzFubxBuZVJK7gnbZhDulJ9Qfs9Xm", "", "bcrypt:4", false},
		{"passlib Argon2id", "$argon2id$v=19$m=8192,t=1,p=2$5rxXyjkn5ByjNAbAWIsRAg$8VA4pUoWrl0ZgPGkQLQpLQ", "", "argon2id:8MiB:1:2", false},
		{"passlib Argon2i", "$argon2i$v=19$m=8192,t=1,p=2$yTkHQMi517oXQqgVQigFIA$DluzFDWtA7LT0vnn+dw1rA", "", "argon2i:8MiB:1:2", false},
		{"passlib Argon2d", "$argon2d$v=19$m=8192,t=1,p=2$ee/9H6O0NiYkpDRm7H2PEQ$P/V6pQ0oEAZcF4F3/XT/jQ", "", "argon2d:8MiB:1:2", false},
		{"passlib Argon2id, as it comes", "$argon2id$v=19$m=102400,t=2,p=8$a6211jrn/B/j/B+jlPL+vw$XfxwlXQcPQZNZJnAGgiCAA", "", "argon2id:100MiB:2:8", false},
	}
}

// password is what the vector is a hash of.
func (v vector) password() string {
	if v.long {
		return strings.Repeat("x", 100)
	}
	return phrase
}

func TestPW09_HashesOfOtherSystemsVerify(t *testing.T) {
	t.Parallel()
	for _, v := range vectors() {
		want := v.stored
		if want == "" {
			want = v.given
		}
		stored, err := Imported(v.given)
		if err != nil || stored != want {
			t.Errorf("%s: stored as %q, %v, want %q", v.name, stored, err, want)
			continue
		}
		if again, err := Imported(stored); err != nil || again != stored {
			t.Errorf("%s: the stored form is imported as %q, %v", v.name, again, err)
		}
		if got := Profile(stored); got != v.profile {
			t.Errorf("%s: profile %q, want %q", v.name, got, v.profile)
		}
		if right, err := verify(stored, v.password()); !right || err != nil {
			t.Errorf("%s: its password: %v, %v", v.name, right, err)
		}
		for _, wrong := range []string{"", "x", strings.ToUpper(v.password()), v.password() + " ", v.password()[:len(v.password())-1], v.password() + "\x00"} {
			if ok, err := verify(stored, wrong); ok || err != nil {
				t.Errorf("%s takes %q: %v, %v", v.name, wrong, ok, err)
			}
		}
		if !NeedsUpgrade(stored, DefaultCost()) {
			t.Errorf("%s would stay after a sign-in", v.name)
		}
	}
}

// TestPW03_DigestsBeforeBcryptSeeAllOfIt holds that only plain bcrypt is bounded
// to 72 bytes.
func TestPW03_DigestsBeforeBcryptSeeAllOfIt(t *testing.T) {
	t.Parallel()
	for _, v := range vectors() {
		if !v.long {
			continue
		}
		for _, wrong := range []string{strings.Repeat("x", 72), strings.Repeat("x", 72) + strings.Repeat("y", 28), strings.Repeat("x", 101)} {
			if ok, err := verify(v.given, wrong); ok || err != nil {
				t.Errorf("%s takes %d other bytes: %v, %v", v.name, len(wrong), ok, err)
			}
		}
	}
	stored, err := Imported("bcrypt$$2b$04$.t4PpC/ZX0zc/ePtQRlvnuHF8aUnWJGM9zeipSl/89lq00KFLpqay")
	if h, _ := parseHash(stored); err != nil || !h.tooLong(strings.Repeat("x", 73)) || h.tooLong(strings.Repeat("x", 72)) {
		t.Error("Django's plain bcrypt is not bounded to 72 bytes")
	}
}

// evilImports must be refused, and quickly.
func evilImports() []string {
	const (
		tail   = "$c2FsdHNhbHRzYWx0$SqQeIAiDgbGcHs5AlKHM4lDlm90TQpmElZusRZF/1OU"
		salt22 = "trGZhzdS2iE8wmEITByFAu"
		tag31  = "2kLJLzKEqYAf1rxSAndYlmK5Z8uKZA2"
	)
	evil := []string{
		"", "$", "hunter2", "!9Xk", "bcrypt$", "argon2$", "pbkdf2_sha256$", "bcrypt_sha256$", "pbkdf2_sha256$$$", "pbkdf2_sha256$$$$",
		"md5$salt$0123456789abcdef0123456789abcdef", "sha1$a$b", "scrypt$16384$salt$8$1$x", "$1$salt$x", "$6$rounds=656000$salt$x", "{SSHA}x", "$pbkdf2-md5$1000" + tail, "$pbkdf2-sha224$1000" + tail,
		"bcrypt$bcrypt$$2b$04$" + strings.Repeat("a", 53), "argon2$argon2$argon2id$v=19$m=65536,t=3,p=1" + tail, "bcrypt_sha256$$2b$15$" + strings.Repeat("a", 53),
		"bcrypt_sha256$$2b$31$" + strings.Repeat("a", 53), "bcrypt_sha256$$2x$12$" + strings.Repeat("a", 53), "bcrypt_sha256$$2b$12$" + strings.Repeat("a", 52), "bcrypt_sha256$$2b$12$" + strings.Repeat("a", 52) + "\n",
		"pbkdf2_sha256$1000$NaClNaClNaCl$ZJzr3wA3Fcul9fiymjYpdJs87e1ehd/Bjytxhx0GYYU", "pbkdf2_sha256$1000$NaCl$ZJzr3wA3Fcul9fiymjYpdJs87e1ehd/Bjytxhx0GYYU=", "pbkdf2_sha256$1000$NaClNaClNaCl$ZJzr3wA3Fcul9fiymjYp\ndJs87e1ehd/Bjytxhx0GYYU=",
		"pbkdf2_sha256$1000$" + strings.Repeat("s", 65) + "$ZJzr3wA3Fcul9fiymjYpdJs87e1ehd/Bjytxhx0GYYU=", "pbkdf2_sha256$1000$NaClNaClNaCl$AAAA", "pbkdf2_sha256$1000$NaClNaClNaCl$" + strings.Repeat("A", 88) + "=", "pbkdf2_sha256$1000$NaClNaClNaCl$" + strings.Repeat("A", 1<<20),
		"$pbkdf2$1000$c2FsdHNhbHRzYWx0$SqQeIAiDgbGcHs5AlKHM4lDlm90TQpmElZusRZF/1OU", // 32 bytes of SHA-1 are two blocks
		"$pbkdf2-sha256$1000$c2FsdHNhbHRzYWx0$SqQeIAiDgbGcHs5AlKHM4lDlm90TQpmElZusRZF+1OU",
		"$argon2i$v=16$m=8192,t=1,p=2" + tail, "$argon2i$v=19$m=512,t=2,p=2" + tail, "$argon2d$v=19$m=4294967295,t=1,p=1" + tail, "$argon2i$v=19$m=8192,t=0,p=1" + tail, "$argon2d$v=19$m=8192,t=1,p=0" + tail,
		"$argon2d$v=19$m=262144,t=20,p=1" + tail, "$argon2i$v=19$m=786433,t=1,p=1" + tail, "argon2$argon2id$v=19$m=262144,t=20,p=1" + tail,
	}
	for _, n := range []string{"0", "1", "999", "2000001", "2147483648", "4294967296", "18446744073709551616", "-1", "+1000", "01000", "1e3", "0x400", " 1000", "1000 ", "", "1_000"} {
		evil = append(evil, "$pbkdf2-sha256$"+n+tail, "$pbkdf2-sha512$"+n+tail, "$pbkdf2$"+n+"$c2FsdHNhbHRzYWx0$FLBmEYmf3BS0tUuZ5h6hC34ep28", "pbkdf2_sha256$"+n+"$NaClNaClNaCl$ZJzr3wA3Fcul9fiymjYpdJs87e1ehd/Bjytxhx0GYYU=", "pbkdf2_sha1$"+n+"$NaClNaClNaCl$FLBmEYmf3BS0tUuZ5h6hC34ep28=")
	}
	for _, options := range []string{"v=2,t=2b,r=3", "v=2,t=2b,r=15", "v=2,t=2b,r=31", "v=2,t=2b,r=04", "v=2,t=2b,r=", "v=2,t=2b", "v=3,t=2b,r=4", "v=2,t=2x,r=4", "v=2,t=2a,r=4", "t=2b,v=2,r=4", "v=2,t=2b,r=4,r=31", "2b,3", "2b,15", "2b,31", "2x,4", "2b", "2b,", ",4", "2b,4,4", "2b,+4", "2b$4,4"} {
		evil = append(evil, "$bcrypt-sha256$"+options+"$"+salt22+"$"+tag31)
	}
	for _, end := range []string{salt22 + "$" + tag31[1:], salt22[1:] + "$" + tag31, salt22 + "$" + tag31 + "a", salt22 + "$" + tag31[1:] + "!", salt22[1:] + "\n$" + tag31, salt22} {
		evil = append(evil, "$bcrypt-sha256$v=2,t=2b,r=4$"+end, "$bcrypt-sha256$2b,4$"+end)
	}
	return evil
}

// Not parallel: memory and time are of the whole program. None of these may cost as
// much as one hash.
func TestPW08_EvilImportsAreRefused(t *testing.T) {
	before, begin := allocated(), worked(t)
	for _, given := range evilImports() {
		if stored, err := Imported(given); err == nil || stored != "" || !errors.Is(err, ErrCorrupt) {
			t.Errorf("%.60q is stored as %q, %v", given, stored, err)
		}
		if ok, err := verify(given, phrase); ok || !errors.Is(err, ErrCorrupt) {
			t.Errorf("%.60q: verified, %v, %v", given, ok, err)
		}
	}
	if spent, took := allocated()-before, worked(t)-begin; spent > 4*minMemory*1024 || took > time.Second {
		t.Errorf("%d bytes and %v for hashes that must not be computed", spent, took)
	}
}

// worked is how long a processor was at work for this program.
func worked(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func TestImportedTellsUnknownFromBroken(t *testing.T) {
	t.Parallel()
	for given, unknown := range map[string]bool{
		"hunter2": true, "md5$salt$x": true, "$6$salt$x": true, "$scrypt$ln=16,r=8,p=1$x$y": true, "!": true, "$2$12$x": true,
		"": false, "$2b$12$x": false, "$pbkdf2-sha256$2147483648$c2FsdHNhbHRzYWx0$x": false, "pbkdf2_sha256$x": false, "bcrypt_sha256$x": false,
	} {
		if _, err := Imported(given); errors.Is(err, ErrUnknownKind) != unknown {
			t.Errorf("%q: %v, want of unknown kind %v", given, err, unknown)
		}
	}
}

// TestAU06_JitteredIterationsShareAProfile holds that a system which varies the
// iterations, as passlib did, does not make one profile for each user.
func TestAU06_JitteredIterationsShareAProfile(t *testing.T) {
	t.Parallel()
	seen := map[uint32]bool{}
	for n := uint32(minIterations); n <= maxIterations; n++ {
		rounded := about(n)
		if rounded < n || rounded > n+n/8+1 {
			t.Fatalf("%d iterations count as %d", n, rounded)
		}
		seen[rounded] = true
	}
	if len(seen) > 100 {
		t.Errorf("%d profiles", len(seen))
	}
}

// TestAU05_EqualWorkForImportedKinds holds that a corrupt one costs a dummy.
func TestAU05_EqualWorkForImportedKinds(t *testing.T) {
	h := cheapHasher(t)
	before := allocated()
	match, err := h.Verify(context.Background(), Caller{}, "$pbkdf2-sha256$2147483648$c2FsdHNhbHRzYWx0$SqQeIAiDgbGcHs5AlKHM4lDlm90TQpmElZusRZF/1OU", []string{phrase})
	if match != NoMatch || !errors.Is(err, ErrCorrupt) || allocated()-before < uint64(cheap.MemoryKiB)*1024 {
		t.Errorf("%v, %v, %d bytes of work", match, err, allocated()-before)
	}
}

func BenchmarkImported(b *testing.B) {
	for _, v := range []string{"$pbkdf2$2000000$c2FsdHNhbHRzYWx0$FLBmEYmf3BS0tUuZ5h6hC34ep28", "$pbkdf2-sha256$2000000$c2FsdHNhbHRzYWx0$SqQeIAiDgbGcHs5AlKHM4lDlm90TQpmElZusRZF/1OU", "$pbkdf2-sha512$2000000$TSlFaA0hRGiNEYJwznkPIQ$npwRCsudmgR/wnneU73DI4sfXZFxwUv1oCVQUz44wxuQXjfrFuTvvT7kAJQWwlFW2lWDQHTRt03XJAHyN0PxCg"} {
		b.Run(v[:15], func(b *testing.B) {
			for b.Loop() {
				verify(v, phrase)
			}
		})
	}
}
