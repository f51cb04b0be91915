package user

import (
	netmail "net/mail"
	"strings"
	"testing"
)

// FuzzMA02_CheckEmail: an address that is taken is one bare address, also for the library
// that reads headers, and is the same when it is read once more.
func FuzzMA02_CheckEmail(f *testing.F) {
	for _, a := range []string{"a@b.example", " A@B.example ", "a@b@c", "a@b\r\nBcc: c@d", "\"a\"@b", "a <b@c>", "a@b,c@d", "é@bücher.example", "ａ＠ｂ.example", "a@-b", "a..b@c", "a@b.", "%0a@b", strings.Repeat("a", 65) + "@b"} {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		address, key, err := CheckEmail(typed)
		if err != nil || address == "" {
			if address != "" || key != "" {
				t.Errorf("%q is refused and is %q, %q", typed, address, key)
			}
			return
		}
		again, sameKey, err := CheckEmail(address)
		if again != address || sameKey != key || err != nil {
			t.Errorf("%q is %q, and then %q: %v", typed, address, again, err)
		}
		if of, alsoKey, err := CheckEmail(key); of != key || alsoKey != key || err != nil {
			t.Errorf("the canonical form of %q is %q, and of that %q, %q: %v", typed, key, of, alsoKey, err)
		}
		if strings.Count(address, "@") != 1 || strings.ContainsAny(address, " \t\r\n,;:<>()[]\\\"") {
			t.Errorf("%q is %q", typed, address)
		}
		if parsed, err := netmail.ParseAddress(address); err != nil || parsed.Address != address || parsed.Name != "" {
			t.Errorf("%q is %q, which a mail library reads as %+v, %v", typed, address, parsed, err)
		}
	})
}

// FuzzAU08_CheckUsername: a name that is taken is plain, is its own canonical form, and is no
// address.
func FuzzAU08_CheckUsername(f *testing.F) {
	for _, n := range []string{"ada", "ADA", "аda", "a", "1234", "a..b", "-h", "admin", "ada@b", "ada\u200b", "ａda", "new", strings.Repeat("a", 65), "İx", "\u212a.k"} {
		f.Add(n)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		name, err := CheckUsername(typed)
		if err != nil {
			return
		}
		if again, err := CheckUsername(name); again != name || err != nil || CanonicalName(typed) != name || CanonicalName(name) != name {
			t.Errorf("%q is %q, and then %q (%v); canonical %q", typed, name, again, err, CanonicalName(typed))
		}
		if len(name) < 2 || len(name) > 64 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") != "" || name[0] == '-' || name[0] == '.' {
			t.Errorf("%q is %q", typed, name)
		}
	})
}
