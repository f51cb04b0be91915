package mail

import (
	"strings"
	"testing"
)

func TestMA06_Clean(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "  Ada\t L ": "Ada L", "A\r\nB\vC\x00D\u0085E": "A B C D E", "A\u2028B\u2029C\u00a0D": "A B C D",
		"A\xffB\ufffdC": "ABC", "\u202eA\u200bB\u2066C\ue000": "ABC", "e\u0301": "é",
		"12345678901": "123456789…", "1234567890": "1234567890", "12345678 ABC": "12345678…",
		strings.Repeat("\u200b", 1000) + "far behind": "",
	} {
		if got := clean(text, 10); got != want {
			t.Errorf("%.40q became %q, want %q", text, got, want)
		}
	}
}

func TestMA06_QuotedLeavesLinksOut(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Phone": "“Phone”", "": "", "My “new” phone": "“My 'new' phone”", "v2.0, e.g. at work (a.m.)": "“v2.0, e.g. at work (a.m.)”",
		"see evil.example": "", "see EVIL.EXAMPLE": "", "see evil。example": "", "see ｅｖｉｌ．ｅｘ": "", "x@localhost": "", "x＠localhost": "",
		"https://1.2.3.4": "", "www.1": "", "mailto:x": "", "evil\u200b.example": "",
	} {
		if got := quoted(text, 60); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func TestMA01_Absolute(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/reset/Ab-_1?x=%20&y": "https://login.example/reset/Ab-_1?x=%20&y", "": "https://login.example/", "reset": "https://login.example/",
		"/a b": "https://login.example/", "/a\n": "https://login.example/", "/a\"": "https://login.example/", "/a<": "https://login.example/",
		"@evil.example": "https://login.example/", "//evil.example": "https://login.example//evil.example",
	} {
		for _, base := range []string{"https://login.example", "https://login.example/"} {
			if got := absolute(base, path); got != want {
				t.Errorf("%q became %q, want %q", path, got, want)
			}
		}
	}
}

func TestMA06_Numbers(t *testing.T) {
	t.Parallel()
	for ip, want := range map[string]string{"": "", "evil": "", "192.0.2.7": "192.0.2.7", "2001:DB8::1%eth0": "2001:db8::1"} {
		if got := numbers(ip); got != want {
			t.Errorf("%q became %q, want %q", ip, got, want)
		}
	}
}
