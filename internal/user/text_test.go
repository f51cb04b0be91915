package user

import (
	"strings"
	"testing"

	"latchkey/internal/problem"
)

func TestCheckEmail(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ typed, address, canonical string }{
		{"", "", ""},
		{"  ", "", ""},
		{"ada@example.org", "ada@example.org", "ada@example.org"},
		{" Ada.L+x@Example.ORG ", "Ada.L+x@Example.ORG", "ada.l+x@example.org"},
		{"root@localhost", "root@localhost", "root@localhost"},
		{"o'brien@a-b.example", "o'brien@a-b.example", "o'brien@a-b.example"},
		{"Ｊörg@bücher.example", "Ｊörg@bücher.example", "jörg@bücher.example"},
		{strings.Repeat("a", 64) + "@example.org", strings.Repeat("a", 64) + "@example.org", strings.Repeat("a", 64) + "@example.org"},
	} {
		address, canonical, err := CheckEmail(c.typed)
		if err != nil || address != c.address || canonical != c.canonical {
			t.Errorf("CheckEmail(%q) = %q, %q, %v", c.typed, address, canonical, err)
		}
	}
}

func TestMA06_OneBareAddressOnly(t *testing.T) {
	t.Parallel()
	label := strings.Repeat("d", 63) + "."
	for _, typed := range []string{
		"ada", "@example.org", "ada@", "a@b@c", "ada@example..org", "ada@.org", "ada@-x.org", "ada@x-.org", ".ada@x.org", "ada.@x.org", "a..b@x.org",
		"Ada <ada@example.org>", "<ada@example.org>", "ada@example.org, eve@example.org", "ada@example.org;eve@example.org", "ada@example.org eve@example.org",
		"ada@example.org\r\nBcc: eve@example.org", "ada\n@example.org", "ada@exam\x00ple.org", `"ada eve"@example.org`, "ada(x)@example.org", "ada@[127.0.0.1]",
		"ada@example.org%0d", "ada\u202e@example.org", "ada\u200b@example.org", "eve＠x@example.org", "ﷺ@example.org", "eve①@example.org", "ada@exa．．mple.org", "\xff@example.org",
		strings.Repeat("a", 65) + "@example.org", "ada@" + strings.Repeat("d", 64) + ".org", "ada@" + label + label + label + strings.Repeat("d", 60),
		"ada@" + strings.Repeat(strings.Repeat("\u0958", 10)+".", 5) + "org", // longer in NFC
	} {
		address, canonical, err := CheckEmail(typed)
		p := problem.As(err)
		if p == nil || p.Field != "email" || p.Message != "Enter an email address in the correct format, like name@example.com" || address+canonical != "" {
			t.Errorf("CheckEmail(%q) = %q, %q, %v, want a problem with the field", typed, address, canonical, err)
		}
	}
}

func TestCheckName(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"": "", "  ": "", " Ada Lovelace ": "Ada Lovelace", `Carol "Née" O'Brien <b>`: `Carol "Née" O'Brien <b>`,
		"e\u0301": "é", "王": "王", "👩‍🚀": "👩‍🚀", strings.Repeat("é", 100): strings.Repeat("é", 100),
	} {
		if got, err := CheckName(typed); err != nil || got != want {
			t.Errorf("CheckName(%q) = %q, %v, want %q", typed, got, err, want)
		}
	}
	for _, typed := range []string{
		strings.Repeat("é", 101), "a\x00b", "a\nb", "a\x7f", "a\u0085b", "\u202eevil", "a\u2066b", "a\u200fb", "a\u061cb", "a\u2028b", "\xff", "\u200b\u200d", "\u3164", "\u2800",
	} {
		got, err := CheckName(typed)
		if p := problem.As(err); p == nil || p.Field != "name" || got != "" {
			t.Errorf("CheckName(%q) = %q, %v, want a problem with the field", typed, got, err)
		}
	}
}

func TestCheckLabelAndReason(t *testing.T) {
	t.Parallel()
	if got, err := CheckLabel(" Phone "); err != nil || got != "Phone" {
		t.Errorf("CheckLabel = %q, %v", got, err)
	}
	if got, err := CheckReason("lost phone,\r\ncalled\tback\nat noon"); err != nil || got != "lost phone, called back at noon" {
		t.Errorf("CheckReason = %q, %v", got, err)
	}
	_, noLabel := CheckLabel(" ")
	_, longLabel := CheckLabel(strings.Repeat("x", 51))
	_, noReason := CheckReason("\r\n")
	_, longReason := CheckReason(strings.Repeat("x", 501))
	_, badReason := CheckReason("a\x1b[31m")
	for i, err := range []error{noLabel, longLabel, noReason, longReason, badReason} {
		want := "label"
		if i > 1 {
			want = "reason"
		}
		if p := problem.As(err); p == nil || p.Field != want {
			t.Errorf("case %d: %v, want a problem with the field %s", i, err, want)
		}
	}
	if _, err := CheckReason(strings.Repeat("é", 500)); err != nil {
		t.Errorf("500 code points: %v", err)
	}
}
