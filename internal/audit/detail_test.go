package audit

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDetailsComeBack(t *testing.T) {
	t.Parallel()
	tests := []struct {
		details []Detail
		text    string
	}{
		{nil, `[]`},
		{[]Detail{{Name: "role", Before: "user", After: "admin"}}, `[{"name":"role","before":"user","after":"admin"}]`},
		{[]Detail{{Name: "count", After: "3"}, {Name: "email", Before: "x"}}, `[{"name":"count","after":"3"},{"name":"email","before":"x"}]`},
		{[]Detail{{Name: "line\nbreak"}}, `[{"name":"line\nbreak"}]`},
	}
	for _, test := range tests {
		text := EncodeDetails(test.details)
		if text != test.text {
			t.Errorf("EncodeDetails = %s, want %s", text, test.text)
		}
		details, err := DecodeDetails(text)
		if diff := cmp.Diff(test.details, details); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", text, err, diff)
		}
	}
	if got := EncodeDetails([]Detail{}); got != "[]" {
		t.Errorf("EncodeDetails of an empty list = %s", got)
	}
}

func TestLO03_DetailsHaveOneSpelling(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		``, `null`, `{}`, `[] `, `[{}]`, `["a"]`, `[{"Name":"a"}]`, `[{"name":"a","more":"b"}]`, `[{"name":"a","name":"a"}]`,
		`[ {"name":"a"}]`, `[{"name":"a","before":""}]`, `[{"after":"b","name":"a"}]`, `[{"name":"\u0061"}]`, `[{"name":"a"}][]`,
	} {
		if details, err := DecodeDetails(text); err == nil || details != nil {
			t.Errorf("DecodeDetails(%s) = %v; want a refusal", text, details)
		}
	}
}

func FuzzDetails(f *testing.F) {
	f.Add("role", "user", "admin")
	f.Add("\xff", "<\u2028>", "")
	f.Add("a", "\xff", "\xff")
	f.Fuzz(func(t *testing.T, name, before, after string) {
		text := EncodeDetails([]Detail{{name, before, after}})
		details, err := DecodeDetails(text)
		if err != nil || EncodeDetails(details) != text || strings.ContainsAny(text, "\r\n") {
			t.Fatalf("%s: %v, %v", text, details, err)
		}
	})
}
