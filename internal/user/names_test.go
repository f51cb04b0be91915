package user

import (
	"strings"
	"testing"

	"latchkey/internal/problem"
)

func TestAU07_OneCanonicalForm(t *testing.T) {
	t.Parallel()
	for _, typed := range []string{"bob", "BOB", "Bob", "ｂｏｂ", "ＢＯＢ", " bob ", "\tbob\n", "　bob", "ⓑob"} {
		if got := CanonicalName(typed); got != "bob" {
			t.Errorf("CanonicalName(%q) = %q, want bob", typed, got)
		}
	}
	if CanonicalName("Ada@Example.ORG") != "ada@example.org" {
		t.Error("an address is not lowered")
	}
	if CanonicalName("℡") != "tel" {
		t.Error("what NFKC makes is not lowered")
	}
	if CanonicalName("e\u0301") != CanonicalName("É") {
		t.Error("composed and decomposed differ")
	}
	if CanonicalName("аdmin") == "admin" {
		t.Error("a Cyrillic letter became a Latin one")
	}
}

func FuzzCanonicalName(f *testing.F) {
	for _, seed := range []string{"", "Bob", "ＢＯＢ", "İ", "\xff", "℡", " \u00a8a", "Σ\u0345", strings.Repeat("\u0301", 40)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		once := CanonicalName(typed)
		if twice := CanonicalName(once); twice != once {
			t.Errorf("CanonicalName(%q) = %q, and of that %q", typed, once, twice)
		}
		if name, err := CheckUsername(typed); err == nil && name != CanonicalName(typed) {
			t.Errorf("stored as %q, looked up as %q", name, CanonicalName(typed))
		}
		if _, canonical, err := CheckEmail(typed); err == nil && canonical != CanonicalName(typed) {
			t.Errorf("stored as %q, looked up as %q", canonical, CanonicalName(typed))
		}
	})
}

func TestAU08_UsernameIsPlainASCII(t *testing.T) {
	t.Parallel()
	good := map[string]string{
		"ada": "ada", "ADA": "ada", "a1": "a1", "bob.disabled": "bob.disabled", "a-b_c.d": "a-b_c.d",
		"7up": "7up", "admin": "admin", strings.Repeat("a", 64): strings.Repeat("a", 64),
	}
	for typed, want := range good {
		if got, err := CheckUsername(typed); err != nil || got != want {
			t.Errorf("CheckUsername(%q) = %q, %v, want %q", typed, got, err, want)
		}
	}
	bad := []string{
		"", "a", strings.Repeat("a", 65), "аdmin", "admin\u200b", "admin ", " admin", "ad min", "ａdmin", "12345",
		"ada@example.org", "a\x00b", "a\nb", "a/b", "\xff\xfe", "é-clair", "\u212aelvin", "root", "ROOT", "latchkey", "new", "bulk",
	}
	for _, typed := range bad {
		got, err := CheckUsername(typed)
		if p := problem.As(err); p == nil || p.Field != "username" || p.Kind != problem.Invalid || got != "" {
			t.Errorf("CheckUsername(%q) = %q, %v, want a problem with the field", typed, got, err)
		}
	}
}

// TestAU08_NamesThatLookLikeSomethingElse: flags, folders, ends of sentences, the program
// and those who speak for it.
func TestAU08_NamesThatLookLikeSomethingElse(t *testing.T) {
	t.Parallel()
	for words, names := range map[string]string{
		"start and end with a letter": ".. -- __ --help -h -x .ada ada. _ada ada_ -ada ada- .well-known a. .a admin. admin- support. ...  .-. 1- -1 root. --version",
		"two dots":                    "a..b ada..lovelace 1..2",
		"is reserved. Choose": "root system server latchkey latch-key Latchkey LATCH.KEY cli nobody anonymous unknown new import bulk export explain edit " +
			"mailer-daemon null none me self true every-body",
		"official account": "support Support SUPPORT sup-port s.u.p.p.o.r.t administrator Administrators postmaster abuse security noreply no-reply no.reply " +
			"do_not_reply help help-desk helpdesk webmaster hostmaster noc billing info team staff it it-support ssl-admin sysadmin moderator",
	} {
		for _, name := range strings.Fields(names) {
			got, err := CheckUsername(name)
			if p := problem.As(err); p == nil || p.Field != "username" || got != "" || !strings.Contains(p.Message, words) {
				t.Errorf("CheckUsername(%q) = %q, %v, want %q", name, got, err, words)
			}
			got, err = CheckOfficialUsername(name)
			if official := words == "official account"; (err == nil) != official || official && got != strings.ToLower(name) {
				t.Errorf("CheckOfficialUsername(%q) = %q, %v", name, got, err)
			}
			if _, err := CheckSpelling(name); err != nil {
				t.Errorf("a user who has the name %q already is not told by it: %v", name, err)
			}
		}
	}
	for _, name := range strings.Fields("admin ada.lovelace a-b a--b a__b support1 supporter helper news1 newton rooty it1 itsme info2 a.b-c_d 0x 7-7a johndoe") {
		if got, err := CheckUsername(name); err != nil || got != name {
			t.Errorf("CheckUsername(%q) = %q, %v", name, got, err)
		}
	}
}

func TestSortKey(t *testing.T) {
	t.Parallel()
	if got := SortKey("Ålice  B", "x"); got != "ålice  b" {
		t.Errorf("by name: %q", got)
	}
	if got := SortKey("", "ada"); got != "ada" {
		t.Errorf("without a name: %q", got)
	}
}

func TestParseRole(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"user", "admin"} {
		if role, err := ParseRole(name); err != nil || string(role) != name {
			t.Errorf("ParseRole(%q) = %q, %v", name, role, err)
		}
	}
	for _, name := range []string{"", "Admin", "moderator", "admin "} {
		role, err := ParseRole(name)
		if p := problem.As(err); p == nil || p.Field != "role" || role != "" {
			t.Errorf("ParseRole(%q) = %q, %v, want a problem", name, role, err)
		}
	}
}
